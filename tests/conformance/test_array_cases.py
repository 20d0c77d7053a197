# SPDX-License-Identifier: BSD-3-Clause
"""What benchmarks/bench_arrays.py compares: the same files as joblib's, and controls that do what they say."""

import io

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.control import assert_same_bytes, stock_dumps

from benchmarks import array_cases, raw_io

pytest.importorskip("sklearn", reason="the models of benchmarks/array_cases.py need scikit-learn")


@pytest.mark.parametrize("name", array_cases.CASES)
def test_cases(name):
    case = array_cases.CASES[name]
    value = case.build(9.5)
    data = fastjoblib.dumps(value)
    assert_same_bytes(data, stock_dumps(value))
    assert joblib.hash(fastjoblib.loads(data)) == joblib.hash(joblib.load(io.BytesIO(data)))
    assert case.is_single == isinstance(value, np.ndarray)
    if case.is_single:
        assert case.is_contiguous == (value.flags.c_contiguous or value.flags.f_contiguous)
        assert 0.9 * 9.5 < value.nbytes / (1 << 20) < 1.1 * 9.5
    if case.is_contiguous:
        assert 0.98 * len(data) < sum(buffer.nbytes for buffer in array_cases.buffers_of(value)) <= len(data)


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("nbytes", [1, raw_io.CHUNK, 2 * raw_io.CHUNK + 5])
def test_raw_io(tmp_path, nbytes, n_threads):
    path = tmp_path / "file"
    data = np.random.default_rng(0).bytes(nbytes)
    for _ in range(2):  # also over the file that is there
        raw_io.write([memoryview(data)[:1], memoryview(data)[1:]], path)
        assert path.read_bytes() == data
    with raw_io.read(path, n_threads) as memory:
        assert memory[:] == data
    assert raw_io.resident_nbytes(path) >= nbytes
