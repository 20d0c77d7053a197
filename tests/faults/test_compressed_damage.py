# SPDX-License-Identifier: BSD-3-Clause
"""Compressed files that are cut, damaged or continued: the object or a clear error, at once and in little memory."""

import bz2
import gzip
import io
import lzma
import random
import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.compression import ALL_METHODS, COMPRESS, CORE_METHODS, PREFIXES, zstd
from helpers.control import error_of
from helpers.run import needs_memory_limit, run_python
from helpers.streams import OnlyRead

ERRORS = (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)
LOW_LEVEL = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, RuntimeError)


def value():
    return ["text", np.arange(40.0), {"a": [1, 2]}]


def everywhere(data, path):
    """Load from a path, from bytes and from streams; yield each result and error."""
    path.unlink(missing_ok=True)  # ext4 is slow to empty a file that it has just written
    path.write_bytes(data)
    yield error_of(fastjoblib.load, path)
    yield error_of(fastjoblib.loads, data)
    yield error_of(fastjoblib.load, OnlyRead(data))
    with open(path, "rb") as file:
        yield error_of(fastjoblib.load, file)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_cut_anywhere(tmp_path, method):
    path = tmp_path / "the name"
    data = fastjoblib.dumps(value(), method)
    cut_within = 0
    for size in range(len(data)):
        for i, (result, error) in enumerate(everywhere(data[:size], path)):
            assert isinstance(error, ERRORS), f"cut at {size} of {len(data)}: {result!r}, {error!r}"
            if i == 0:
                assert str(path) in str(error)
            if type(error) is fastjoblib.TruncatedFileError:
                assert error.actual == size and error.expected == max(size + 1, 2)
                cut_within += 1
            else:  # within what tells it from other files
                assert size < len(PREFIXES[method])
    assert cut_within > len(data) * 3


