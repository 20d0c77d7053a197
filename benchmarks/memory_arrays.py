# SPDX-License-Identifier: BSD-3-Clause
"""How much memory dumps and loads of large arrays take besides the array.

    python benchmarks/memory_arrays.py --gib 4 --non-contiguous-gib 1 --round-trip-gib 10

Each measurement is a process of its own: by how much the peak of the resident
memory grew, for a load without what the array takes. The kernel is asked to
forget the peak before (/proc/self/clear_refs), so that making the array does not
count. Pages of a mapped file count as resident, so of mmap_mode only the load is
measured. Exits with 1 if one is over 64 MiB, or a round trip changes the array.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import fastjoblib
import numpy as np
from memory import BUILD

MIB = 1 << 20
ALLOWED = 64 * MIB
PIECE = 64 * MIB


def status(key: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key))


def growth(function: Callable[[], object], result_nbytes: int = 0) -> int:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS")
    result = function()
    peak = status("VmHWM")
    del result
    return peak - before - result_nbytes


def numbers(nbytes: int) -> np.ndarray:
    """One that says where it is wrong, and of which no page is like another."""
    return np.arange(nbytes // 8, dtype=np.int64)


def is_same(array: np.ndarray) -> bool:
    step = PIECE // 8
    return all(
        np.array_equal(array[i : i + step], np.arange(i, min(i + step, len(array)))) for i in range(0, len(array), step)
    )


def dump(nbytes: int, path: Path) -> int:
    array = numbers(nbytes)
    return growth(lambda: fastjoblib.dump(array, path))


def load(nbytes: int, path: Path) -> int:
    fastjoblib.load(path, mmap_mode="r")  # imports what it needs
    return growth(lambda: fastjoblib.load(path), nbytes)


def load_mapped(nbytes: int, path: Path) -> int:
    return growth(lambda: fastjoblib.load(path, mmap_mode="r"))


def dump_transposed(nbytes: int, path: Path) -> int:
    array = numbers(nbytes).reshape(-1, 256, 256).transpose(0, 2, 1)
    return growth(lambda: fastjoblib.dump(array, path))


def dump_columns(nbytes: int, path: Path) -> int:
    array = numbers(2 * nbytes).reshape(-1, 2048)[:, ::2]
    return growth(lambda: fastjoblib.dump(array, path))


def load_swapped(nbytes: int, path: Path) -> int:
    fastjoblib.dump(numbers(nbytes).view(">i8"), path)
    return growth(lambda: fastjoblib.load(path), nbytes)


def load_file_object(nbytes: int, path: Path) -> int:
    fastjoblib.dump(numbers(nbytes), path)

    def run() -> object:
        with open(path, "rb") as file:
            return fastjoblib.load(file)

    return growth(run, nbytes)


def round_trip(nbytes: int, path: Path) -> int:
    of_dump = dump(nbytes, path)
    loaded = []
    of_load = growth(lambda: loaded.append(fastjoblib.load(path)), nbytes)
    if not is_same(loaded[0]):
        raise SystemExit("the array has changed on its round trip")
    return max(of_dump, of_load)


# What is loaded has been dumped by the step before.
STEPS: dict[str, tuple[str, Callable[[int, Path], int]]] = {
    "dump": ("gib", dump),
    "load": ("gib", load),
    "load mapped": ("gib", load_mapped),
    "dump transposed": ("non_contiguous_gib", dump_transposed),
    "dump every second column": ("non_contiguous_gib", dump_columns),
    "load of foreign byte order": ("non_contiguous_gib", load_swapped),
    "load from a file object": ("non_contiguous_gib", load_file_object),
    "round trip": ("round_trip_gib", round_trip),
}


def run_step(name: str, nbytes: int, path: Path) -> None:
    """In a process of its own: prints what it took."""
    start = time.perf_counter()
    found = STEPS[name][1](nbytes, path)
    print(json.dumps([found, time.perf_counter() - start]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=4.0)
    parser.add_argument("--non-contiguous-gib", type=float, default=1.0)
    parser.add_argument("--round-trip-gib", type=float, default=10.0)
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        name, nbytes, path = options.run
        run_step(name, int(nbytes), Path(path))
        return 0

    largest = 0
    BUILD.mkdir(exist_ok=True)
    print("| what | GiB | more than the array, MiB | seconds in all |\n|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        path = Path(folder) / "array"
        for name, (size, _) in STEPS.items():
            gib = getattr(options, size)
            nbytes = int(gib * 1024) * MIB
            command = [sys.executable, __file__, "--run", name, str(nbytes), str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            found, seconds = json.loads(done.stdout)
            largest = max(largest, found)
            cell = f"{found / MIB:.1f}" if found <= ALLOWED else f"**{found / MIB:.1f}**"
            print(f"| {name} | {gib:g} | {cell} | {seconds:.1f} |", flush=True)
    return int(largest > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
