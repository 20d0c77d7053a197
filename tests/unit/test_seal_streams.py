# SPDX-License-Identifier: BSD-3-Clause
"""Seals in what is no plain file: several in one stream, pipes, FIFOs."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

import fastjoblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.compression import ALL_METHODS

SMALL = {"a": np.arange(500.0), "b": [np.ones((7, 3), order="F"), "text"], "c": np.array(["x", {}], object)}
LARGE = {"big": (np.arange(1_500_000) % 251).astype("u1"), "n": list(range(9000))}


@pytest.mark.parametrize("compress", [0, *((method, 3) for method in ALL_METHODS)])
def test_file_objects(compress):
    """Several sealed objects in one stream load one after another; one file object can be verified."""
    stream = io.BytesIO()
    fastjoblib.dump(SMALL, stream, compress, seal=True)
    end = stream.tell()
    stream.seek(0)
    fastjoblib.verify(stream)
    stream.seek(0)
    assert_same(fastjoblib.load(stream, verify=True), SMALL)
    stream.seek(end)
    fastjoblib.dump([1], stream, compress, seal=True)
    fastjoblib.dump([2], stream, compress)
    stream.seek(0)
    assert_same(fastjoblib.load(stream), SMALL)
    assert stream.tell() == end
    assert [fastjoblib.load(stream), fastjoblib.load(stream)] == [[1], [2]]
    assert stream.read() == b""


def test_a_pipe_can_be_verified():
    stream = io.BytesIO()
    fastjoblib.dump(LARGE, stream, ("zlib", 1), seal=True)

    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.inner = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.inner.readinto(memoryview(buffer)[:5000])

    fastjoblib.verify(Pipe(stream.getvalue()))
    assert_same(fastjoblib.load(Pipe(stream.getvalue()), verify=True), LARGE)
    with pytest.raises(fastjoblib.DamagedFileError):
        fastjoblib.load(Pipe(stream.getvalue()[:-1]), verify=True)


@pytest.mark.parametrize("method", [None, "zlib", "xz"])
def test_a_fifo(tmp_path, method):
    """It cannot be opened a second time, nor read twice."""
    fastjoblib.dump(SMALL, tmp_path / "m", 0 if method is None else method, seal=True)
    os.mkfifo(tmp_path / "fifo")
    for call in (fastjoblib.verify, fastjoblib.load, lambda path: fastjoblib.load(path, verify=True)):
        with ThreadPoolExecutor(1) as pool:
            pool.submit((tmp_path / "fifo").write_bytes, (tmp_path / "m").read_bytes())
            result = call(tmp_path / "fifo")
        assert_same(result, None if call is fastjoblib.verify else SMALL)
