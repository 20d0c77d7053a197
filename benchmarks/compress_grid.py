# SPDX-License-Identifier: BSD-3-Clause
"""The grid of bench_compress.py: kinds of data by levels of zlib, against joblib.

Each cell dumps one kind at one level by joblib, by fastjoblib with one thread, and
with two, in turn, to new files. A cell is marked where one thread is slower than
joblib beyond the noise, which is how far joblib's own rounds lie apart, or where the
file is larger than allowed.
"""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastjoblib
import joblib
from compress_kinds import KINDS

LARGEST = 1.02  # times joblib's file, or
ADDED = 0.0025  # of the input, where the file is about a percent of that


@dataclass
class Cell:
    """Seconds of each round, and bytes."""

    kind: str
    level: int
    input: int
    sizes: dict[str, int]
    times: dict[str, list[float]]

    def speedup(self, tool: str) -> float:
        return min(self.times["joblib"]) / min(self.times[tool])

    def noise(self) -> float:
        """How far joblib's rounds lie apart, as a fraction."""
        times = self.times["joblib"]
        return statistics.median(times) / min(times) - 1

    def growth(self) -> float:
        return self.sizes["one"] / self.sizes["joblib"]

    def faults(self) -> list[str]:
        added = self.sizes["one"] - self.sizes["joblib"]
        found = []
        if self.speedup("one") < 1 - self.noise():
            found.append("slower")
        if self.growth() > LARGEST and added > ADDED * self.input:
            found.append("larger")
        return found


def measure(kind: str, value: Any, nbytes: int, level: int, rounds: int, folder: Path) -> Cell:
    compress = ("zlib", level)
    path = folder / "file"
    tools = {
        "joblib": lambda: joblib.dump(value, path, compress=compress),
        "one": lambda: fastjoblib.dump(value, path, compress=compress, n_threads=1),
        "two": lambda: fastjoblib.dump(value, path, compress=compress, n_threads=2),
    }
    cell = Cell(kind, level, nbytes, {}, {name: [] for name in tools})
    for round_ in range(rounds):
        names = list(tools) if round_ % 2 else list(tools)[::-1]
        for name in names:
            path.unlink(missing_ok=True)
            start = time.perf_counter()
            tools[name]()
            cell.times[name].append(time.perf_counter() - start)
            cell.sizes[name] = os.path.getsize(path)
    return cell


def grid(kinds: list[str], levels: list[int], rounds: int, nbytes: int, folder: Path) -> list[Cell]:
    cells = []
    for kind in kinds:
        value = KINDS[kind](nbytes)
        size = len(fastjoblib.dumps(value))
        for level in levels:
            cell = measure(kind, value, size, level, rounds, folder)
            cells.append(cell)
            print(line(cell), flush=True)
    return cells


def line(cell: Cell) -> str:
    speed = {name: cell.input / min(times) / 1e6 for name, times in cell.times.items()}
    share = {name: 100 * size / cell.input for name, size in cell.sizes.items()}
    return (
        f"{cell.kind:18} {cell.level}  joblib {speed['joblib']:7.1f} MB/s {share['joblib']:8.3f} %"
        f"  one {speed['one']:7.1f} {share['one']:8.3f} %"
        f"  x {cell.speedup('one'):6.2f}  two x {cell.speedup('two'):6.2f}"
        f"  size {cell.growth():6.4f}  noise {cell.noise():.3f}  {' '.join(cell.faults())}"
    )


def report(cells: list[Cell], environment: str, rounds: int) -> str:
    """A table of one row a kind, one column a level."""
    levels = sorted({cell.level for cell in cells})
    by_place = {(cell.kind, cell.level): cell for cell in cells}
    means = {level: [c.speedup("one") for c in cells if c.level == level] for level in levels}
    lines = [
        "# Kinds of data by level: fastjoblib against joblib",
        "",
        f"{environment}.",
        "",
        f"Dumps with `compress=(\"zlib\", level)` to a new file, best of {rounds} rounds in turn: times as fast as"
        " joblib with one thread / with two; size as a fraction of joblib's file. Written by"
        " `benchmarks/bench_compress.py --grid`.",
        "",
        "| data | " + " | ".join(f"level {level}" for level in levels) + " |",
        "|---|" + "--:|" * len(levels),
    ]
    for kind in dict.fromkeys(cell.kind for cell in cells):
        row = [by_place[kind, level] for level in levels]
        texts = [
            f"{c.speedup('one'):.2f} / {c.speedup('two'):.2f}; {c.growth():.3f}"
            + "".join(f" **{fault}**" for fault in c.faults())
            for c in row
        ]
        lines.append(f"| {kind} | " + " | ".join(texts) + " |")
    lines.append(
        "| geometric mean, one thread | "
        + " | ".join(f"{statistics.geometric_mean(means[level]):.2f}" for level in levels)
        + " |"
    )
    return "\n".join([*lines, ""])
