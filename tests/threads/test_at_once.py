# SPDX-License-Identifier: BSD-3-Clause
"""Eight threads that dump and load at once, other objects and the same: each gets what it would get alone."""

import concurrent.futures
import io
import os
import threading

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _threads

N_THREADS = 8
METHODS = [0, ("zlib", 1), "lz4"]
MIB = 1 << 20


def value(seed):
    """Of arrays that are read and written by several threads, on each way that there is for one."""
    random = np.random.default_rng(seed)
    numbers = random.integers(0, 50, 6 * MIB + seed, "u1")
    return {
        "large": numbers,
        "transposed": numbers[:MIB].reshape(16, 256, 256).transpose(0, 2, 1),
        "columns": numbers[:MIB].reshape(-1, 512)[:, ::2],
        "fortran": np.asfortranarray(random.random((700, 800))),
        "foreign": random.random(600_000).astype(">f8"),
        "text": [str(seed + i) for i in range(10_000)],
    }


@pytest.fixture(scope="module")
def expected():
    """The bytes that each object is dumped as, uncompressed, once it has been loaded, and at first."""
    pickled = [fastjoblib.dumps(value(seed)) for seed in range(N_THREADS)]
    return [(fastjoblib.dumps(fastjoblib.loads(data)), data) for data in pickled]


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    """No more threads are started than there are cores."""
    monkeypatch.setattr(_threads, "_cores", lambda: 8)


def at_once(work, n=N_THREADS):
    """Call `work` with each number, and begin when all threads are there."""
    barrier = threading.Barrier(n)

    def run(i):
        barrier.wait(60)
        return work(i)

    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def is_right(loaded, expected, i):
    return fastjoblib.dumps(loaded) == expected[i][0]


@pytest.mark.parametrize("compress", METHODS)
def test_paths_of_their_own(tmp_path, expected, compress):
    def work(i):
        path = tmp_path / str(i)
        for n_threads in (None, 1 + i % 3):
            fastjoblib.dump(value(i), path, compress, n_threads=n_threads)
            assert is_right(fastjoblib.load(path, n_threads=n_threads), expected, i)
            if not compress:
                assert path.read_bytes() == expected[i][1]

    at_once(work)
    assert sorted(os.listdir(tmp_path)) == [str(i) for i in range(N_THREADS)]


@pytest.mark.parametrize("compress", METHODS)
def test_memory(expected, compress):
    def work(i):
        target = io.BytesIO()
        fastjoblib.dump(value(i), target, compress)
        target.seek(0)
        assert is_right(fastjoblib.load(target), expected, i)
        assert is_right(fastjoblib.loads(fastjoblib.dumps(value(i), compress)), expected, i)

    at_once(work)


@pytest.mark.parametrize("compress", METHODS)
def test_the_same_object(tmp_path, expected, compress):
    shared = value(3)

    def work(i):
        path = tmp_path / str(i)
        fastjoblib.dump(shared, path, compress)
        return path.read_bytes()

    assert len(set(at_once(work))) == 1
    assert is_right(fastjoblib.load(tmp_path / "5"), expected, 3)


@pytest.mark.parametrize("compress", METHODS)
def test_the_same_file(tmp_path, expected, compress):
    """It is replaced again and again while it is loaded: each load gets one of the objects, whole."""
    path = tmp_path / "file"
    fastjoblib.dump(value(0), path, compress)
    whole = {pickled for pickled, _ in expected}

    def work(i):
        for _ in range(3):
            if i % 2:
                fastjoblib.dump(value(i), path, compress)
            else:
                assert fastjoblib.dumps(fastjoblib.load(path)) in whole

    at_once(work)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_maps(tmp_path, expected, mode):
    """Each thread has a map of its own; with 'c' none sees what another writes."""
    path = tmp_path / "file"
    fastjoblib.dump(value(2), path)

    def work(i):
        for _ in range(3):
            loaded = fastjoblib.load(path, mmap_mode=mode)
            assert is_right(fastjoblib.loads(fastjoblib.dumps(loaded)), expected, 2)
            assert type(loaded["large"]) is np.memmap and loaded["large"].mode == mode
            if mode == "c":
                loaded["large"][:] = i
                assert (loaded["large"] == i).all()

    at_once(work)
    assert path.read_bytes() == expected[2][1]


def test_everything_at_once(tmp_path, expected):
    """Threads that do different things."""
    fastjoblib.dump(value(7), tmp_path / "map")

    def work(i):
        compress = METHODS[i % 3]
        for path in (tmp_path / str(i), tmp_path / "same"):
            fastjoblib.dump(value(i), path, compress, n_threads=1 + i % 2)
        assert is_right(fastjoblib.load(tmp_path / str(i)), expected, i)
        mapped = fastjoblib.load(tmp_path / "map", mmap_mode="r")
        assert np.array_equal(mapped["large"], value(7)["large"])
        with open(tmp_path / str(i), "rb") as file:
            assert is_right(fastjoblib.load(file), expected, i)

    at_once(work)
