# SPDX-License-Identifier: BSD-3-Clause
"""A compressed file is never more than 2 % larger than joblib's, whatever the data, the level and the libraries.

What repeats over many kilobytes and nothing else (the same 20 kB over and over) is the exception that independent
blocks bring with them: it is written once for each block, and joblib writes it once for the file.
"""

import functools
import io
import zlib

import fastjoblib
import joblib
import numpy as np
import pytest

N = 300_000


def words(rng, n):
    vocabulary = ["".join(map(chr, rng.integers(97, 123, size))) for size in rng.integers(2, 11, 3000)]
    return [vocabulary[i] for i in np.minimum(rng.zipf(1.3, n), 3000) - 1]


def noise_between_text(rng):
    text = " ".join(words(rng, 20_000)).encode()
    parts = [rng.bytes(150_000), bytes(200_000), rng.standard_normal(20_000).tobytes(), text]
    return b"".join(parts * 4)


def nodes(rng):
    tree = np.zeros(30_000, [("left", "i8"), ("right", "i8"), ("threshold", "f8"), ("impurity", "f8"), ("n", "i8")])
    tree["left"] = np.arange(len(tree)) + 1
    tree["right"] = np.where(rng.random(len(tree)) < 0.5, -1, tree["left"] + rng.integers(1, 50, len(tree)))
    tree["threshold"] = rng.standard_normal(len(tree)).astype("f4")
    tree["impurity"] = rng.random(len(tree)) * (rng.random(len(tree)) < 0.7)
    tree["n"] = rng.integers(1, 100, len(tree))
    return tree


def image(rng):
    x, y = np.meshgrid(np.arange(1024), np.arange(1024))
    waves = 128 + 60 * np.sin(x / 37) + 50 * np.cos(y / 23)
    return (waves + 4 * rng.standard_normal(x.shape)).clip(0, 255).astype("u1")


def sparse(rng, share):
    values = np.zeros(N)
    values[rng.random(N) < share] = 1.5
    values *= rng.standard_normal(N)
    return values


VALUES = {
    "nothing": lambda rng: None,
    "a hundred numbers": lambda rng: list(range(100)),
    "1 kB": lambda rng: rng.standard_normal(100),
    "100 kB": lambda rng: rng.random(11_000).tolist(),
    "normal float64": lambda rng: rng.standard_normal(N),
    "normal float32": lambda rng: rng.standard_normal(2 * N).astype("f4"),
    "uniform": lambda rng: rng.random(N),
    "rounded": lambda rng: rng.standard_normal(N).round(2),
    "float32 as float64": lambda rng: rng.standard_normal(N).astype("f4").astype("f8"),
    "few values": lambda rng: rng.standard_normal(50)[rng.integers(0, 50, N)],
    "many values": lambda rng: rng.standard_normal(2000)[rng.integers(0, 2000, N)],
    "int8 below 10": lambda rng: rng.integers(0, 10, 4 * N).astype("i1"),
    "int16 below 10": lambda rng: rng.integers(0, 10, 2 * N).astype("i2"),
    "int32 below 30000": lambda rng: rng.integers(0, 30_000, N).astype("i4"),
    "int64 below 100": lambda rng: rng.integers(0, 100, N),
    "range": lambda rng: np.arange(N),
    "range int32": lambda rng: np.arange(2 * N, dtype="i4"),
    "linspace": lambda rng: np.linspace(0, 1, N),
    "sorted": lambda rng: np.sort(rng.standard_normal(N)),
    "random walk": lambda rng: np.cumsum(rng.integers(-3, 4, N)),
    "zeros": lambda rng: np.zeros(2 * N),
    "ones": lambda rng: np.ones(2 * N),
    "sparse 1 %": lambda rng: sparse(rng, 0.01),
    "sparse 10 %": lambda rng: sparse(rng, 0.1),
    "bool": lambda rng: rng.random(4 * N) < 0.5,
    "rare bool": lambda rng: rng.random(4 * N) < 0.02,
    "dates": lambda rng: (np.datetime64("2020-01-01") + rng.integers(0, 1000, N)).astype("M8[ns]"),
    "one-hot": lambda rng: np.eye(20)[rng.integers(0, 20, N // 20)],
    "image": image,
    "nodes": nodes,
    "text": lambda rng: " ".join(words(rng, 100_000)),
    "strings": lambda rng: words(rng, 60_000),
    "unicode array": lambda rng: np.array(words(rng, 60_000)),
    "records": lambda rng: [{"id": i, "word": word, "even": i % 2 == 0} for i, word in enumerate(words(rng, 30_000))],
    "compressed": lambda rng: zlib.compress(" ".join(words(rng, 300_000)).encode()),
    "random bytes": lambda rng: rng.bytes(4 * N),
    "mixture": noise_between_text,
}


@functools.lru_cache(maxsize=1)  # tests of one value follow each other
def make(name):
    return VALUES[name](np.random.default_rng(7))


def size_by_joblib(value, compress):
    with io.BytesIO() as file:
        joblib.dump(value, file, compress=compress)
        return file.tell()


@pytest.mark.parametrize("level", [1, 2, 3, 6])
@pytest.mark.parametrize("name", VALUES)
def test_size(name, level, monkeypatch):
    value = make(name)
    theirs = size_by_joblib(value, ("zlib", level))
    for disabled in ("", "isal", "libdeflate", "isal,libdeflate"):
        monkeypatch.setenv("FASTJOBLIB_DISABLE", disabled)
        ours = fastjoblib.dumps(value, compress=("zlib", level))
        assert len(ours) <= 1.02 * theirs, disabled


@pytest.mark.slow
@pytest.mark.parametrize("level", [4, 5, 7, 8, 9])
@pytest.mark.parametrize("name", VALUES)
def test_size_at_the_other_levels(name, level):
    value = make(name)
    ours = fastjoblib.dumps(value, compress=("zlib", level))
    assert len(ours) <= 1.02 * size_by_joblib(value, ("zlib", level))


@pytest.mark.parametrize("level", [1, 3, 6, 9])
@pytest.mark.parametrize("row_nbytes", [17_000, 24_000, 32_000])
def test_repeats_from_far_away_are_no_noise(row_nbytes, level):
    """Rows of noise, the same again and again: each block of 1 MiB has the first one anew, and joblib's one in all."""
    rows = np.tile(np.frombuffer(np.random.default_rng(1).bytes(row_nbytes), "u1"), (100, 1))
    blocks = rows.nbytes / (1 << 20) + 1
    assert len(fastjoblib.dumps(rows, ("zlib", level))) <= 1.3 * row_nbytes * blocks
