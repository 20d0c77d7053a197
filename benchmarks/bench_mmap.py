# SPDX-License-Identifier: BSD-3-Clause
"""Time load with mmap_mode, and reads of what it gives, and write a Markdown table.

    python benchmarks/bench_mmap.py --rounds 7

Both tools run in this process, interleaved, in the opposite order to the round
before, on the same files, which are in the page cache. joblib needs a descriptor
and a mapping for each array, and gets more than `--at-once` of neither on an
ordinary machine. So it loads that many at a time, and lets go of them, until it
has loaded as many arrays as fastjoblib loads at once, under a limit of 256
descriptors. Letting go is not timed. Times are of the processor, user and system:
nothing here waits for a disk, and other programs disturb less.
"""

import argparse
import gc
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import fastjoblib
import joblib
import numpy as np
from report import as_ratio, environment, folder_on_disk

HERE = Path(__file__).resolve().parent
FEW_DESCRIPTORS = 256

# number of arrays, float64 in each
CASES = [(100_000, 16), (100_000, 128), (1_000, 32_768)]
RANDOM_READS = 1_000_000
ITEMS = 25_000_000  # of the array that is read from

Times = dict[str, list[float]]


@contextmanager
def descriptors(limit: int) -> Iterator[None]:
    """Allow the process that many open files, if its hard limit does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def count_held(path: Path) -> tuple[int, int]:
    """How many mappings of the file this process has, and how many descriptors in all."""
    maps = Path("/proc/self/maps").read_text()
    return maps.count(str(path)), len(os.listdir("/proc/self/fd"))


def load_in_parts(load: Callable[..., Any], paths: list[Path]) -> tuple[float, tuple[int, int]]:
    """Seconds for all, and the most that was held at once."""
    total, held = 0.0, (0, 0)
    for path in paths:
        gc.collect()
        start = time.process_time()
        value = load(path, mmap_mode="r")
        total += time.process_time() - start
        held = max(held, count_held(path))
        del value
    return total, held


def measure_load(count: int, items: int, at_once: int, rounds: int, folder: Path) -> str:
    """A row of the table."""
    arrays = [np.full(items, i, "f8") for i in range(count)]
    whole = folder / "whole"
    fastjoblib.dump(arrays, whole)
    parts = []
    for i in range(0, count, at_once):
        parts.append(folder / f"part-{i}")
        fastjoblib.dump(arrays[i : i + at_once], parts[-1])
    del arrays
    times: Times = {"joblib": [], "fastjoblib": []}
    held = {}
    for round_ in range(rounds):
        for name in times if round_ % 2 else reversed(times):
            ours = name == "fastjoblib"
            with descriptors(FEW_DESCRIPTORS if ours else 2 * at_once):
                load, paths = (fastjoblib.load, [whole]) if ours else (joblib.load, parts)
                seconds, held[name] = load_in_parts(load, paths)
            times[name].append(1e6 * seconds / count)
    cells = [
        f"{count:,} of {items:,}",
        *(f"{min(t):.3g} / {median(t):.3g}" for t in times.values()),
        as_ratio(min(times["joblib"]) / min(times["fastjoblib"])),
        *(f"{mappings:,} and {opened:,}" for mappings, opened in (held[name] for name in times)),
    ]
    for path in [whole, *parts]:
        path.unlink()
    return f"| {' | '.join(cells)} |"


def read_items(array: Any, indices: list[int]) -> None:
    for i in indices:
        array[i]


READS: dict[str, Callable[[Any, Any], Any]] = {
    f"{RANDOM_READS:,} items anywhere, by an array of indices": lambda array, indices: array[indices],
    "100,000 items anywhere, one by one": lambda array, indices: read_items(array, indices[:100_000].tolist()),
    "the sum of all": lambda array, indices: array.sum(),
}


def measure_reads(rounds: int, folder: Path) -> list[str]:
    """Rows of the table of reads."""
    path = folder / "large"
    fastjoblib.dump([np.arange(3.0), np.arange(float(ITEMS))], path)
    ours = fastjoblib.load(path, mmap_mode="r")[1]
    arrays = {
        "numpy.memmap": np.memmap(path, "f8", "r", ours.offset, ours.shape),
        "fastjoblib": ours,
    }
    indices = np.random.default_rng(0).integers(0, ITEMS, RANDOM_READS)
    rows = []
    for name, read in READS.items():
        times: Times = {tool: [] for tool in arrays}
        for round_ in range(rounds + 1):
            for tool in arrays if round_ % 2 else reversed(arrays):
                start = time.process_time()
                read(arrays[tool], indices)
                if round_ > 0:  # the first one makes the page tables
                    times[tool].append(1e3 * (time.process_time() - start))
        cells = [name, *(f"{min(t):.3g} / {median(t):.3g}" for t in times.values())]
        cells.append(as_ratio(min(times["numpy.memmap"]) / min(times["fastjoblib"])))
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def report(loads: list[str], reads: list[str], rounds: int, at_once: int) -> str:
    lines = [
        '# load with mmap_mode="r"',
        "",
        f"{environment()}.",
        "",
        f"Best / median of {rounds} rounds. `×` says how many times faster fastjoblib is, best against best; where it"
        " is slower, in bold. Written by `benchmarks/bench_mmap.py`, whose first lines say how it measures.",
        "",
        "Microseconds of processor time an array. fastjoblib loads all at once, with at most"
        f" {FEW_DESCRIPTORS} descriptors, joblib {at_once:,} at a time. The last columns are what one load holds:"
        " mappings of the file, and descriptors that the process has in all.",
        "",
        "| arrays of float64 | joblib | fastjoblib | × | joblib holds | fastjoblib holds |",
        "|---|--:|--:|--:|--:|--:|",
        *loads,
        "",
        f"Milliseconds of processor time, for an array of {8 * ITEMS / 1e6:,.0f} MB in the page cache, every page of"
        " which has been touched before.",
        "",
        "| read | numpy.memmap | fastjoblib | × |",
        "|---|--:|--:|--:|",
        *reads,
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-once", type=int, default=5_000, help="how many arrays joblib loads at a time")
    parser.add_argument("--out", type=Path, default=HERE / "results_mmap.md")
    options = parser.parse_args()
    loads = []
    with folder_on_disk() as folder:
        for count, items in CASES:
            loads.append(measure_load(count, items, options.at_once, options.rounds, folder))
            print(loads[-1], file=sys.stderr)
        reads = measure_reads(options.rounds, folder)
        print(*reads, sep="\n", file=sys.stderr)
    options.out.write_text(report(loads, reads, options.rounds, options.at_once))


if __name__ == "__main__":
    main()
