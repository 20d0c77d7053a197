# SPDX-License-Identifier: BSD-3-Clause
"""Time restricted loading against `load`, pickle and skops.

    python benchmarks/bench_safe.py --rounds 5

Each round is a process of its own. It loads the same model with each tool once, which
imports what the model needs, and then by turns: the least time of a tool
is that of the round. skops is left out where it is not installed; it is given the names
that it asks for.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

import data
from report import environment, folder_on_disk

HERE = Path(__file__).resolve().parent
TOOLS = ["load", "safe_load", "pickle", "skops"]


def of_data(name: str, scale: float) -> Callable[[], Any]:
    return lambda: data.CASES[name].build(scale)


def fitted(module: str, name: str, rows: int, columns: int = 20, **parameters: Any) -> Callable[[], Any]:
    """A model of scikit-learn, for random rows of two classes."""

    def make() -> Any:
        import importlib

        estimator = getattr(importlib.import_module(f"sklearn.{module}"), name)(**parameters)
        return estimator.fit(*data.classification(rows, columns))

    return make


def search() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1.0, 10.0]}
    return GridSearchCV(steps, grid, cv=3).fit(*data.classification(1000, 20))


def with_frame() -> Any:
    """What is often saved beside a model."""
    import pandas as pd

    model = data.CASES["pipeline"].build(1.0)
    index = pd.date_range("2020-01-01", periods=2000, freq="h")
    frame = pd.DataFrame({"size": range(2000), "city": pd.Categorical(["Oslo", "Lyon"] * 1000)}, index=index)
    return {"model": model, "examples": frame, "names": frame.columns, "accuracy": 0.9}


CASES: dict[str, Callable[[], Any]] = {
    "linear regression": of_data("linear_model", 1.0),
    "columns, one-hot, logistic": of_data("pipeline", 1.0),
    "the same, with a DataFrame": with_frame,
    "grid search": search,
    "forest, 3 trees": of_data("forest_300_deep", 0.01),
    "forest, 90 deep trees": of_data("forest_300_deep", 0.3),
    "forest, 2000 shallow trees": of_data("forest_2000_shallow", 1.0),
    "gradient boosting, 500 trees": of_data("gradient_boosting_500", 1.0),
    "histogram boosting, 5 iterations": of_data("hist_gradient_boosting_500", 0.01),
    "histogram boosting, 500 iterations": of_data("hist_gradient_boosting_500", 1.0),
    "text, 100 documents": of_data("tfidf_bigrams", 0.02),
    "text, 5000 documents": of_data("tfidf_bigrams", 1.0),
    "neighbours, KD tree, 500 rows": fitted("neighbors", "KNeighborsClassifier", 500, algorithm="kd_tree"),
    "neighbours, KD tree, 1e5 rows": fitted("neighbors", "KNeighborsClassifier", 100_000, algorithm="kd_tree"),
    "SVC, 200 rows": fitted("svm", "SVC", 200),
    "SVC, 5000 rows": fitted("svm", "SVC", 5000),
    "Gaussian process, 500 rows": fitted("gaussian_process", "GaussianProcessClassifier", 500, optimizer=None),
    "network, 100": fitted("neural_network", "MLPClassifier", 500, max_iter=5),
    "network, 1000 x 1000": fitted("neural_network", "MLPClassifier", 200, hidden_layer_sizes=(1000, 1000), max_iter=1),
    "k-means, 100 centers": fitted("cluster", "KMeans", 5000, n_clusters=100, n_init=1),
    "DataFrame, 5e4 rows": of_data("dataframe", 0.1),
    "list of 1e5 arrays": of_data("small_arrays", 1.0),
    "dict of 1e6 int to float": of_data("dict_int_float", 1.0),
    "200,000 dicts": of_data("records", 1.0),
}


def write(case: str, folder: Path) -> None:
    """Save it in each tool's form."""
    import pickle

    import fastjoblib

    value = CASES[case]()
    fastjoblib.dump(value, folder / "joblib")
    (folder / "pickle").write_bytes(pickle.dumps(value, 5))
    if isinstance(value, (dict, list)):
        return  # no model
    try:
        import skops.io

        skops.io.dump(value, folder / "skops")
    except Exception as error:  # what it cannot save, it has no time for
        print(f"{case}: skops: {error!r:.100}", file=sys.stderr)
        (folder / "skops").unlink(missing_ok=True)


