# SPDX-License-Identifier: BSD-3-Clause
"""Time what a seal costs a dump, and how fast files are verified and inspected.

    python benchmarks/bench_seal.py --rounds 10

As bench_save.py: each time is that of the second dump of a fresh process over its
own file, after `os.sync()`; sealed and unsealed dumps alternate. A file is verified
and inspected three times in a process of its own, from the page cache; the least
of the three counts.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from report import environment, folder_on_disk

HERE = Path(__file__).resolve().parent
MIB = 1 << 20
TOOLS = ["joblib", "fastjoblib", "sealed"]


def normal(nbytes: int) -> Callable[[], Any]:
    def make() -> Any:
        import numpy as np

        return np.random.default_rng(0).standard_normal(nbytes // 8)

    return make


def arrays_of_4_mib() -> Any:
    import numpy as np

    rng = np.random.default_rng(0)
    return [rng.standard_normal(MIB // 2) for _ in range(64)]


def forest() -> Any:
    import data

    return data.forest_300_deep(0.3)


def shallow() -> Any:
    import data

    return data.forest_2000_shallow(1.0)


def numbers() -> Any:
    return {str(i): i for i in range(1_000_000)}


# name, what makes the object, compress
CASES: dict[str, tuple[Callable[[], Any], Any]] = {
    "one array, 64 MiB": (normal(64 * MIB), 0),
    "one array, 512 MiB": (normal(512 * MIB), 0),
    "64 arrays of 4 MiB": (arrays_of_4_mib, 0),
    "forest, 90 deep trees": (forest, 0),
    "forest, 2000 shallow trees": (shallow, 0),
    "dict of 1e6 str to int": (numbers, 0),
    "one array, 64 MiB, zlib 3": (normal(64 * MIB), 3),
    "one array, 64 MiB, lz4": (normal(64 * MIB), "lz4"),
    "forest, 90 deep trees, zlib 3": (forest, 3),
}


def seconds_of(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def dump_twice(case: str, tool: str, path: str) -> float:
    import fastjoblib
    import joblib

    make, compress = CASES[case]
    value = make()
    if tool == "joblib":
        dump: Callable[[], object] = lambda: joblib.dump(value, path, compress)  # noqa: E731
    else:
        dump = lambda: fastjoblib.dump(value, path, compress, seal=tool == "sealed")  # noqa: E731
    dump()
    os.sync()
    return seconds_of(dump)


def look_at(function: str, path: str) -> float:
    import fastjoblib

    call = getattr(fastjoblib, function)
    return min(seconds_of(lambda: call(path)) for _ in range(3))


def in_own_process(*words: str) -> float:
    command = [sys.executable, __file__, "--one", *words]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def row(case: str, rounds: int, folder: Path) -> str:
    times: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for round_ in range(rounds):
        for tool in TOOLS if round_ % 2 else TOOLS[::-1]:
            times[tool].append(in_own_process(case, tool, str(folder / tool)))
    nbytes = (folder / "sealed").stat().st_size
    rates = [
        f"{nbytes / min(in_own_process(case, f, str(folder / 'sealed')) for _ in range(3)) / 1e9:.2f}"
        for f in ("verify", "inspect")
    ]
    cells = [f"{1000 * median(t):.4g} / {1000 * min(t):.4g}" for t in times.values()]
    plain, sealed = times["fastjoblib"], times["sealed"]
    ratios = [f"{median(plain) / median(sealed):.2f} / {min(plain) / min(sealed):.2f}"]
    ratios.append(f"{median(times['joblib']) / median(sealed):.2f}")
    return f"| {' | '.join([case, f'{nbytes / 1e6:.4g}', *cells, *ratios, *rates])} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--output", type=Path, default=HERE / "results_seal.md")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        case, what, path = arguments.one
        print(look_at(what, path) if what in ("verify", "inspect") else dump_twice(case, what, path))
        return
    lines = [
        "# What a seal costs",
        "",
        environment(),
        "",
        f"`python benchmarks/bench_seal.py --rounds {arguments.rounds}`. Times in ms, median / least of",
        f"{arguments.rounds} processes: the second dump over the same file. *plain / sealed* is the speed of the",
        "sealed dump as a part of the unsealed one's (median / least). Rates are of the file's bytes, warm.",
        "",
        f"| object | MB | {' | '.join(TOOLS)} | plain / sealed | joblib / sealed | verify GB/s | inspect GB/s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with folder_on_disk() as folder:
        for case in arguments.case or CASES:
            lines.append(row(case, arguments.rounds, folder))
            print(lines[-1], flush=True)
    arguments.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
