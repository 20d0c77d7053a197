# SPDX-License-Identifier: BSD-3-Clause
"""zstd: by the module of Python 3.14 or its twin for older ones, and files that others wrote."""

import os
import shutil
import subprocess

import fastjoblib
import numpy as np
import pytest
import zstandard
from fastjoblib._compress.registry import ZSTD_SKIPPABLE
from fastjoblib._compress.zstd import Zstd
from helpers.compare import assert_same
from helpers.compression import zstd
from helpers.control import assert_same_bytes, error_of
from helpers.run import needs_memory_limit, run_python

PREFIX = b"\x28\xb5\x2f\xfd"
LARGE = 1024 * 1024
ERRORS = (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)


def value():
    return {"array": np.arange(50_000.0), "text": ["x" * 1000, 1], "random": np.random.default_rng(0).random(5000)}


def compressed(data, level=3, n_threads=1, step=1 << 20):
    compressor = Zstd().compressor(level, n_threads)
    parts = [compressor.compress(data[i : i + step]) for i in range(0, len(data), step)]
    return b"".join(parts) + compressor.flush()


def skippable(content, number=0):
    return ZSTD_SKIPPABLE[number] + len(content).to_bytes(4, "little") + content


@pytest.mark.parametrize("level", [None, *range(1, 10)])
def test_levels(tmp_path, level):
    path = tmp_path / "file"
    fastjoblib.dump(value(), path, ("zstd", level))
    data = path.read_bytes()
    assert data.startswith(PREFIX) and data[4] & 4, "with a checksum"
    assert_same_bytes(zstd.decompress(data), fastjoblib.dumps(value()))
    assert_same(fastjoblib.load(path), value())
    assert_same_bytes(fastjoblib.dumps(value(), ("zstd", level)), data)
    assert level != 3 or data == fastjoblib.dumps(value(), "zstd")


def test_chosen_by_name(tmp_path):
    for compress in (0, 3, False, True):
        fastjoblib.dump(value(), tmp_path / "file.zst", compress)
        assert (tmp_path / "file.zst").read_bytes().startswith(PREFIX)
    fastjoblib.dump(value(), tmp_path / "file.zst", "zlib")
    assert (tmp_path / "file.zst").read_bytes().startswith(b"x")


@pytest.mark.parametrize("nbytes", [0, 1, LARGE - 1, LARGE, LARGE + 1, 20 * LARGE])
def test_sizes_and_threads(nbytes):
    data = np.arange(-(-nbytes // 4), dtype="u4").tobytes()[:nbytes]
    expected = compressed(data)
    assert_same_bytes(zstd.decompress(expected), data)
    for n_threads in (1, 2, 3, 1000):
        for step in (1 << 20, 300_007):
            assert_same_bytes(compressed(data, 3, n_threads, step), expected)


def test_threads_are_used_and_end(monkeypatch):
    def threads():
        return len(os.listdir("/proc/self/task"))

    before = threads()
    compressor = Zstd().compressor(1, 3)
    compressor.compress(bytes(LARGE))
    assert threads() == before
    compressor.compress(bytes(LARGE))
    assert threads() > before
    compressor.flush()
    assert threads() == before
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "2")

    class Failing:
        def __reduce__(self):
            assert threads() > before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fastjoblib.dumps([bytes(3 * LARGE), Failing()], "zstd")
    assert threads() == before


def test_several_frames_and_skippable_ones(tmp_path):
    data = fastjoblib.dumps(value())
    parts = [data[:1], data[1:1000], b"", data[1000:]]
    frames = [zstd.compress(part) for part in parts]
    table = [skippable(b""), skippable(b"abc", 15), skippable(bytes(200_000), 7), skippable(b"x" * 70_000)]
    joined = b"".join(part for pair in zip(frames, table, strict=True) for part in pair)
    for content in (joined, b"".join(frames)):
        assert_same(fastjoblib.loads(content), value())
        (tmp_path / "file").write_bytes(content)
        assert_same(fastjoblib.load(tmp_path / "file"), value())
    with pytest.raises(ERRORS, match="other data follows the end of its zstd data"):
        fastjoblib.loads(b"".join(frames) + b"garbage")
    for cut in range(len(frames[0]), len(joined) - len(table[-1]) - 1, 997):
        with pytest.raises(ERRORS):
            fastjoblib.loads(joined[:cut])


def frame_headers():
    data = fastjoblib.dumps(value())
    yield "content size", zstd.compress(data)
    parameter = zstd.CompressionParameter
    yield "no content size", zstd.compress(data, options={parameter.content_size_flag: 0})
    yield "checksum", zstd.compress(data, options={parameter.checksum_flag: 1})
    yield "single segment", zstd.compress(fastjoblib.dumps(1))
    yield "two bytes of size", zstd.compress(fastjoblib.dumps("x" * 1000))
    for size in (len(data), -1):
        compressor = zstandard.ZstdCompressor(write_content_size=size > 0).compressobj(size=size)
        yield f"zstandard, {size}", compressor.compress(data) + compressor.flush()
    compressor = zstd.ZstdCompressor()
    parts = [compressor.compress(data[i : i + 100], compressor.FLUSH_BLOCK) for i in range(0, len(data), 100)]
    yield "small blocks", b"".join(parts) + compressor.flush()
    yield "raw blocks", zstd.compress(fastjoblib.dumps(np.random.default_rng(0).bytes(400_000)))
    yield "repeated bytes", zstd.compress(fastjoblib.dumps(bytes(4_000_000)))


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in frame_headers()])
@pytest.mark.parametrize("step", [1, 7, 1000, 65_536])
def test_any_frame_in_any_parts(content, step):
    decompressor, result = Zstd().decompressor(), b""
    if step == 1:
        content = zstd.compress(zstd.decompress(content)[:20_000])
    whole = content + b"behind"
    at = 0
    while not decompressor.eof:
        data = b""
        if decompressor.needs_input:
            data, at = whole[at : at + step], at + step
            assert data
        part = decompressor.decompress(data, 50_000)
        assert len(part) <= 50_000
        result += part
    assert_same_bytes(result, zstd.decompress(content))
    assert decompressor.unused_data + whole[at:] == b"behind"


