# SPDX-License-Identifier: BSD-3-Clause
"""Time saving over a file that is there, as whoever runs a notebook cell twice does.

    python benchmarks/bench_save.py --rounds 20 --large-rounds 6

Each time is that of the second dump of a fresh process to its own path, where
the first has left a file: nothing is warmed up or made ready besides that, and
`os.sync()` comes before it. Times are compared inside one run only: the tools
alternate, in the opposite order in each round.
"""

import argparse
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from report import environment, folder_on_disk

HERE = Path(__file__).resolve().parent
KIB, MIB = 1 << 10, 1 << 20
SIZES = {"1 KiB": KIB, "4 MiB": 4 * MIB, "64 MiB": 64 * MIB, "1 GiB": 1024 * MIB}
LARGE = 256 * MIB
TOOLS = ["joblib", "pickle", "fastjoblib"]


def dump_of(tool: str) -> Any:
    if tool == "joblib":
        import joblib

        return joblib.dump
    if tool == "fastjoblib":
        import fastjoblib

        return fastjoblib.dump

    def dump(value: Any, path: str) -> None:
        with open(path, "wb") as file:
            pickle.dump(value, file, protocol=5)

    return dump


def save_twice(tool: str, nbytes: int, path: str) -> float:
    """The seconds of the second dump; to be called in a process of its own."""
    import numpy as np

    dump = dump_of(tool)
    value = np.random.default_rng(0).random(nbytes // 8)
    dump(value, path)
    os.sync()
    start = time.perf_counter()
    dump(value, path)
    return time.perf_counter() - start


def in_own_process(tool: str, nbytes: int, path: Path) -> float:
    command = [sys.executable, __file__, "--one", tool, str(nbytes), str(path)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def measure(nbytes: int, rounds: int, folder: Path) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for round_ in range(rounds):
        for tool in TOOLS if round_ % 2 else TOOLS[::-1]:
            times[tool].append(in_own_process(tool, nbytes, folder / tool))
    for tool in TOOLS:
        (folder / tool).unlink()
    return times


def row(name: str, times: dict[str, list[float]]) -> str:
    cells = [f"{1000 * median(times[tool]):.4g} / {1000 * min(times[tool]):.4g}" for tool in TOOLS]
    ours = median(times["fastjoblib"])
    ratios = [f"{median(times[tool]) / ours:.2f}" for tool in TOOLS[:2]]
    return f"| {' | '.join([name, *cells, *ratios])} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--large-rounds", type=int, default=6, help=f"from {LARGE // MIB} MiB on")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--out", type=Path, default=HERE / "results_save.md")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        tool, nbytes, path = options.one
        print(save_twice(tool, int(nbytes), path))
        return

    lines = []
    with folder_on_disk() as folder:
        for name in options.sizes:
            rounds = options.rounds if SIZES[name] < LARGE else options.large_rounds
            lines.append(row(name, measure(SIZES[name], rounds, folder)))
            print(lines[-1], file=sys.stderr)
    options.out.write_text(
        "\n".join(
            [
                "# Saving over a file",
                "",
                f"{environment()}.",
                "",
                "Milliseconds, median / best; `×`: how many times faster fastjoblib is, median against median."
                " Written by `benchmarks/bench_save.py`, whose first lines say how it measures.",
                "",
                "| one array of | joblib | pickle | fastjoblib | × joblib | × pickle |",
                "|---|--:|--:|--:|--:|--:|",
                *lines,
                "",
            ]
        )
    )


if __name__ == "__main__":
    main()
