# SPDX-License-Identifier: BSD-3-Clause
"""xz by several threads: one stream of several blocks, which everything that reads .xz reads."""

import io
import lzma
import shutil
import subprocess
import threading
import time
import zlib

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib import _threads
from fastjoblib._compress import xz_blocks
from fastjoblib._compress.xz_blocks import Xz, XzCompressor
from helpers.compare import assert_same
from helpers.control import assert_same_bytes
from helpers.run import needs_memory_limit, run_python

PIECE = 10_000
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE + 3]
LEVELS = [None, *range(1, 10)]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.fixture
def small_pieces(monkeypatch):
    """What `dump` cuts data into."""
    monkeypatch.setattr(xz_blocks, "_MIB", 4096)  # and an encoder seems to take little
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "3")


def text(nbytes):
    return b"".join(b"line %d\n" % i for i in range(nbytes // 6 + 1))[:nbytes]


def compressed(data, level=None, n_threads=2, step=1 << 20, piece=PIECE):
    compressor = XzCompressor(lambda: lzma.LZMACompressor(preset=level), piece, n_threads)
    parts = [compressor.compress(data[i : i + step]) for i in range(0, len(data), step)]
    return b"".join(parts) + compressor.flush()


def numbers_of(data, count):
    """The first numbers in the data, seven bits a byte, and where they end."""
    numbers, at = [], 0
    for _ in range(count):
        value = shift = 0
        while True:
            value |= (data[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 128:
                break
        numbers.append(value)
    return numbers, at


@pytest.mark.parametrize("nbytes", SIZES)
@pytest.mark.parametrize("level", LEVELS)
def test_sizes_and_levels(nbytes, level):
    data = text(nbytes)
    stream = compressed(data, level)
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    assert_same_bytes(decompressor.decompress(stream), data)
    assert decompressor.eof and decompressor.unused_data == b"" and decompressor.check == lzma.CHECK_CRC64
    if nbytes <= PIECE:
        assert_same_bytes(stream, lzma.compress(data, preset=level))


def test_every_field_of_the_index():
    data = text(200 * PIECE + 77)  # so that the number of blocks takes two bytes
    stream = compressed(data)
    assert stream[:12] == lzma.compress(b"")[:12]
    assert stream[-4:] == b"\0\4YZ", "the check values are CRC64"
    footer = stream[-8:-2]
    assert stream[-12:-8] == zlib.crc32(footer).to_bytes(4, "little")
    index = stream[-12 - 4 * (int.from_bytes(footer[:4], "little") + 1) : -12]
    assert index[-4:] == zlib.crc32(index[:-4]).to_bytes(4, "little")
    (mark, count), at = numbers_of(index, 2)
    assert (mark, count) == (0, 201)
    records, end = numbers_of(index[at:], 2 * count)
    padding = index[at + end : -4]
    assert len(padding) < 4 and not any(padding) and len(index) % 4 == 0
    assert records[1::2] == [PIECE] * 200 + [77]
    at = 12
    for i, unpadded in enumerate(records[::2]):
        size = unpadded + -unpadded % 4
        alone = lzma.compress(data[i * PIECE : (i + 1) * PIECE])
        assert stream[at : at + size] == alone[12 : 12 + size]
        at += size
    assert at == len(stream) - 12 - len(index)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 50])
@pytest.mark.parametrize("step", [1 << 20, 777])
def test_bytes_do_not_depend_on_threads_and_calls(n_threads, step):
    data = text(9 * PIECE + 1)
    assert_same_bytes(compressed(data, 1, n_threads, step), compressed(data, 1, 2, PIECE))


@pytest.mark.parametrize("kind", [bytearray, memoryview, lambda data: memoryview(data).cast("I")])
def test_what_can_be_compressed(kind):
    data = text(4 * PIECE)
    compressor = XzCompressor(lzma.LZMACompressor, PIECE, 2)
    assert_same_bytes(compressor.compress(kind(data)) + compressor.flush(), compressed(data))


@pytest.mark.skipif(shutil.which("xz") is None, reason="the xz program is not installed")
@pytest.mark.parametrize("nbytes", SIZES)
def test_xz_reads_it(nbytes):
    data = text(nbytes)
    assert subprocess.run(["xz", "-dc"], input=compressed(data), capture_output=True, check=True).stdout == data


def value():
    return {"array": np.arange(100_000), "text": "x" * 300_000, "random": np.random.default_rng(0).random(60_000)}


@pytest.mark.parametrize("level", LEVELS)
def test_files(tmp_path, small_pieces, level):
    path = tmp_path / "file.xz"
    fastjoblib.dump(value(), path, ("xz", level))
    data = path.read_bytes()
    assert data.find(b"\0" + bytes([-(-len(fastjoblib.dumps(value())) // piece_size(level))])) > 0
    assert_same_bytes(lzma.decompress(data), fastjoblib.dumps(value()))
    assert_same(joblib.load(path), value())
    assert_same(fastjoblib.load(path), value())
    assert_same_bytes(fastjoblib.dumps(value(), ("xz", level)), data)


def piece_size(level):
    return xz_blocks._PIECE_SIZES[6 if level is None else level] * 4096


@pytest.mark.parametrize("level", [None, 1, 9])
def test_one_piece_is_joblibs(tmp_path, monkeypatch, level):
    monkeypatch.setattr(threading.Thread, "start", None)
    fastjoblib.dump(value(), tmp_path / "ours.xz", ("xz", level))
    joblib.dump(value(), tmp_path / "theirs.xz", ("xz", level))
    assert_same_bytes((tmp_path / "ours.xz").read_bytes(), (tmp_path / "theirs.xz").read_bytes())


class Stop:
    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize("target", ["path", "file object"])
def test_errors_in_the_object(tmp_path, small_pieces, error, target):
    path = tmp_path / "file.xz"
    path.write_bytes(b"old")
    stream = io.BytesIO()
    with pytest.raises(error):
        fastjoblib.dump([value(), Stop(error)], path if target == "path" else stream, "xz")
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["file.xz"]
    with pytest.raises(lzma.LZMAError):  # what has been written is no file by mistake
        lzma.decompress(stream.getvalue() or b"x")


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_an_error_does_not_wait_for_the_data(n_threads):
    """Jobs that go on for long look whether they are wanted."""
    fed = 0

    class Slow:
        def compress(self, data):
            nonlocal fed
            fed += len(data)
            time.sleep(0.02)
            return b""

        def flush(self):
            raise AssertionError("nobody wants the end")

    compressor = XzCompressor(Slow, 500 << 20, n_threads)
    compressor._piece_size = 64 << 20
    compressor.compress(bytes(64 << 20))
    if n_threads > 1:
        compressor.compress(bytes(1))
        while not fed:
            time.sleep(0.001)
    compressor.stop()
    assert fed < 32 << 20
    assert_same(fed > 0, n_threads > 1)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_errors_of_the_encoder_come_through(n_threads):
    compressor = XzCompressor(lambda: lzma.LZMACompressor(preset=99), PIECE, n_threads)
    with pytest.raises(lzma.LZMAError):
        compressor.compress(text(9 * PIECE))
        compressor.flush()
    compressor.stop()


def test_errors_of_the_target(small_pieces):
    for _ in range(3):
        with pytest.raises(OSError, match="No space left.*'/dev/full'"):
            fastjoblib.dump(np.random.default_rng(0).random(200_000), "/dev/full", ("xz", 1))


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_pieces_on_their_way_are_bounded(n_threads):
    most = fed = given = 0
    compressor = XzCompressor(lambda: lzma.LZMACompressor(preset=0), PIECE, n_threads)
    data = np.random.default_rng(0).bytes(PIECE)
    for _ in range(50):
        fed += 1
        given += len(compressor.compress(data)) // PIECE
        most = max(most, fed - given)
    compressor.flush()
    assert most <= n_threads + 2


def test_little_memory_means_few_threads(monkeypatch):
    started = []
    monkeypatch.setattr(xz_blocks, "XzCompressor", lambda new, piece_size, n_threads: started.append(n_threads))
    for gigabytes, level, expected in [(64, None, 50), (8, None, 12), (1, None, 1), (8, 9, 1), (24, 9, 6), (0, 0, 1)]:
        monkeypatch.setattr(_threads, "memory", lambda gigabytes=gigabytes: gigabytes << 30)
        Xz().compressor(level, 50)
        assert started.pop() == expected


@needs_memory_limit
@pytest.mark.parametrize("level", range(10))
def test_what_an_encoder_takes(level):
    """No more than is counted on, and not much less."""
    run_python(
        """
        import lzma, sys, fastjoblib._compress.xz_blocks as xz
        level = int(sys.argv[1])
        size = xz._ENCODER_SIZES[level] << 20
        lzma.LZMACompressor(preset=level)
        try:
            limit_memory(size * 3 // 4 - (1 << 20))
            lzma.LZMACompressor(preset=level)
        except MemoryError:
            pass
        else:
            raise AssertionError("it takes less")
        """,
        arguments=[level],
    )
    run_python(
        """
        import lzma, sys, fastjoblib._compress.xz_blocks as xz
        level = int(sys.argv[1])
        limit_memory((xz._ENCODER_SIZES[level] << 20) * 5 // 4)
        lzma.LZMACompressor(preset=level).compress(bytes(100_000))
        """,
        arguments=[level],
    )
