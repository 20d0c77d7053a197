# SPDX-License-Identifier: BSD-3-Clause
"""The cases that benchmarks and tests share: what people save, made by seed.

``CASES`` maps a name to its :class:`Case`; ``CASES[name].build(scale)`` makes
the object, the same one each time. A scale of 1 is the size that results are
published for; tests take 0.01 of it.

scikit-learn and pandas are imported where a case needs them, so that the other
cases run without them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    name: str
    description: str
    build: Callable[[float], Any]


CASES: dict[str, Case] = {}


def case(description: str) -> Callable[[Callable[[float], Any]], Callable]:
    def register(build: Callable[[float], Any]) -> Callable:
        CASES[build.__name__] = Case(build.__name__, description, build)
        return build

    return register


class Measurement:
    """A plain class, for the case ``instances``."""

    def __init__(self, key: int, value: float, unit: str) -> None:
        self.key = key
        self.value = value
        self.unit = unit


def scaled(full: int, scale: float, least: int = 3) -> int:
    return max(least, round(full * scale))


def classification(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Two overlapping classes, so that trees grow deep."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, columns))
    noise = rng.standard_normal(rows)
    return x, (x @ rng.standard_normal(columns) + 2 * noise > 0).astype(np.int64)


def words(rng: np.random.Generator, n: int) -> list[str]:
    """Distinct strings of 8 to 21 characters, one in ten of them not ASCII."""
    numbers = rng.permutation(n).tolist()
    return [
        f"größe-{i:08d}-straße" if i % 10 == 0 else f"sample-{i}" for i in numbers
    ]


# -- models --------------------------------------------------------------------


@case("LinearRegression on 20 features")
def linear_model(scale: float) -> Any:
    from sklearn.linear_model import LinearRegression

    x, _ = classification(scaled(1000, scale, least=50), 20)
    return LinearRegression().fit(x[:, 1:], x[:, 0])


@case("ColumnTransformer (scaler, one-hot of strings) and LogisticRegression")
def pipeline(scale: float) -> Any:
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    x, y = classification(scaled(5000, scale, least=50), 10)
    table = pd.DataFrame(x, columns=[f"x{i}" for i in range(10)])
    cities = np.array([f"city-{i}" for i in range(40)], dtype=object)
    table["city"] = cities[np.arange(len(table)) % len(cities)]
    prepare = make_column_transformer(
        (StandardScaler(), [f"x{i}" for i in range(10)]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
    )
    return make_pipeline(prepare, LogisticRegression()).fit(table, y)


@case("RandomForestClassifier, 300 deep trees, 20,000 x 8 rows")
def forest_300_deep(scale: float) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    x, y = classification(scaled(20_000, scale, least=200), 8)
    forest = RandomForestClassifier(scaled(300, scale), random_state=0, n_jobs=-1)
    return forest.fit(x, y)


@case("RandomForestClassifier, 2000 trees of depth 4")
def forest_2000_shallow(scale: float) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    x, y = classification(1000, 8)
    forest = RandomForestClassifier(
        scaled(2000, scale), max_depth=4, random_state=0, n_jobs=-1
    )
    return forest.fit(x, y)


@case("GradientBoostingClassifier, 500 trees")
def gradient_boosting_500(scale: float) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    x, y = classification(2000, 8)
    return GradientBoostingClassifier(
        n_estimators=scaled(500, scale), random_state=0
    ).fit(x, y)


@case("HistGradientBoostingClassifier, 500 iterations")
def hist_gradient_boosting_500(scale: float) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, y = classification(scaled(20_000, scale, least=200), 8)
    return HistGradientBoostingClassifier(
        max_iter=scaled(500, scale), early_stopping=False, random_state=0
    ).fit(x, y)


@case("TfidfVectorizer with bigrams and SGDClassifier, 5000 texts of 100 words")
def tfidf_bigrams(scale: float) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    rng = np.random.default_rng(0)
    n_texts = scaled(5000, scale, least=20)
    frequencies = 1 / np.arange(1, 20_001)  # Zipf's law
    ranks = rng.choice(20_000, (n_texts, 100), p=frequencies / frequencies.sum())
    texts = [" ".join(f"word{rank}" for rank in row) for row in ranks.tolist()]
    labels = rng.integers(0, 2, n_texts)
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), SGDClassifier(random_state=0)
    )
    return model.fit(texts, labels)


@case("ndarray of 8e6 standard-normal float64")
def standard_normal(scale: float) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(scaled(8_000_000, scale))


# -- objects and tables --------------------------------------------------------


@case("dict of 1e6 int to float")
def dict_int_float(scale: float) -> dict[int, float]:
    values = np.random.default_rng(0).random(scaled(1_000_000, scale))
    return dict(enumerate(values.tolist()))


@case("list of 5e5 distinct strings")
def strings(scale: float) -> list[str]:
    return words(np.random.default_rng(0), scaled(500_000, scale))


@case("list of 1e5 arrays of 8 floats")
def small_arrays(scale: float) -> list[np.ndarray]:
    rows = np.random.default_rng(0).random((scaled(100_000, scale), 8))
    return [row.copy() for row in rows]  # arrays of their own, not views


@case("list of 2e5 dicts, as read from JSON")
def records(scale: float) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    n = scaled(200_000, scale)
    tags = ["new", "sale", "returned", "gift"]
    columns = zip(
        words(rng, n), rng.random(n).tolist(), rng.integers(0, 4, n).tolist(),
        strict=True,
    )
    return [
        {
            "id": i,
            "name": name,
            "score": score,
            "active": pick > 0,
            "tags": tags[:pick],
            "note": None,
        }
        for i, (name, score, pick) in enumerate(columns)
    ]


@case("list of 2e5 instances of a plain class")
def instances(scale: float) -> list[Measurement]:
    values = np.random.default_rng(0).random(scaled(200_000, scale)).tolist()
    units = ["m", "kg", "s"]
    return [Measurement(i, v, units[i % 3]) for i, v in enumerate(values)]


@case("pandas DataFrame, 5e5 rows: int, float, strings, categories")
def dataframe(scale: float) -> Any:
    import pandas as pd

    rng = np.random.default_rng(0)
    n = scaled(500_000, scale)
    cities = np.array(["Lyon", "Oslo", "Porto", "Zürich"], dtype=object)
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "price": rng.random(n),
            # As Python objects: what "str" columns are stored as depends on
            # the pandas version and on whether pyarrow is installed.
            "name": pd.Series(words(rng, n), dtype=object),
            "city": pd.Categorical(cities[rng.integers(0, 4, n)]),
        }
    )


@case("object ndarray of 5e5 distinct strings")
def object_array(scale: float) -> np.ndarray:
    return np.array(words(np.random.default_rng(0), scaled(500_000, scale)), object)
