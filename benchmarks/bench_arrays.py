# SPDX-License-Identifier: BSD-3-Clause
"""Time dumps and loads of large arrays against the system calls, and write a table.

    python benchmarks/bench_arrays.py --mib 1024 --rounds 5 --cold

In one process and interleaved: fastjoblib, fastjoblib with one thread, joblib,
pickle (protocol 5), np.save and np.load for a single array, and the system calls
alone (raw_io.py). In each round each of them, in the opposite order to the round
before, dumps to a new path, loads from there, and deletes it; bench_save.py has
dumps over a file. os.sync() comes before each, and what was loaded is freed before
the next. The first round is a rehearsal. Then, with --cold, the file is taken out of
the page cache before each load, and direct I/O is the control.

A virtual machine may give free memory back to its host, and get it back page by page
when it is written to, which takes ten times as long as to read a file into it: hence
the best of the rounds beside the median.
"""

import argparse
import filecmp
import gc
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import fastjoblib
import joblib
import numpy as np
import raw_io
from array_cases import CASES, MIB, ArrayCase, buffers_of, small_case
from contenders import FASTJOBLIB, JOBLIB, PICKLE, Tool
from fastjoblib._threads import resolve
from report import environment, folder_on_disk

HERE = Path(__file__).resolve().parent
SMALL_MIB = [4, 16, 64]
SMALL_ROUND = 128 * MIB  # bytes of small cases in a round: several files
DIRECT: dict[str, tuple[int, int]] = {  # threads, bytes of a request
    "direct, 1 MiB": (1, MIB),
    "direct, 4 MiB": (1, 4 * MIB),
    "direct, 16 MiB": (1, 16 * MIB),
    "direct, 2 threads": (2, 4 * MIB),
    "direct, 4 threads": (4, 4 * MIB),
    "direct, 8 threads": (8, 4 * MIB),
}
STEPS = {"dump": "dump to a new path", "load": "load, warm", "cold": "load, cold"}

# What issues ask for: case, step, of whom, at least so many times as fast.
WANTED = [
    ("float64", "load", "joblib", 2.0),
    ("float64", "load", "raw", 0.9),
    ("float64", "dump", "joblib", 1.5),
    ("float64", "dump", "raw", 0.95),
    *((case, "load", "joblib", 1.8) for case in ("arrays_200", "knn", "knn_tree")),
    *((case, "dump", "joblib", 1.5) for case in ("arrays_200", "knn", "knn_tree")),
    *((case, "dump", "joblib", 1.5) for case in ("transposed", "transposed_rows", "columns", "steps")),
    ("float64", "cold", "joblib", 1.0),
    ("float64", "cold", "fastest direct", 0.9),
]

ONE_THREAD = Tool(
    "one thread", partial(fastjoblib.dump, n_threads=1), partial(fastjoblib.load, n_threads=1)
)
RAW = Tool(
    "raw",
    lambda value, path: raw_io.write(buffers_of(value), path),
    lambda path: raw_io.read(path, resolve(None)),
)


def numpy_save(value: Any, path: Path) -> None:
    with open(path, "wb") as file:  # else it would add an extension
        np.save(file, value)


NUMPY = Tool("numpy", numpy_save, np.load)


@dataclass
class Row:
    """The times of one case and step, in seconds for one call, by tool."""

    case: ArrayCase
    step: str
    times: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, other: str) -> float:
        """How many times faster fastjoblib is, best against best."""
        if other == "fastest direct":
            return min(min(self.times[name]) for name in DIRECT) / min(self.times["fastjoblib"])
        return min(self.times[other]) / min(self.times["fastjoblib"])


def tools_of(case: ArrayCase) -> list[Tool]:
    tools = [FASTJOBLIB, ONE_THREAD, JOBLIB, PICKLE]
    if case.is_single:
        tools.append(NUMPY)
    return [*tools, RAW] if case.is_contiguous else tools


def timed(function: Callable[[Path], Any], paths: list[Path]) -> float:
    gc.collect()
    os.sync()
    total = 0.0
    for path in paths:
        start = time.perf_counter()
        result = function(path)
        total += time.perf_counter() - start
        del result  # its end is not part of the load
    return total / len(paths)


def steps_of(tool: Tool, case: ArrayCase, value: Any, paths: list[Path]) -> dict[str, float]:
    dump = partial(tool.dump, value)
    times = {"dump": timed(dump, paths)}
    if case.is_contiguous:
        times["load"] = timed(tool.load, paths)
    for path in paths:
        path.unlink()
    return times