@pytest.mark.parametrize("method", ALL_METHODS)
def test_large_files_cut(tmp_path, method):
    path = tmp_path / "file"
    data = fastjoblib.dumps(np.random.default_rng(0).random(60_000), method)
    for size in (len(data) // 10, len(data) // 2, len(data) - 1000, len(data) - 1):
        for _, error in everywhere(data[:size], path):
            assert type(error) is fastjoblib.TruncatedFileError
            assert (error.actual, error.expected) == (size, size + 1)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_flipped_bytes(tmp_path, method):
    """No other value comes out, but of lz4 and lzma, which joblib writes without a check value.

    Where the check value comes late, the unpickler may be the first to stumble, over anything.
    """
    generator = random.Random(method)
    data = fastjoblib.dumps(value(), method)
    clear = chained = 0
    for _ in range(300):
        damaged = bytearray(data)
        at = generator.randrange(len(data))
        damaged[at] ^= 1 << generator.randrange(8)
        for result, error in everywhere(bytes(damaged), tmp_path / "file"):
            if error is None and method not in ("lz4", "lzma"):
                assert_same(result, value())  # the header has names, times and flags
            assert not isinstance(error, LOW_LEVEL) or isinstance(error, ERRORS), f"byte {at}: {error!r}"
            clear += isinstance(error, ERRORS)
            chained += error is not None and isinstance(error.__cause__, LOW_LEVEL)
    assert clear > 100 and (chained > 100) == (method not in CORE_METHODS)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_check_values_are_verified(method):
    """Also of data of more than one read, whose last part ends with the object."""
    if method in ("lz4", "lzma"):
        pytest.skip("joblib writes lz4 and lzma without a check value")
    for size in (1, 8000, 131_072, 1_000_000):
        data = bytearray(fastjoblib.dumps(bytes(size), method))
        at = {"zlib": -1, "gzip": -6, "bz2": -4, "xz": -1, "zstd": -1}[method]
        data[at] ^= 0x10
        with pytest.raises(fastjoblib.InvalidFileError, match=f"{method} data is damaged"):
            fastjoblib.loads(data)


@pytest.mark.parametrize("garbage", [b"\0", b"x", b"garbage" * 1000, bytes(100_000)], ids=len)
@pytest.mark.parametrize("method", ALL_METHODS)
def test_garbage_behind_the_stream(tmp_path, method, garbage):
    """A file that is named is no compressed file then; what an open one goes on with is its reader's."""
    data = fastjoblib.dumps(value(), method)
    by_name, from_bytes, *from_files = everywhere(data + garbage, tmp_path / "file")
    for _, error in (by_name, from_bytes):
        assert type(error) is fastjoblib.InvalidFileError and error.position == len(data)
        assert f"other data follows the end of its {method} data" in str(error)
    for result, error in from_files:
        assert error is None
        assert_same(result, value())


@pytest.mark.parametrize("garbage", [b"\0", b"q", b"garbage" * 1000, bytes(100_000)], ids=len)
@pytest.mark.parametrize("method", ALL_METHODS)
def test_garbage_behind_half_an_object(tmp_path, method, garbage):
    """Stock joblib hangs and takes all memory on these."""
    data = COMPRESS[method](fastjoblib.dumps(value())[:-20])
    for _, error in everywhere(data + garbage, tmp_path / "file"):
        assert type(error) is fastjoblib.TruncatedFileError


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("parts", [2, 3, 50])
def test_concatenated_streams(tmp_path, method, parts):
    """`cat a.gz b.gz` is a gzip file; stock joblib hangs on it."""
    data = fastjoblib.dumps([value(), "x" * 1000])
    cuts = sorted(random.Random(parts).sample(range(len(data)), parts - 1))
    pieces = [data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    joined = b"".join(map(COMPRESS[method], pieces))
    for result, error in everywhere(joined, tmp_path / "file"):
        assert error is None, f"{error!r}"
        assert_same(result, [value(), "x" * 1000])
    for _, error in everywhere(joined[: len(joined) // 2], tmp_path / "file"):
        assert isinstance(error, ERRORS)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_streams_of_no_bytes(method):
    empty = COMPRESS[method](b"")
    assert_same(fastjoblib.loads(empty * 50 + fastjoblib.dumps(value(), method)), value())
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.loads(empty * 50)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_something_else_compressed(tmp_path, method):
    for inner in (b"no pickle at all", b"<html>", COMPRESS[method](fastjoblib.dumps(value()))):
        for _, error in everywhere(COMPRESS[method](inner), tmp_path / "file"):
            assert isinstance(error, ERRORS)


@pytest.mark.parametrize("method", ALL_METHODS)
def test_text_that_begins_like_it(tmp_path, method):
    for _, error in everywhere(PREFIXES[method] + b"yz, and other letters" * 100, tmp_path / "file"):
        assert isinstance(error, ERRORS)


@needs_memory_limit
@pytest.mark.parametrize("method", ALL_METHODS)
def test_bombs(tmp_path, method):
    """A little data that decompresses to much is given piece by piece; what an object claims is not believed."""
    head = b"\x80\x05\x8e" + (2**40).to_bytes(8, "little")
    compressor = {"zlib": zlib.compressobj, "gzip": lambda: zlib.compressobj(wbits=31)}.get(method)
    zeros = bytes(60_000_000)
    if compressor is not None:
        stream = compressor()
        data = stream.compress(head) + stream.compress(zeros) + stream.flush()
    else:
        data = COMPRESS[method](head + zeros)
    (tmp_path / "file").write_bytes(data)
    del zeros
    run_python(
        """
        import sys, fastjoblib
        fastjoblib.loads(fastjoblib.dumps(0, sys.argv[2]))
        limit_memory(360_000_000)
        try:
            fastjoblib.load(sys.argv[1])
        except fastjoblib.TruncatedFileError as error:
            assert error.actual >= 60_000_000
        else:
            raise AssertionError("loaded")
        """,
        arguments=[tmp_path / "file", method],
    )


def test_errors_of_the_file_object_come_through():
    class Failing(io.RawIOBase):
        def __init__(self, data, error):
            self.data, self.error = data, error

        def readable(self):
            return True

        def readinto(self, buffer):
            if not self.data:
                raise self.error
            data, self.data = self.data[: len(buffer)], self.data[len(buffer) :]
            buffer[: len(data)] = data
            return len(data)

    for error in (OSError(5, "Input/output error"), RuntimeError("mine"), KeyError("mine"), KeyboardInterrupt()):
        for method in ALL_METHODS:
            with pytest.raises(type(error)) as caught:
                fastjoblib.load(Failing(fastjoblib.dumps(value(), method)[:-50], error))
            assert caught.value is error


def test_what_is_wrong_is_said(tmp_path):
    data = bytearray(gzip.compress(fastjoblib.dumps(value())))
    data[-8] ^= 1
    (tmp_path / "the name").write_bytes(data)
    with pytest.raises(fastjoblib.InvalidFileError, match="the name.*gzip data is damaged: .*check"):
        fastjoblib.load(tmp_path / "the name")
    with pytest.raises(fastjoblib.InvalidFileError, match="bz2 data is damaged") as caught:
        fastjoblib.loads(bz2.compress(b"x")[:4] + b"no blocks")
    assert isinstance(caught.value.__cause__, OSError)
