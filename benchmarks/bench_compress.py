# SPDX-License-Identifier: BSD-3-Clause
"""Time compressed dumps and loads against stock joblib, and write a table.

    python benchmarks/bench_compress.py --rounds 5
    python benchmarks/bench_compress.py --grid     (see compress_grid.py)

For each case and method: joblib, fastjoblib on all cores, and fastjoblib with
one thread, interleaved in this process as in report.py, each dump into a new
file after os.sync(). Each loads its own file, and fastjoblib loads joblib's as
well ("foreign"). Exits with 1 if a file of ours is larger than 1.02 times
joblib's, or does not decompress to what joblib's does.
"""

import argparse
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import fastjoblib
import joblib
import lz4.frame
from compress_grid import grid
from compress_grid import report as grid_report
from compress_kinds import KINDS
from contenders import Tool
from data import CASES
from report import as_ratio, as_times, environment, folder_on_disk, time_dump, time_load

HERE = Path(__file__).resolve().parent
DEFAULT_CASES = [
    "forest_300_deep",
    "forest_2000_shallow",
    "tfidf_bigrams",
    "standard_normal",
]
METHODS: dict[str, Any] = {
    "zlib, level 3": ("zlib", 3),
    "zlib, level 1": ("zlib", 1),
    "lz4": "lz4",
}
LARGEST = 1.02  # times joblib's file


def tools(compress: Any) -> list[Tool]:
    dump: Callable[..., Any] = fastjoblib.dump
    return [
        Tool("joblib", partial(joblib.dump, compress=compress), joblib.load),
        Tool("fastjoblib", partial(dump, compress=compress), fastjoblib.load),
        Tool(
            "one thread",
            partial(dump, compress=compress, n_threads=1),
            partial(fastjoblib.load, n_threads=1),
        ),
    ]


FOREIGN = Tool("foreign", fastjoblib.dump, fastjoblib.load)


@dataclass
class Row:
    """The times of one case and method, in seconds, and the sizes of the files."""

    case: str
    method: str
    nbytes: dict[str, int] = field(default_factory=dict)
    dump: dict[str, list[float]] = field(default_factory=dict)
    load: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, direction: str, tool: str, other: str) -> float:
        times = getattr(self, direction)
        return min(times[other]) / min(times[tool])

    def size(self) -> float:
        return self.nbytes["fastjoblib"] / self.nbytes["joblib"]


def measure(case: str, method: str, value: Any, rounds: int, folder: Path) -> Row:
    row = Row(case, method)
    for round_ in range(rounds + 1):
        contenders = tools(METHODS[method])
        for tool in contenders if round_ % 2 else contenders[::-1]:
            path = folder / f"file-{tool.name}"
            times = {"dump": time_dump(tool, value, [path]), "load": time_load(tool, [path])}
            row.nbytes[tool.name] = path.stat().st_size
            if round_:  # the first is a rehearsal
                row.dump.setdefault(tool.name, []).append(times["dump"])
                row.load.setdefault(tool.name, []).append(times["load"])
        foreign = time_load(FOREIGN, [folder / "file-joblib"])
        if round_:
            row.load.setdefault("foreign", []).append(foreign)
    check(row, folder)
    return row


def check(row: Row, folder: Path) -> None:
    """The three files hold the same pickle."""
    ours, theirs, one = (
        (folder / f"file-{name}").read_bytes() for name in ("fastjoblib", "joblib", "one thread")
    )
    decompress = lz4.frame.decompress if "lz4" in row.method else zlib.decompress
    if ours != one or not decompress(ours).startswith(decompress(theirs)):
        raise SystemExit(f"{row.case}, {row.method}: the files differ")


def table(rows: list[Row], direction: str) -> list[str]:
    foreign = direction == "load"
    lines = [
        f"## {direction.capitalize()}",
        "",
        "| method | case | joblib, ms | fastjoblib, ms | one thread, ms | × joblib"
        " | one thread × joblib | × one thread |" + (" foreign, ms | × joblib |" if foreign else " size |"),
        "|---|---|--:|--:|--:|--:|--:|--:|--:|" + ("--:|" if foreign else ""),
    ]
    for method in METHODS:
        part = [row for row in rows if row.method == method]
        for row in part:
            times = getattr(row, direction)
            cells = [method, row.case]
            cells += [as_times(times[name]) for name in ("joblib", "fastjoblib", "one thread")]
            cells += [as_ratio(r) for r in ratios(row, direction)]
            if foreign:
                cells += [as_times(times["foreign"]), as_ratio(row.ratio("load", "foreign", "joblib"))]
            else:
                cells.append(f"{row.size():.4f}")
            lines.append(f"| {' | '.join(cells)} |")
        if part:
            means = [geometric_mean(r) for r in zip(*(ratios(row, direction) for row in part), strict=True)]
            cells = [as_ratio(r) for r in means]
            if foreign:
                cells += ["", as_ratio(geometric_mean(row.ratio("load", "foreign", "joblib") for row in part))]
            else:
                cells.append("")
            lines.append(f"| {method} | geometric mean | | | | {' | '.join(cells)} |")
    return [*lines, ""]


def ratios(row: Row, direction: str) -> list[float]:
    return [
        row.ratio(direction, "fastjoblib", "joblib"),
        row.ratio(direction, "one thread", "joblib"),
        row.ratio(direction, "fastjoblib", "one thread"),
    ]


def report(rows: list[Row], rounds: int, scale: float) -> str:
    lines = [
        "# Compressed files: fastjoblib against joblib",
        "",
        f"{environment()}.",
        "",
        f"Times are best / median of {rounds} rounds, at scale {scale:g} of"
        " `benchmarks/data.py`. fastjoblib uses all cores, and one in the columns that say"
        ' so; "size" is that of our file as a fraction of joblib\'s; "foreign" is'
        " fastjoblib reading joblib's file. Written by `benchmarks/bench_compress.py`.",
        "",
        *table(rows, "dump"),
        *table(rows, "load"),
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=DEFAULT_CASES)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--grid", action="store_true", help="kinds of data by levels of zlib")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--levels", nargs="+", type=int, choices=range(1, 10), default=list(range(1, 10)))
    parser.add_argument("--nbytes", type=int, default=4_000_000, help="of each kind")
    options = parser.parse_args()

    if options.grid:
        with folder_on_disk() as folder:
            cells = grid(options.kinds, options.levels, options.rounds, options.nbytes, folder)
        out = options.out or HERE / "results_grid.md"
        out.write_text(grid_report(cells, environment(), options.rounds))
        return int(any(cell.faults() for cell in cells))

    rows = []
    with folder_on_disk() as folder:
        for name in options.cases:
            value = CASES[name].build(options.scale)
            for method in options.methods:
                row = measure(name, method, value, options.rounds, folder)
                rows.append(row)
                print(
                    f"{name:20} {method:14} size {row.size():.4f}"
                    f"  dump {ratios(row, 'dump')[0]:6.2f} x joblib, {ratios(row, 'dump')[2]:.2f} x one thread"
                    f"  load {ratios(row, 'load')[0]:6.2f}, {ratios(row, 'load')[2]:.2f}"
                    f"  foreign {row.ratio('load', 'foreign', 'joblib'):6.2f}",
                    file=sys.stderr,
                )
            del value
    out = options.out or HERE / "results_compress.md"
    out.write_text(report(rows, options.rounds, options.scale))
    return int(any(row.size() > LARGEST for row in rows))


if __name__ == "__main__":
    sys.exit(main())