def measure(case: ArrayCase, mib: float, rounds: int, folder: Path) -> list[Row]:
    value = case.build(mib)
    check(case, value, folder)
    repeats = max(1, SMALL_ROUND // int(mib * MIB)) if case.is_small else 1
    paths = [folder / f"{case.name}-{i}" for i in range(repeats)]
    rows: dict[str, Row] = {}
    tools = tools_of(case)
    for round_ in range(rounds + 1):
        for tool in tools if round_ % 2 else tools[::-1]:
            for step, seconds in steps_of(tool, case, value, paths).items():
                if round_:
                    rows.setdefault(step, Row(case, step)).times.setdefault(tool.name, []).append(seconds)
    return list(rows.values())


def check(case: ArrayCase, value: Any, folder: Path) -> None:
    """fastjoblib writes the file that joblib writes, and loads from it what joblib loads."""
    ours, theirs = folder / f"{case.name}-ours", folder / f"{case.name}-joblib"
    FASTJOBLIB.dump(value, ours)
    JOBLIB.dump(value, theirs)
    if not filecmp.cmp(ours, theirs, shallow=False):
        raise SystemExit(f"{case.name}: the files of joblib and fastjoblib differ")
    if joblib.hash(FASTJOBLIB.load(theirs)) != joblib.hash(JOBLIB.load(theirs)):
        raise SystemExit(f"{case.name}: fastjoblib loads something else than joblib")
    ours.unlink()
    theirs.unlink()


def measure_cold(case: ArrayCase, mib: float, rounds: int, folder: Path) -> Row:
    path = folder / f"{case.name}-cold"
    JOBLIB.dump(case.build(mib), path)
    loads: dict[str, Callable[[Path], Any]] = {
        tool.name: tool.load for tool in (FASTJOBLIB, ONE_THREAD, JOBLIB)
    }
    for name, (n_threads, request) in DIRECT.items():
        loads[name] = partial(raw_io.read_direct, n_threads=n_threads, request=request)
    row = Row(case, "cold")
    for round_ in range(rounds + 1):
        for name in list(loads) if round_ % 2 else list(loads)[::-1]:
            raw_io.drop_from_cache(path)
            seconds = timed(loads[name], [path])
            if round_:
                row.times.setdefault(name, []).append(seconds)
    path.unlink()
    return row


def as_cell(row: Row, name: str) -> str:
    if name not in row.times:
        return ""
    times = row.times[name]
    return f"{1000 * min(times):.4g} / {1000 * median(times):.4g}"


def table(rows: list[Row], step: str) -> list[str]:
    rows = [row for row in rows if row.step == step]
    if not rows:
        return []
    names = list(dict.fromkeys(name for row in rows for name in row.times))
    names.sort(key=[FASTJOBLIB.name, ONE_THREAD.name, JOBLIB.name, PICKLE.name, NUMPY.name, RAW.name, *DIRECT].index)
    lines = [
        f"## {STEPS[step].capitalize()}",
        "",
        f"| case | {' | '.join(f'{name}, ms' for name in names)} |"
        f" {' | '.join(f'× {name}' for name in names[1:])} |",
        f"|---|{'--:|' * (2 * len(names) - 1)}",
    ]
    for row in rows:
        cells = [row.case.name, *(as_cell(row, name) for name in names)]
        cells += [f"{row.ratio(name):.2f}" if name in row.times else "" for name in names[1:]]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def wanted_table(rows: list[Row]) -> list[str]:
    found = {(row.case.name, row.step): row for row in rows}
    lines = ["## What was to be reached", "", "| case | step | than | at least | measured |", "|---|---|---|--:|--:|"]
    for case, step, other, least in WANTED:
        row = found.get((case, step))
        if row is not None:
            ratio = row.ratio(other)
            cell = f"{ratio:.2f}" if ratio >= least else f"**{ratio:.2f}**"
            lines.append(f"| {case} | {STEPS[step]} | {other} | {least:g} | {cell} |")
    return [*lines, ""]


def report(rows: list[Row], rounds: int, mib: float) -> str:
    cases = list({row.case.name: row.case for row in rows}.values())
    lines = [
        "# Large arrays: fastjoblib against joblib, NumPy, pickle and the system calls",
        "",
        f"{environment()}.",
        "",
        f"Times are best / median of {rounds} rounds, in milliseconds, of files of {mib:g} MiB but for"
        f" the small ones. The columns behind say how many times faster fastjoblib, on {resolve(None)}"
        ' threads, is, best against best; "raw" is a parallel pread into fresh huge pages, and one'
        " write for each array; what is bold is less than wanted. Written by"
        " `benchmarks/bench_arrays.py`, whose first lines say how it measures.",
        "",
        *wanted_table(rows),
        *(line for step in STEPS for line in table(rows, step)),
        "| case | what it is |",
        "|---|---|",
        *(f"| {case.name} | {case.description} |" for case in cases),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=float, default=1024.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=[*CASES, "small"], default=[*CASES, "small"])
    parser.add_argument("--cold", action="store_true", help="also loads of what is not in the page cache")
    parser.add_argument("--out", type=Path, default=HERE / "results_arrays.md")
    options = parser.parse_args()

    jobs = [(CASES[name], options.mib) for name in options.cases if name != "small"]
    if "small" in options.cases:
        jobs += [(small_case(mib), float(mib)) for mib in SMALL_MIB]
    rows = []
    with folder_on_disk() as folder:
        for case, mib in jobs:
            rows += measure(case, mib, options.rounds, folder)
            if options.cold and case.name == "float64":
                rows.append(measure_cold(case, mib, options.rounds, folder))
            for row in [row for row in rows if row.case == case]:
                ratios = "  ".join(f"{name} {row.ratio(name):.2f}" for name in row.times if name != "fastjoblib")
                print(f"{case.name:16} {row.step:4} faster than: {ratios}", file=sys.stderr)
    options.out.write_text(report(rows, options.rounds, options.mib))


if __name__ == "__main__":
    main()