def test_damage(tmp_path):
    """No other value comes out: the checksum is over all of the data."""
    small = ["text", np.arange(40.0), {"a": [1, 2]}]
    data = fastjoblib.dumps(small, "zstd")
    errors = 0
    for at in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[at] ^= 1 << bit
            result, error = error_of(fastjoblib.loads, bytes(damaged))
            if error is None:
                assert_same(result, small)  # a bit of the header that means nothing
            assert not isinstance(error, (zstd.ZstdError, zstandard.ZstdError))
            errors += error is not None
    assert errors > 8 * len(data) - 16
    for size in range(4, len(data)):
        (tmp_path / "the name").write_bytes(data[:size])
        with pytest.raises(fastjoblib.TruncatedFileError, match="the name"):
            fastjoblib.load(tmp_path / "the name")
    data = bytearray(fastjoblib.dumps(bytes(3_000_000), "zstd"))
    data[-1] ^= 1
    with pytest.raises(fastjoblib.InvalidFileError, match="its zstd data is damaged"):
        fastjoblib.loads(data)


IMPORT = """
    import sys, fastjoblib
    from fastjoblib._compress.zstd import Zstd
    path, = sys.argv[1:]
    fastjoblib.loads(fastjoblib.dumps(0, "zstd"))
    """


@needs_memory_limit
def test_bombs(tmp_path):
    """A kilobyte of data may be all that 400 MB decompress from; no call gives more than is asked for."""
    (tmp_path / "file").write_bytes(zstd.compress(bytes(400_000_000)))
    run_python(
        IMPORT
        + """
    data = open(path, "rb").read()
    decompressor, total = Zstd().decompressor(), 0
    limit_memory(30_000_000)
    while not decompressor.eof:
        part = decompressor.decompress(data, 1_000_000)
        assert len(part) <= 1_000_000
        data, total = b"", total + len(part)
    assert total == 400_000_000
    """,
        arguments=[tmp_path / "file"],
    )


CLAIMS = {
    # a window of 64 GiB, and a terabyte of content
    "window": PREFIX + b"\xc0\xd0" + (2**40).to_bytes(8, "little") + b"\x01\0\0",
    "content": PREFIX + b"\xe0" + (2**40).to_bytes(8, "little") + b"\x01\0\0",
    "skippable": zstd.compress(b"\x80\x05") + ZSTD_SKIPPABLE[3] + b"\xff\xff\xff\xff" + bytes(1000),
}


@needs_memory_limit
@pytest.mark.parametrize("claim", CLAIMS)
def test_what_is_claimed_is_not_allocated(tmp_path, claim):
    (tmp_path / "file").write_bytes(CLAIMS[claim])
    run_python(
        IMPORT
        + """
    limit_memory(30_000_000)
    try:
        fastjoblib.load(path)
    except (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError):
        pass
    else:
        raise AssertionError("loaded")
    """,
        arguments=[tmp_path / "file"],
    )


@pytest.mark.skipif(shutil.which("zstd") is None, reason="the zstd program is not installed")
def test_zstd_reads_it():
    for nbytes in (0, 1000, 5 * LARGE):
        data = np.arange(nbytes // 4, dtype="u4").tobytes()
        result = subprocess.run(["zstd", "-dc"], input=compressed(data, 3, 2), capture_output=True, check=True)
        assert result.stdout == data
