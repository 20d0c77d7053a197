# SPDX-License-Identifier: BSD-3-Clause
"""Compression in threads, again and again: no thread, descriptor or block of memory is left behind."""

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib._compress import xz_blocks, zstd
from helpers.control import error_of
from helpers.measure import assert_flat, no_measure
from helpers.streams import FailingWriter

pytestmark = [pytest.mark.leaks, no_measure]

VALUE = np.random.default_rng(0).bytes(250_000)  # three blocks of bz2 at level 1
SHORT = VALUE[:120_000]  # four pieces of xz


class Exploding:
    def __reduce__(self):
        raise ZeroDivisionError


@pytest.fixture(autouse=True)
def small_pieces_and_threads(monkeypatch):
    monkeypatch.setattr(xz_blocks, "_MIB", 4096)
    monkeypatch.setattr(zstd, "_LARGE", 50_000)
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "3")


@pytest.mark.parametrize("method", ["bz2", "xz", "zstd"])
def test_nothing_is_left_behind(method):
    compress = (method, 1)
    value = VALUE if method == "bz2" else SHORT
    assert_flat(lambda: fastjoblib.dumps(value, compress))
    assert_flat(lambda: error_of(fastjoblib.dumps, [value, Exploding()], compress))
    assert_flat(lambda: error_of(fastjoblib.dump, [value, 1], FailingWriter(len(value) // 2), compress))


def test_stock_joblib_with_zstd(tmp_path):
    joblib.register_compressor("leaking zstd", fastjoblib.ZstdCompressorWrapper(), force=True)
    try:
        assert_flat(lambda: joblib.load(joblib.dump(VALUE, tmp_path / "file", "leaking zstd")[0]))
    finally:
        joblib.compressor._COMPRESSORS.pop("leaking zstd")