def loaders(folder: Path) -> dict[str, Callable[[], Any]]:
    import pickle

    import fastjoblib

    def unpickle() -> Any:
        with open(folder / "pickle", "rb") as file:
            return pickle.load(file)

    path = str(folder / "joblib")
    found = {"load": lambda: fastjoblib.load(path), "safe_load": lambda: fastjoblib.safe_load(path), "pickle": unpickle}
    if (folder / "skops").exists():
        import skops.io

        names = skops.io.get_untrusted_types(file=folder / "skops")
        found["skops"] = lambda: skops.io.load(folder / "skops", trusted=names)
    return found


def measure(folder: Path, seconds: float) -> dict[str, float]:
    """The least time of each, in ms."""
    found = loaders(folder)
    least = dict.fromkeys(found, math.inf)
    for call in found.values():
        call()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in found.items():
            if name == "skops" and least[name] > 0.1 and least[name] < math.inf:
                continue  # once, it is slow enough to be measured so
            start = time.perf_counter()
            value = call()
            least[name] = min(least[name], time.perf_counter() - start)
            del value
    return {name: 1000 * each for name, each in least.items()}


def in_own_process(*words: str) -> str:
    command = [sys.executable, "-W", "ignore", __file__, "--one", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def row(case: str, rounds: int, folder: Path) -> tuple[str, float]:
    folder = folder / case.replace(" ", "-")
    if not folder.exists():
        folder.mkdir(parents=True)
        in_own_process("write", case, str(folder))
    found = [json.loads(in_own_process("measure", case, str(folder))) for _ in range(rounds)]
    times = {tool: median(each[tool] for each in found) for tool in TOOLS if tool in found[0]}
    ratio = median(each["safe_load"] / each["load"] for each in found)
    cells = [f"{times[tool]:.4g}" if tool in times else "-" for tool in TOOLS]
    others = [f"{times[tool] / times['safe_load']:.1f}" if tool in times else "-" for tool in TOOLS[2:]]
    nbytes = (folder / "joblib").stat().st_size
    return f"| {' | '.join([case, f'{nbytes / 1e6:.3g}', *cells, f'{ratio:.2f}', *others])} |", ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--folder", type=Path, help="where the files are, or will be, instead of one for this run")
    parser.add_argument("--output", type=Path, default=HERE / "results_safe.md")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        what, case, folder = arguments.one
        if what == "write":
            write(case, Path(folder))
        else:
            print(json.dumps(measure(Path(folder), 0.7)))
        return
    lines = [
        "# What restricted loading costs",
        "",
        environment(),
        "",
        f"`python benchmarks/bench_safe.py --rounds {arguments.rounds}`. Times in ms: the median over as many",
        "processes of the least time of each. *ratio*: of the time of `safe_load` to that of `load`; then how many",
        "times as long as `safe_load` pickle and skops take. `safe_load` trusts what it does by default.",
        "",
        f"| model | MB | {' | '.join(TOOLS)} | ratio | pickle / safe | skops / safe |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    ratios = []
    with nullcontext(arguments.folder) if arguments.folder else folder_on_disk() as folder:
        for case in arguments.case or CASES:
            line, ratio = row(case, arguments.rounds, folder)
            lines.append(line)
            ratios.append(ratio)
            print(line, flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    lines += ["", f"Geometric mean of the ratios: {mean:.3f}; the largest: {max(ratios):.2f}."]
    print(lines[-1])
    arguments.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
