# SPDX-License-Identifier: BSD-3-Clause
"""Time `import fastjoblib` beside `import numpy`.

    python benchmarks/bench_import.py --rounds 40

Each import is timed in a fresh process, from its start to its end, in turns. With
bytecode, which installed packages have, and without, as in a checkout where Python may
not write it. What an import adds is the difference of the medians.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from report import environment

HERE = Path(__file__).resolve().parent
IMPORTS = {"numpy": "numpy", "fastjoblib": "numpy, fastjoblib", "joblib": "numpy, joblib"}


def seconds(modules: str, variables: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {modules}"], env=variables, check=True)
    return time.perf_counter() - start


def measure(rounds: int, variables: dict[str, str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for round_ in range(rounds + 1):
        for name, modules in list(IMPORTS.items())[:: 1 if round_ % 2 else -1]:
            elapsed = seconds(modules, variables)
            if round_:  # the first one writes the bytecode
                times[name].append(elapsed)
    return times


def rows(title: str, times: dict[str, list[float]]) -> list[str]:
    lines = []
    for name, each in times.items():
        added = median(each) - median(times["numpy"])
        cell = "" if name == "numpy" else f"{1000 * added:.1f}"
        lines.append(
            f"| {title} | `import {IMPORTS[name]}` | {1000 * median(each):.1f} | {1000 * min(each):.1f} | {cell} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--output", type=Path, default=HERE / "results_import.md")
    arguments = parser.parse_args()
    lines = [
        "# Import",
        "",
        environment(),
        "",
        f"`python benchmarks/bench_import.py --rounds {arguments.rounds}`: whole processes, ms.",
        "",
        "| | | median | least | beside NumPy's |",
        "|---|---|--:|--:|--:|",
    ]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        times = measure(arguments.rounds, {**variables, "PYTHONPYCACHEPREFIX": folder})
        lines += rows("with bytecode", times)
        times = measure(arguments.rounds, {**variables, "PYTHONDONTWRITEBYTECODE": "1"})
        lines += rows("without bytecode of fastjoblib", times)
    print(*lines, sep="\n")
    arguments.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
