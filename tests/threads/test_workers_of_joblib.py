# SPDX-License-Identifier: BSD-3-Clause
"""joblib.Parallel: its workers dump and load large arrays, and take our memory maps for its own."""

import fastjoblib
import joblib
import numpy as np
import pytest

BACKENDS = ["loky", "threading", "multiprocessing"]
METHODS = [0, ("zlib", 1), "lz4"]


def numbers(seed):
    return np.random.default_rng(seed).integers(0, 50, 6_000_000, "u1")


def load_and_dump(source, target, compress):
    value = fastjoblib.load(source, n_threads=2)
    value["large"][:] += 1
    fastjoblib.dump(value, target, compress, n_threads=2)
    return fastjoblib.load(source, mmap_mode="r")["large"][:10] if not compress else value["large"][:10] - 1


@pytest.mark.parametrize("compress", METHODS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_dumps_and_loads_in_workers(tmp_path, backend, compress):
    jobs = []
    for i in range(4):
        fastjoblib.dump({"large": numbers(i), "text": "end"}, tmp_path / f"in-{i}", compress)
        jobs.append(joblib.delayed(load_and_dump)(tmp_path / f"in-{i}", tmp_path / f"out-{i}", compress))
    results = joblib.Parallel(n_jobs=2, backend=backend)(jobs)
    for i, result in enumerate(results):
        assert np.array_equal(result, numbers(i)[:10])
        loaded = fastjoblib.load(tmp_path / f"out-{i}")
        assert np.array_equal(loaded["large"], numbers(i) + 1) and loaded["text"] == "end"


def describe(array):
    """What a worker has been given."""
    kind = "memmap" if isinstance(array, np.memmap) else "ndarray"
    return kind, getattr(array, "filename", None), getattr(array, "offset", None), array.flags.writeable, array.sum()


def maps(path, library, mode):
    """Arrays and parts of them, of one file.  joblib 1.6 takes the wrong memory where strides are negative."""
    loaded = library.load(path, mmap_mode=mode)
    return [
        loaded["first"],
        loaded["second"],
        loaded["fortran"],
        loaded["second"][1000:2000],
        loaded["fortran"][1:, ::3],
        loaded["first"][::2],
    ]


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_maps_are_passed_as_joblibs_are(tmp_path, backend, mode):
    """By name, offset and mode, and not by their data."""
    path = tmp_path / "file"
    value = {"first": numbers(0)[:100_000], "second": np.arange(300_000.0), "fortran": np.eye(500, 300, order="F")}
    fastjoblib.dump(value, path)
    parallel = joblib.Parallel(n_jobs=2, backend=backend, max_nbytes=None)
    found = parallel(joblib.delayed(describe)(array) for array in maps(path, fastjoblib, mode))
    expected = parallel(joblib.delayed(describe)(array) for array in maps(path, joblib, mode))
    assert found == expected
    sums = [array.sum() for array in maps(path, joblib, None)]
    assert [one[-1] for one in found] == sums


def write(array, i):
    array[i :: 4] = i + 1
    return i


@pytest.mark.parametrize("backend", BACKENDS)
def test_workers_write_into_a_map(tmp_path, backend):
    """What joblib's documentation advises for results: each worker fills a part."""
    path = tmp_path / "file"
    fastjoblib.dump(["before", np.zeros(100), np.zeros(400_000)], path)
    shared = fastjoblib.load(path, mmap_mode="r+")[2]
    joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(write)(shared, i) for i in range(4))
    assert shared[:8].tolist() == [1, 2, 3, 4] * 2
    loaded = fastjoblib.load(path)
    assert np.array_equal(loaded[2], np.tile([1.0, 2, 3, 4], 100_000)) and not loaded[1].any()
