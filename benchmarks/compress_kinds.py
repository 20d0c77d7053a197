# SPDX-License-Identifier: BSD-3-Clause
"""The 14 kinds of data that the choice of encoder is measured on, made by seed.

``KINDS`` maps a name to a function of a size in bytes, which returns a picklable
object of about that size. The names are those of the grid of bench_compress.py.
"""

import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from data import CASES

KINDS: dict[str, Callable[[int], Any]] = {}


def kind(name: str) -> Callable[[Callable[[int], Any]], Callable[[int], Any]]:
    def register(build: Callable[[int], Any]) -> Callable[[int], Any]:
        KINDS[name] = build
        return build

    return register


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@kind("tree nodes")
def tree_nodes(nbytes: int) -> Any:
    """The nodes of a forest of deep trees, as scikit-learn keeps them."""
    from sklearn.ensemble import RandomForestClassifier

    x = rng(0).standard_normal((3000, 20))
    y = (x @ rng(1).standard_normal(20) + 2 * rng(2).standard_normal(3000) > 0).astype(np.int64)
    per_tree = 80_000
    forest = RandomForestClassifier(max(1, nbytes // per_tree), random_state=0).fit(x, y)
    return [tree.tree_.__getstate__()["nodes"] for tree in forest.estimators_]


@kind("TF-IDF pickle")
def tfidf(nbytes: int) -> Any:
    """A fitted vectorizer: a dict of words and pairs of words, with their numbers."""
    return CASES["tfidf_bigrams"].build(nbytes / 16e6)


@kind("records")
def records(nbytes: int) -> np.ndarray:
    """A structured array, like a table of measurements."""
    n = nbytes // 32
    data = np.zeros(n, dtype=[("id", "<i8"), ("time", "<f8"), ("sensor", "<i4"), ("value", "<f4"), ("flags", "<i8")])
    data["id"] = np.arange(n)
    data["time"] = 1.7e9 + np.cumsum(rng(3).exponential(0.5, n))
    data["sensor"] = rng(4).integers(0, 50, n)
    data["value"] = rng(5).normal(20, 5, n).round(1)
    data["flags"] = rng(6).integers(0, 4, n)
    return data


@kind("normal float64")
def normal64(nbytes: int) -> np.ndarray:
    return rng(7).standard_normal(nbytes // 8)


@kind("normal float32")
def normal32(nbytes: int) -> np.ndarray:
    return rng(8).standard_normal(nbytes // 4).astype(np.float32)


@kind("sorted floats")
def sorted_floats(nbytes: int) -> np.ndarray:
    return np.sort(rng(9).standard_normal(nbytes // 8))


@kind("int64 0..7")
def small_ints(nbytes: int) -> np.ndarray:
    return rng(10).integers(0, 8, nbytes // 8)


@kind("tiled ints")
def tiled_ints(nbytes: int) -> np.ndarray:
    """A hundred numbers, again and again."""
    return np.tile(rng(11).integers(0, 1000, 100), nbytes // 800)


@kind("timestamps")
def timestamps(nbytes: int) -> np.ndarray:
    """Nanoseconds since 1970, irregular, in order."""
    return 1_700_000_000_000_000_000 + np.cumsum(rng(12).integers(1, 2_000_000_000, nbytes // 8))


@kind("categorical int8")
def categorical(nbytes: int) -> np.ndarray:
    """Codes of 20 categories, some of them more frequent than others."""
    weights = 1 / np.arange(1, 21)
    return rng(13).choice(20, nbytes, p=weights / weights.sum()).astype(np.int8)


@kind("bool masks")
def bool_masks(nbytes: int) -> np.ndarray:
    return rng(14).random(nbytes) < 0.2


@kind("uint8 images")
def images(nbytes: int) -> np.ndarray:
    """Smooth pictures of 64 x 64 with a little noise."""
    n = max(1, nbytes // 4096)
    axis = np.linspace(0, 2 * np.pi, 64)
    waves = rng(15).uniform(0.5, 3, (n, 2, 1))
    rows, columns = np.sin(waves[:, :1] * axis), np.cos(waves[:, 1:] * axis)
    pictures = 128 + 90 * rows.transpose(0, 2, 1) * columns
    return (pictures + rng(16).normal(0, 2, pictures.shape)).clip(0, 255).astype(np.uint8)


@kind("zeros")
def zeros(nbytes: int) -> np.ndarray:
    return np.zeros(nbytes // 8)


@kind("JSON-like text")
def json_text(nbytes: int) -> str:
    random = rng(17)
    n = nbytes // 120
    names = [f"customer-{i}" for i in random.integers(0, 5000, n)]
    amounts = random.gamma(2, 50, n).round(2)
    rows = [
        {"id": i, "name": name, "amount": amount, "currency": "EUR", "paid": bool(i % 3), "tags": ["new", "web"]}
        for i, (name, amount) in enumerate(zip(names, amounts.tolist(), strict=True))
    ]
    return json.dumps(rows)


@kind("already compressed")
def already_compressed(nbytes: int) -> bytes:
    noise = rng(18).integers(0, 64, nbytes * 4 // 3 + 8, dtype=np.uint8).tobytes()
    return zlib.compress(noise, 6)[:nbytes]
