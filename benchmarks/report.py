# SPDX-License-Identifier: BSD-3-Clause
"""Time fastjoblib against stock joblib and C pickle, and write a Markdown table.

    python benchmarks/report.py --cases records strings --rounds 5

All three run in this process, interleaved: each round runs each tool once, in
the opposite order to the round before. Every dump goes to a new file, after
os.sync(), so that nobody pays for what others left to be written. Files are
read from the page cache. Small cases are repeated within a round until the
clock has something to measure. Exits with 1 if a file of ours differs from
joblib's.
"""

import argparse
import filecmp
import gc
import importlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

from contenders import FASTJOBLIB, JOBLIB, TOOLS, Tool
from data import CASES

HERE = Path(__file__).resolve().parent
SHORTEST_ROUND = 0.02  # seconds


@dataclass
class Row:
    """The times of one case, in seconds for one call, by tool."""

    case: str
    nbytes: int = 0
    dump: dict[str, list[float]] = field(default_factory=dict)
    load: dict[str, list[float]] = field(default_factory=dict)


def time_dump(tool: Tool, value: Any, paths: list[Path]) -> float:
    for path in paths:
        path.unlink(missing_ok=True)
    os.sync()
    gc.collect()
    start = time.perf_counter()
    for path in paths:
        tool.dump(value, path)
    return (time.perf_counter() - start) / len(paths)


def time_load(tool: Tool, paths: list[Path]) -> float:
    gc.collect()
    total = 0.0
    for path in paths:
        start = time.perf_counter()
        value = tool.load(path)
        total += time.perf_counter() - start
        del value  # its end is not part of the load
    return total / len(paths)


def measure(case: str, value: Any, rounds: int, folder: Path) -> Row:
    row = Row(case)
    repeats = 1
    for round_ in range(rounds + 1):
        # All tools write files of the same names, one after another: what it
        # costs to make a file depends on where the file system puts it.
        paths = [folder / f"{case}-{i}" for i in range(repeats)]
        times = {}
        for tool in TOOLS if round_ % 2 else TOOLS[::-1]:
            times[tool.name] = time_dump(tool, value, paths), time_load(tool, paths)
        if round_ == 0:  # a rehearsal: imports, caches, and how long it all takes
            shortest = min(min(pair) for pair in times.values())
            repeats = min(100, max(1, round(SHORTEST_ROUND / shortest)))
            continue
        for name, (dump, load) in times.items():
            row.dump.setdefault(name, []).append(dump)
            row.load.setdefault(name, []).append(load)
    row.nbytes = same_size(case, value, folder)
    return row


def same_size(case: str, value: Any, folder: Path) -> int:
    """Check that joblib's file and ours are the same; their size in bytes."""
    ours, theirs = folder / f"{case}.fastjoblib", folder / f"{case}.joblib"
    FASTJOBLIB.dump(value, ours)
    JOBLIB.dump(value, theirs)
    if not filecmp.cmp(ours, theirs, shallow=False):
        raise SystemExit(f"{case}: the files of joblib and fastjoblib differ")
    return ours.stat().st_size


def ratio(times: dict[str, list[float]], other: str) -> float:
    return min(times[other]) / min(times["fastjoblib"])


def as_times(times: list[float]) -> str:
    return f"{1000 * min(times):.2f} / {1000 * median(times):.2f}"


def as_ratio(value: float) -> str:
    return f"**{value:.2f}**" if round(value, 2) < 1 else f"{value:.2f}"


def table(rows: list[Row], direction: str) -> list[str]:
    lines = [
        f"## {direction.capitalize()}",
        "",
        "| case | MB | pickle, ms | joblib, ms | fastjoblib, ms"
        " | × joblib | × pickle |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    against_joblib, against_pickle = [], []
    for row in rows:
        times = getattr(row, direction)
        against_joblib.append(ratio(times, "joblib"))
        against_pickle.append(ratio(times, "pickle"))
        cells = [row.case, f"{row.nbytes / 1e6:.3g}"]
        cells += [as_times(times[tool.name]) for tool in TOOLS]
        cells += [as_ratio(against_joblib[-1]), as_ratio(against_pickle[-1])]
        lines.append(f"| {' | '.join(cells)} |")
    means = [as_ratio(geometric_mean(r)) for r in (against_joblib, against_pickle)]
    lines += [f"| geometric mean | | | | | {means[0]} | {means[1]} |", ""]
    return lines


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(x for x in lines if x.startswith("model name")).split(": ")[1]
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def environment() -> str:
    parts = [f"Python {platform.python_version()}"]
    for name in ["fastjoblib", "joblib", "numpy", "sklearn", "pandas"]:
        parts.append(f"{name} {importlib.import_module(name).__version__}")
    parts.append(f"{cpu_model()}, {os.cpu_count()} cores, {platform.platform()}")
    return ", ".join(parts)


@contextmanager
def folder_on_disk() -> Iterator[Path]:
    """A folder for the files, on a disk, which a temporary one may not be."""
    build = HERE.parent / "build"
    build.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=build))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def report(rows: list[Row], rounds: int, scale: float) -> str:
    lines = [
        "# fastjoblib against joblib and pickle",
        "",
        f"{environment()}.",
        "",
        f"Times are best / median of {rounds} rounds, at scale {scale:g} of"
        " `benchmarks/data.py`; pickle is the C one, protocol 5. The last columns"
        " say how many times faster fastjoblib is, best against best; where it is"
        " slower, they are bold. Written by `benchmarks/report.py`, whose first"
        " lines say how it measures.",
        "",
        *table(rows, "dump"),
        *table(rows, "load"),
        "| case | what it is |",
        "|---|---|",
        *(f"| {row.case} | {CASES[row.case].description} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=HERE / "results.md")
    options = parser.parse_args()

    rows = []
    with folder_on_disk() as folder:
        for name in options.cases:
            value = CASES[name].build(options.scale)
            rows.append(measure(name, value, options.rounds, folder))
            del value
            dump, load = rows[-1].dump, rows[-1].load
            print(
                f"{name:28} faster than joblib, pickle:"
                f" dump {ratio(dump, 'joblib'):6.2f} {ratio(dump, 'pickle'):5.2f}"
                f"  load {ratio(load, 'joblib'):6.2f} {ratio(load, 'pickle'):5.2f}",
                file=sys.stderr,
            )
    options.out.write_text(report(rows, options.rounds, options.scale))


if __name__ == "__main__":
    main()
