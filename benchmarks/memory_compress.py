# SPDX-License-Identifier: BSD-3-Clause
"""How much memory compressed dumps and loads take besides the object.

    python benchmarks/memory_compress.py --gib 2

Each measurement is a process of its own. Shown is by how much the peak of the
resident memory grew, for a load without what the object itself takes. Exits
with 1 if one is over 64 MiB and 4 MiB for each thread.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import fastjoblib
import numpy as np
from fastjoblib._threads import resolve
from memory import BUILD, peak_nbytes

MIB = 1 << 20
METHODS: dict[str, Any] = {"zlib-3": ("zlib", 3), "gzip-1": ("gzip", 1), "lz4": "lz4"}


def compressible(n: int) -> np.ndarray:
    array = np.arange(n, dtype=np.int64)
    array %= 100_000
    return array


def incompressible(n: int) -> np.ndarray:
    array = np.empty(n)
    np.random.default_rng(0).random(out=array)
    return array


KINDS = {"compressible": compressible, "random": incompressible}


def dump_growth(kind: str, method: str, nbytes: int, path: Path) -> int:
    value = KINDS[kind](nbytes // 8)
    before = peak_nbytes()
    fastjoblib.dump(value, path, METHODS[method])
    return peak_nbytes() - before


def load_growth(kind: str, method: str, nbytes: int, path: Path) -> int:
    before = peak_nbytes()
    value = fastjoblib.load(path)
    return peak_nbytes() - before - value.nbytes


STEPS = {"dump": dump_growth, "load": load_growth}


def in_own_process(*arguments: str) -> int:
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=2.0)
    parser.add_argument("--step", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    nbytes = int(options.gib * 1024) * MIB
    if options.step:
        step, kind, method, path = options.step
        print(STEPS[step](kind, method, nbytes, Path(path)))
        return 0

    allowed = (64 + 4 * resolve(None)) * MIB
    largest = 0
    BUILD.mkdir(exist_ok=True)
    for kind in KINDS:
        for method in METHODS:
            with tempfile.TemporaryDirectory(dir=BUILD) as folder:
                path = str(Path(folder) / "file")
                for step in STEPS:
                    growth = in_own_process("--gib", str(options.gib), "--step", step, kind, method, path)
                    largest = max(largest, growth)
                    print(f"{kind:14} {method:8} {step}: {growth / MIB:6.1f} MiB", flush=True)
    print(f"allowed: {allowed / MIB:.0f} MiB")
    return int(largest > allowed)


if __name__ == "__main__":
    sys.exit(main())
