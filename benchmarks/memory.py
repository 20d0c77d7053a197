# SPDX-License-Identifier: BSD-3-Clause
"""How much memory a dump takes on top of the object: fastjoblib and C pickle.

    python benchmarks/memory.py --objects 10000000

Each tool dumps the same graph in a process of its own. Shown is by how much the
peak of the resident memory grew during the dump. Exits with 1 if it grew more
with fastjoblib, by over 1 %: two runs differ by some pages.
"""

import argparse
import gc
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from contenders import FASTJOBLIB, PICKLE, Tool

TOOLS = {tool.name: tool for tool in [PICKLE, FASTJOBLIB]}
BUILD = Path(__file__).resolve().parents[1] / "build"


def graph(n_objects: int) -> list[dict[str, Any]]:
    """Four objects per item that a pickler has to remember; numbers are not."""
    return [
        {"name": f"item-{i}", "point": (float(i), -float(i)), "tags": [i]}
        for i in range(n_objects // 4)
    ]


def peak_nbytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def growth_nbytes(tool: Tool, n_objects: int) -> int:
    value = graph(n_objects)
    gc.collect()
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        before = peak_nbytes()
        tool.dump(value, Path(folder) / "graph")
        return peak_nbytes() - before


def in_own_process(tool: Tool, n_objects: int) -> int:
    command = [sys.executable, __file__]
    command += ["--tool", tool.name, "--objects", str(n_objects)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=10_000_000)
    parser.add_argument("--tool", choices=TOOLS, help="measure this one only")
    options = parser.parse_args()

    BUILD.mkdir(exist_ok=True)
    if options.tool:
        print(growth_nbytes(TOOLS[options.tool], options.objects))
        return 0
    growth = {}
    for name, tool in TOOLS.items():
        growth[name] = in_own_process(tool, options.objects)
        print(f"{name:12} {growth[name] / 1e6:8.1f} MB", flush=True)
    return int(growth["fastjoblib"] > 1.01 * growth["pickle"])


if __name__ == "__main__":
    sys.exit(main())
