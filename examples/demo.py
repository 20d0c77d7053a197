# SPDX-License-Identifier: BSD-3-Clause
"""Save and load real models with pickle, joblib and fastjoblib, and compare.

This process fits the models. For each tool one process then saves them all, and
others, which have never seen them, load each once, as whoever serves a model
does; one more loads them again and again, and predicts. Every check that fails
is printed and makes the exit status 1.
"""

import filecmp
import gc
import importlib
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from demo_models import MODELS

TOOLS = ["pickle", "joblib", "fastjoblib"]
READABLE = {"pickle": ["pickle"], "joblib": TOOLS, "fastjoblib": TOOLS}
ROUNDS = 7  # the best of them is shown
PROCESSES = 5  # the median of them is shown


def pickle_dump(value: Any, path: Path) -> None:
    with open(path, "wb") as file:
        pickle.dump(value, file, protocol=5)


def pickle_load(path: Path) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def functions_of(tool: str) -> tuple[Callable[[Any, Path], None], Callable[[Path], Any]]:
    if tool == "pickle":
        return pickle_dump, pickle_load
    module = importlib.import_module(tool)
    return module.dump, module.load


def elapsed_ms(call: Callable[[], Any]) -> float:
    gc.collect()
    start = time.perf_counter()
    result = call()
    elapsed = 1000 * (time.perf_counter() - start)
    del result  # its end is not part of the time
    return elapsed


def best_ms(call: Callable[[], Any], before: Callable[[], Any] = lambda: None) -> float:
    times = []
    for _ in range(ROUNDS):
        before()
        times.append(elapsed_ms(call))
    return min(times)


def predict(model: Any, inputs: Any) -> np.ndarray:
    predictions: np.ndarray = getattr(model, "predict_proba", model.predict)(inputs)
    return predictions


def fit(folder: Path) -> None:
    """Leave (model, inputs, predictions) of each model for the other processes."""
    for name, recipe in MODELS.items():
        start = time.perf_counter()
        model, inputs = recipe()
        pickle_dump((model, inputs, predict(model, inputs)), folder / f"{name}.fitted")
        print(f"fitted {name} in {time.perf_counter() - start:.1f} s", flush=True)


def save(tool: str, folder: Path) -> dict[str, float]:
    dump, _ = functions_of(tool)
    times = {}
    for name in MODELS:
        model, _, _ = pickle_load(folder / f"{name}.fitted")
        path = folder / f"{name}.{tool}"
        remove = partial(path.unlink, missing_ok=True)  # each time a new file
        times[name] = best_ms(partial(dump, model, path), before=remove)
    return times


def load(tool: str, folder: Path) -> dict[str, float]:
    _, load = functions_of(tool)
    return {name: best_ms(partial(load, folder / f"{name}.{tool}")) for name in MODELS}


def load_once(tool: str, folder: Path) -> dict[str, float]:
    """In a process whose first loads these are; scikit-learn is imported."""
    _, load = functions_of(tool)
    return {name: elapsed_ms(partial(load, folder / f"{name}.{tool}")) for name in MODELS}


def first_load(tool: str, folder: Path) -> dict[str, float]:
    runs = [in_own_process(load_once, tool, folder) for _ in range(PROCESSES)]
    return {name: median(run[name] for run in runs) for name in MODELS}


def check(tool: str, folder: Path) -> list[str]:
    """What goes wrong when `tool` loads the files that it should be able to."""
    _, load = functions_of(tool)
    failures = []
    for name in MODELS:
        _, inputs, expected = pickle_load(folder / f"{name}.fitted")
        for writer in READABLE[tool]:
            try:
                model = load(folder / f"{name}.{writer}")
                if not np.array_equal(predict(model, inputs), expected):
                    raise ValueError("the predictions differ")
            except Exception as error:
                failures.append(f"{name}: {tool} loads what {writer} saved: {error!r}")
    return failures


def in_own_process(step: Callable[..., Any], tool: str, folder: Path) -> Any:
    command = [sys.executable, __file__, step.__name__, tool, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def differing_files(folder: Path) -> list[str]:
    return [
        f"{name}: the files of joblib and fastjoblib differ"
        for name in MODELS
        if not filecmp.cmp(
            folder / f"{name}.joblib", folder / f"{name}.fastjoblib", shallow=False
        )
    ]


def print_table(results: dict[str, dict[str, dict[str, float]]], folder: Path) -> None:
    half = f"{'pickle':>9}{'joblib':>9}{'fast':>9}{'×pickle':>9}{'×joblib':>9}"
    titles = " | ".join(f"{title:^45}" for title in results)
    print(f"\n{'':30}{titles}")
    print(f"{'model':21}{'file, kB':>9}{' | '.join([half] * len(results))}")
    for name in MODELS:
        size = (folder / f"{name}.fastjoblib").stat().st_size / 1000
        halves = []
        for times in results.values():
            by_pickle, by_joblib, ours = (times[tool][name] for tool in TOOLS)
            halves.append(
                f"{by_pickle:9.2f}{by_joblib:9.2f}{ours:9.2f}"
                f"{by_pickle / ours:9.1f}{by_joblib / ours:9.1f}"
            )
        print(f"{name:21}{size:9.1f}{' | '.join(halves)}")
    print(
        f"\nBest of {ROUNDS}, each dump to a new file; first load: median of {PROCESSES} processes. fast:"
        " fastjoblib;\n×pickle, ×joblib: how many times faster fastjoblib is. Of k nearest neighbours with"
        " a tree, joblib's format\nholds the data twice, pickle's once."
    )


def main() -> int:
    build = Path(__file__).resolve().parents[1] / "build"  # a disk, as /tmp may not be
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as name:
        folder = Path(name)
        fit(folder)
        results = {"dump, ms": {tool: in_own_process(save, tool, folder) for tool in TOOLS}}
        results["first load, ms"] = {tool: first_load(tool, folder) for tool in TOOLS}
        results["load again, ms"] = {tool: in_own_process(load, tool, folder) for tool in TOOLS}
        print_table(results, folder)
        failures = differing_files(folder)
        for tool in TOOLS:
            failures += in_own_process(check, tool, folder)

    if failures:
        print("\nFAILED", *failures, sep="\n  ")
        return 1
    print(
        "Checked: the files of joblib and fastjoblib are the same bytes; joblib loads"
        " what fastjoblib saved,\nfastjoblib loads what pickle and joblib saved, and"
        " all predictions are identical."
    )
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:  # one step, in a process of its own
        step, tool, folder = sys.argv[1:]
        steps = {"save": save, "load_once": load_once, "load": load, "check": check}
        print(json.dumps(steps[step](tool, Path(folder))))
    else:
        sys.exit(main())
