# SPDX-License-Identifier: BSD-3-Clause
"""Time calls of functions that joblib.Memory and fastjoblib.Memory cache.

    python benchmarks/bench_memory.py --rows 500000 --rounds 5

A function of a DataFrame that returns a number, and one of a number that returns the DataFrame: the first call, which
computes and keeps the result, and calls after that, which find it. Each Memory is asked in a fresh process, in turns,
`--calls` times after the first; times are median / least, over all processes. Both must make the same entries.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from bench_hash import frame, frame_of_objects
from report import environment

HERE = Path(__file__).resolve().parent
TOOLS = ["joblib", "fastjoblib"]


def values(rows: int) -> dict[str, Any]:
    import numpy as np

    mixed = frame(rows)
    rng = np.random.default_rng(1)
    for name in "abc":
        mixed[name] = rng.standard_normal(rows)
    mixed["flag"] = rng.random(rows) < 0.5
    return {
        "numbers, texts, categories, dates": mixed,
        "numbers only": mixed.select_dtypes("number"),
        "texts only (objects)": frame_of_objects(rows),
    }


def size(frame: Any) -> int:
    return len(frame)


def run_once(tool: str, rows: int, calls: int) -> None:
    """Print the times of one process: by case and kind of call."""
    import importlib

    memory_class = importlib.import_module(tool).Memory
    frames = values(rows)

    def make(case: str) -> Any:
        return frames[case]

    times: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=HERE.parent / "build") as folder:
        memory = memory_class(folder, verbose=0)
        for title, function, arguments in [
            ("argument", memory.cache(size), frames.values()),
            ("result", memory.cache(make), frames),
        ]:
            for case, argument in zip(frames, arguments, strict=True):
                for call in range(calls + 1):
                    start = time.perf_counter()
                    result = function(argument)
                    elapsed = time.perf_counter() - start
                    times[f"{case} | {title} | {'cached' if call else 'first'}"].append(elapsed)
                    assert result == rows if title == "argument" else result.equals(frames[case])
        entries = sorted(path.parent.name for path in Path(folder).rglob("output.pkl"))
    print(json.dumps({"times": times, "entries": entries}))


def measure(rows: int, rounds: int, calls: int) -> dict[str, dict[str, list[float]]]:
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: {tool: [] for tool in TOOLS})
    entries = set()
    for round_ in range(rounds):
        for tool in TOOLS if round_ % 2 else TOOLS[::-1]:
            command = [sys.executable, __file__, "--tool", tool, "--rows", str(rows), "--calls", str(calls)]
            printed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
            entries.add(tuple(printed["entries"]))
            for case, each in printed["times"].items():
                times[case][tool] += each
    assert len(entries) == 1, "the two have kept different entries"
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=HERE / "results_memory.md")
    options = parser.parse_args()
    (HERE.parent / "build").mkdir(exist_ok=True)
    if options.tool:
        run_once(options.tool, options.rows, options.calls)
        return
    lines = [
        "# Memory",
        "",
        environment(),
        "",
        f"`python benchmarks/bench_memory.py --rows {options.rows} --rounds {options.rounds} --calls {options.calls}`.",
        f"DataFrames of {options.rows} rows as the argument or the result of a cached function; ms, median / least.",
        "Where both take as long, it is MD5 that does: 0.9 GB/s here.",
        "",
        "| frame | is the | call | joblib | fastjoblib | joblib / fastjoblib |",
        "|---|---|---|---|---|--:|",
    ]
    for case, times in measure(options.rows, options.rounds, options.calls).items():
        cells = [f"{1000 * median(each):.4g} / {1000 * min(each):.4g}" for each in times.values()]
        ratio = median(times["joblib"]) / median(times["fastjoblib"])
        lines.append(f"| {case} | {' | '.join(cells)} | {ratio:.2f} |")
    print(*lines, sep="\n")
    options.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
