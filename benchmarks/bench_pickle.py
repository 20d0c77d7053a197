# SPDX-License-Identifier: BSD-3-Clause
"""Time fastjoblib.pickle against C pickle in memory, and write a Markdown table.

    python benchmarks/bench_pickle.py --cases records strings --rounds 7

dumps and loads of the object cases of data.py and of a few small objects, both
modules in this process, interleaved, in the opposite order to the round before.
Protocol 5. Small cases are repeated within a round until the clock has something
to measure.
"""

import argparse
import gc
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import geometric_mean, median
from types import ModuleType
from typing import Any

import fastjoblib.pickle
from data import CASES
from report import as_ratio, environment

HERE = Path(__file__).resolve().parent
SHORTEST_ROUND = 0.05  # seconds
# Theirs is the time of NumPy's buffers, and ours that of the same.
ARRAY_CASES = {"dataframe", "object_array"}

SMALL: dict[str, Callable[[], Any]] = {
    "small: 1": lambda: 1,
    "small: a str": lambda: "a short text",
    "small: a record": lambda: {"name": "anna", "age": 41, "tags": ["a", "b"], "score": 0.5},
    "small: a list of 100 ints": lambda: list(range(100)),
}


def time_calls(function: Callable[[Any], Any], argument: Any, repeats: int) -> float:
    gc.collect()
    total = 0.0
    if repeats == 1:
        start = time.perf_counter()
        result = function(argument)
        total = time.perf_counter() - start
        del result  # its end is not part of the call
        return total
    start = time.perf_counter()
    for _ in range(repeats):
        function(argument)
    return (time.perf_counter() - start) / repeats


def measure(value: Any, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds a call: {'dumps': {module: times}, 'loads': ...}."""
    modules: list[ModuleType] = [pickle, fastjoblib.pickle]
    data = pickle.dumps(value, 5)
    if fastjoblib.pickle.dumps(value, 5) != data:
        print("note: the pickles differ", file=sys.stderr)
    times: dict[str, dict[str, list[float]]] = {}
    for name, argument in (("dumps", value), ("loads", data)):
        calls = {
            module.__name__: (lambda x, module=module: module.dumps(x, 5)) if name == "dumps" else module.loads
            for module in modules
        }
        once = min(time_calls(call, argument, 1) for call in calls.values() for _ in range(3))
        repeats = max(1, min(100_000, round(SHORTEST_ROUND / once)))
        times[name] = {module: [] for module in calls}
        for round_ in range(rounds):
            for module in calls if round_ % 2 else reversed(calls):
                times[name][module].append(time_calls(calls[module], argument, repeats))
    return times


def as_time(times: list[float]) -> str:
    return f"{1e6 * min(times):.3g} / {1e6 * median(times):.3g}"


def report(rows: dict[str, dict[str, dict[str, list[float]]]], rounds: int) -> str:
    lines = [
        "# fastjoblib.pickle against pickle, in memory",
        "",
        f"{environment()}.",
        "",
        f"Microseconds a call, best / median of {rounds} rounds, protocol 5. `×` says how many times faster"
        " fastjoblib.pickle is, best against best; where it is slower, in bold. Written by"
        " `benchmarks/bench_pickle.py`, whose first lines say how it measures.",
        "",
        "| case | dumps: pickle | fastjoblib | × | loads: pickle | fastjoblib | × |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    ratios: dict[str, list[float]] = {"dumps": [], "loads": []}
    for case, times in rows.items():
        cells = [case]
        for name in ("dumps", "loads"):
            theirs, ours = times[name]["pickle"], times[name]["fastjoblib.pickle"]
            ratio = min(theirs) / min(ours)
            if not case.startswith("small"):
                ratios[name].append(ratio)
            cells += [as_time(theirs), as_time(ours), as_ratio(ratio)]
        lines.append(f"| {' | '.join(cells)} |")
    if ratios["dumps"]:
        means = [as_ratio(geometric_mean(ratios[name])) for name in ("dumps", "loads")]
        lines.append(f"| geometric mean, without the small | | | {means[0]} | | | {means[1]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    cases = {name: lambda case=case: case.build(1.0) for name, case in CASES.items() if name not in ARRAY_CASES}
    cases.update(SMALL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=cases, default=list(cases))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE / "results_pickle.md")
    options = parser.parse_args()
    rows = {}
    for name in options.cases:
        rows[name] = measure(cases[name](), options.rounds)
        print(report({name: rows[name]}, options.rounds).splitlines()[8], file=sys.stderr)
    options.out.write_text(report(rows, options.rounds))


if __name__ == "__main__":
    main()
