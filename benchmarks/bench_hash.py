# SPDX-License-Identifier: BSD-3-Clause
"""Time hash against joblib.hash.

    python benchmarks/bench_hash.py --rounds 7

Each object is hashed in turn by both, in one process; digests are compared. Times are
median / least.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

import fastjoblib
import joblib
import numpy as np
from report import environment

HERE = Path(__file__).resolve().parent


def frame(rows: int) -> Any:
    import pandas as pd

    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": rng.standard_normal(rows),
            "count": rng.integers(0, 100, rows),
            "text": [f"row {i}" for i in range(rows)],
            "kind": pd.Categorical(rng.choice(["a", "b", "c"], rows)),
            "when": pd.date_range("2026-01-01", periods=rows, freq="min"),
        }
    )


def frame_of_objects(rows: int) -> Any:
    import pandas as pd

    return pd.DataFrame({name: pd.Series([f"{name} {i}" for i in range(rows)], dtype=object) for name in "abc"})


def records(count: int) -> Any:
    return [
        {"id": str(i), "name": f"name {i}", "tags": ["x", "y"], "place": {"city": "A", "zip": str(i)}}
        for i in range(count)
    ]


def models() -> Iterator[tuple[str, Any]]:
    """Every estimator of scikit-learn, fitted, alone and in pipelines: those of the tests."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from attacks.models import models

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from models()


FRAMES: dict[str, Callable[[], Any]] = {
    "frame, 100,000 rows of 5 kinds": lambda: frame(100_000),
    "frame, 100,000 rows of 3 texts (objects)": lambda: frame_of_objects(100_000),
    "dict, 100,000 texts": lambda: {f"key {i}": f"value {i}" for i in range(100_000)},
    "50,000 records": lambda: records(50_000),
}
ARRAYS: dict[str, Callable[[], Any]] = {
    "array, 256 MB": lambda: np.random.default_rng(0).standard_normal(32_000_000),
    "array, 256 MB, every second column": lambda: np.random.default_rng(0).standard_normal((8_000_000, 8))[:, ::2],
}


def seconds(function: Callable[[Any], str], value: Any) -> tuple[float, str]:
    start = time.perf_counter()
    digest = function(value)
    return time.perf_counter() - start, digest


def compare(name: str, value: Any, rounds: int) -> dict[str, list[float]]:
    """Hash by both, in turns."""
    times: dict[str, list[float]] = {"joblib": [], "fastjoblib": []}
    for round_ in range(rounds):
        pairs = [("joblib", joblib.hash), ("fastjoblib", fastjoblib.hash)]
        digests = set()
        for tool, function in pairs if round_ % 2 else pairs[::-1]:
            elapsed, digest = seconds(function, value)
            times[tool].append(elapsed)
            digests.add(digest)
        assert len(digests) == 1, name
    return times


def row(name: str, make: Callable[[], Any], rounds: int) -> tuple[str, float]:
    times = compare(name, make(), rounds)
    ratio = median(times["joblib"]) / median(times["fastjoblib"])
    cells = [f"{1000 * median(each):.4g} / {1000 * min(each):.4g}" for each in times.values()]
    return f"| {name} | {' | '.join(cells)} | {ratio:.2f} |", ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, default=HERE / "results_hash.md")
    arguments = parser.parse_args()
    lines = [
        "# hash",
        "",
        environment(),
        "",
        f"`python benchmarks/bench_hash.py --rounds {arguments.rounds}`. Times in ms, median / least;",
        "the digests were compared. Large arrays take as long as MD5 does: 0.9 GB/s here.",
        "",
        "| object | joblib | fastjoblib | joblib / fastjoblib |",
        "|---|---|---|---|",
    ]
    for group in (FRAMES, ARRAYS):
        ratios = []
        for name, make in group.items():
            line, ratio = row(name, make, arguments.rounds)
            ratios.append(ratio)
            lines.append(line)
            print(line, flush=True)
        lines.append(f"| *geometric mean* | | | **{prod(ratios) ** (1 / len(ratios)):.2f}** |")
        print(lines[-1])
    ratios = []
    neither = 0
    for name, model in models():
        try:
            times = compare(name, model, 3)
        except ValueError:  # of a masked array, from joblib too
            neither += 1
            continue
        ratios.append(min(times["joblib"]) / min(times["fastjoblib"]))
    ratios.sort()
    mean = prod(ratio ** (1 / len(ratios)) for ratio in ratios)
    lines += [
        "",
        f"{len(ratios)} fitted models (every estimator of scikit-learn, alone and in pipelines), the least of 3:",
        f"{mean:.2f} times as fast as joblib in the geometric mean; from {ratios[0]:.2f} (where MD5 of arrays takes",
        f"all the time) to {ratios[-1]:.2f}. {neither} more have masked arrays, which neither hashes.",
    ]
    print(*lines[-3:])
    arguments.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
