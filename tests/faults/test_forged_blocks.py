# SPDX-License-Identifier: BSD-3-Clause
"""Streams whose block table has right check values, but whose blocks are not what a table promises.

What a serial decoder reads is the truth: see test_block_tables.py.
"""

import io
import zlib

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _threads
from helpers.control import error_of, stock_loads
from helpers.run import needs_memory_limit, run_python
from helpers.tables import BLOCK, WBITS, Tabled, serial, stored, table_of, trailer_of

ERRORS = (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError)
HEADS = {"zlib": b"\x78\x01", "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\xff"}


def value():
    """Of 2.5 MiB in which much repeats over any distance: blocks like to refer to those before them."""
    line = np.random.default_rng(0).integers(0, 256, 5000, dtype="u1").tobytes()
    return {"repeats": line * 500, "array": np.tile(np.arange(3000), 5)}


CONTENT = fastjoblib.dumps(value())


def packed(content, flush, sizes=None, level=6):
    """Deflate blocks, one for each MiB or of the sizes, with a flush of this kind behind each."""
    encoder = zlib.compressobj(level, wbits=-15)
    blocks, start = [], 0
    for size in sizes or [BLOCK] * (len(content) // BLOCK) + [len(content) % BLOCK]:
        blocks.append(encoder.compress(content[start : start + size]) + encoder.flush(flush))
        start += size
    assert start == len(content)
    return blocks


def stream(method, blocks, content, nbytes=None, head=None, table=None):
    """A file of these blocks with a table that fits."""
    table = table_of(list(map(len, blocks)), len(content) if nbytes is None else nbytes) if table is None else table
    head = HEADS[method] if head is None else head
    return head + b"".join(blocks) + stored(table) + trailer_of(content + table, method)


@pytest.fixture(params=["zlib", "gzip"])
def method(request):
    return request.param


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    """No more threads are started than there are cores."""
    monkeypatch.setattr(_threads, "_cores", lambda: 4)


@pytest.fixture
def check(method, tmp_path):
    """Load from everywhere; return whether that succeeded, to what a serial decoder reads, or say what is wrong."""

    def check(data):
        truth = serial(data, method)
        expected, expected_error = (None, "damaged") if truth is None else error_of(fastjoblib.loads, truth[0])
        (tmp_path / "file").write_bytes(data)
        for n_threads in (1, 2, 4):
            for source in (tmp_path / "file", io.BytesIO(data)):
                result, error = error_of(fastjoblib.load, source, n_threads=n_threads)
                if expected_error is None:
                    assert error is None, repr(error)
                    assert fastjoblib.dumps(result) == fastjoblib.dumps(expected)
                elif expected_error == "damaged":
                    assert isinstance(error, ERRORS), repr(error)
                else:
                    assert type(error) is type(expected_error)
        return expected_error is None

    return check


@pytest.mark.parametrize("flush", ["Z_SYNC_FLUSH", "Z_FULL_FLUSH"])
def test_references_over_a_boundary(check, method, flush):
    """Blocks that only look independent: after Z_SYNC_FLUSH they end with whole bytes, but refer to those before."""
    blocks = packed(CONTENT, getattr(zlib, flush))
    _, error = error_of(zlib.decompress, blocks[1], -15)
    assert ("distance too far back" in str(error)) == (flush == "Z_SYNC_FLUSH")
    assert check(stream(method, blocks, CONTENT))


def test_references_into_what_a_decoder_has_seen(check, method):
    """A decoder that is used again still has the block before in its window, or nothing but zeros."""
    zeros = fastjoblib.dumps(bytes(BLOCK * 3))
    assert check(stream(method, packed(zeros, zlib.Z_SYNC_FLUSH), zeros))
    random = np.random.default_rng(0).bytes(20_000)
    same = fastjoblib.dumps(random * 150)
    assert check(stream(method, packed(same, zlib.Z_SYNC_FLUSH, level=9), same))


@pytest.mark.parametrize("flush", ["Z_PARTIAL_FLUSH", "Z_BLOCK"])
def test_blocks_that_end_within_a_byte(check, method, flush):
    blocks = packed(CONTENT, {"Z_PARTIAL_FLUSH": 1, "Z_BLOCK": 5}[flush])
    blocks.append(zlib.compressobj(wbits=-15).flush(zlib.Z_SYNC_FLUSH))  # not at the place for it, if within a byte
    check(stream(method, blocks, CONTENT, nbytes=len(CONTENT)))


@pytest.mark.parametrize(
    "sizes",
    [
        [BLOCK - 1, BLOCK + 1, 0],
        [BLOCK + 1, BLOCK - 1, 0],
        [BLOCK // 2, BLOCK, BLOCK // 2],
        [1, BLOCK, BLOCK - 1],
        [2 * BLOCK, 0, 0],
        [0, BLOCK, BLOCK],
    ],
    ids=str,
)
def test_blocks_of_other_sizes(check, method, sizes):
    """Whatever the table says of the bytes, all blocks but the last must have a MiB."""
    blocks = packed(CONTENT, zlib.Z_FULL_FLUSH, [*sizes[:2], sizes[2] + len(CONTENT) - 2 * BLOCK])
    assert check(stream(method, blocks, CONTENT))
    assert check(stream(method, blocks, CONTENT, nbytes=3 * BLOCK))


def test_the_stream_ends_early(check, method):
    """Within it or with the last block; what follows, the table too, is other data."""
    for at in range(3):
        blocks = packed(CONTENT, zlib.Z_FULL_FLUSH)
        blocks[at] += b"\x03\0"
        assert not check(stream(method, blocks, CONTENT))
        whole = CONTENT[: (at + 1) * BLOCK]
        blocks[at] += trailer_of(whole, method)
        data = stream(method, blocks, CONTENT)
        assert serial(data, method)[0] == whole
        _, from_bytes = error_of(fastjoblib.loads, data)
        _, from_file = error_of(fastjoblib.load, io.BytesIO(data))
        assert isinstance(from_bytes, ERRORS)
        if at < 2:
            assert isinstance(from_file, fastjoblib.TruncatedFileError)
        else:  # the object is whole, and in a file object other things may follow
            assert from_file is None


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_object_that_ends_within_the_table(method, at):
    """Its STOP is a byte of the table's entries."""
    length = 4 * at
    content = fastjoblib.dumps(np.zeros(BLOCK * 2, "u1"))[:-1] + b"0C" + bytes([length])
    blocks = packed(content, zlib.Z_FULL_FLUSH)
    assert len(blocks) == 3
    while len(blocks[at]) % 256 != ord("."):
        blocks[at] += b"\0\0\0\xff\xff"  # a block of nothing
    data = stream(method, blocks, content)
    truth = stock_loads(zlib.decompress(data, WBITS[method]))
    assert truth == table_of(list(map(len, blocks)), len(content))[:length]
    for n_threads in (1, 3):
        result, error = error_of(fastjoblib.load, io.BytesIO(data), n_threads=n_threads)
        assert isinstance(error, fastjoblib.TruncatedFileError) or result == truth, repr(error)


def test_objects_behind_the_object(check, method):
    """What is behind the STOP is no part of it, however long; nor is what is behind it in other blocks."""
    for rest in (fastjoblib.dumps(1), bytes(3 * BLOCK), CONTENT):
        content = CONTENT + rest
        assert check(stream(method, packed(content, zlib.Z_FULL_FLUSH), content))


def test_errors_of_the_object_are_what_they_are(check, method):
    """And not hidden by the table, or taken for it."""
    for start in (b"cno_such_module\nname\n", b"cmath\nno_such_name\n", b"cmath\nsqrt\n(S'text'\ntR"):
        content = b"\x80\x02(" + start + fastjoblib.dumps(bytes(3 * BLOCK))
        data = stream(method, packed(content, zlib.Z_FULL_FLUSH), content)
        assert not check(data)


def test_heads_of_others(check, method):
    """Of other programs and levels, with names and comments, with a dictionary."""
    blocks = packed(CONTENT, zlib.Z_FULL_FLUSH)
    table = table_of(list(map(len, blocks)), len(CONTENT))
    gzip_head = b"\x1f\x8b\x08%c\0\0\0\0\0\xff"
    heads = {
        "zlib": [bytes([0x78, second]) for second in (0x01, 0x5E, 0x9C, 0xDA)],
        "gzip": [
            gzip_head % 0,
            gzip_head % 1,
            b"\x1f\x8b\x08\0\1\2\3\4\2\3",
            b"\x1f\x8b\x08\0\0\0\0\0\4\0",
            gzip_head % 8 + b"a name\0",
            gzip_head % 16 + b"a comment\0",
            gzip_head % 4 + b"\x06\0BC\x02\0\xff\xff",
            gzip_head % 24 + b"a name\0and a comment\0",
        ],
    }
    n_loaded = sum(check(stream(method, blocks, CONTENT, head=head, table=table)) for head in heads[method])
    assert n_loaded == {"zlib": 4, "gzip": 8}[method]
    if method == "gzip":  # what an empty name would be
        crc = gzip_head % 2
        assert check(stream(method, blocks, CONTENT, head=crc + (zlib.crc32(crc) & 0xFFFF).to_bytes(2, "little")))
    else:
        assert not check(stream(method, blocks, CONTENT, head=b"\x78\xbb\0\0\0\x01"))


def test_several_files_in_one(method, tmp_path):
    """Each has a table at its end, but only the last one's is at the end of the file."""
    path, parts = tmp_path / "file", [value(), fastjoblib.dumps(value())[::-1], list(range(400_000))]
    data = b""
    for part in parts:
        fastjoblib.dump(part, path, (method, 1))
        data += path.read_bytes()
    path.write_bytes(data)
    assert fastjoblib.dumps(fastjoblib.load(path)) == fastjoblib.dumps(parts[0])
    for file in (open(path, "rb"), io.BytesIO(data)):
        with file:
            for part in parts:
                assert fastjoblib.dumps(fastjoblib.load(file)) == fastjoblib.dumps(part)
            assert file.read(1) == b""


@needs_memory_limit
def test_stock_joblib(tmp_path, method):
    """Nothing is loaded that stock joblib loads as something else; it never sees most check values."""
    path = tmp_path / "file"
    fastjoblib.dump(value(), path, (method, 1))
    data = path.read_bytes()
    start = Tabled(data, method).table_start
    n_files = 0
    for at in range(start, len(data)):
        (tmp_path / str(n_files)).write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        (tmp_path / str(n_files + 1)).write_bytes(data[:at])
        n_files += 2
    printed = run_python(
        """
        import os, signal, sys, fastjoblib, joblib
        folder, n_files = sys.argv[1], int(sys.argv[2])
        limit_memory(2 << 30)
        def give_up(*args):
            raise TimeoutError
        signal.signal(signal.SIGALRM, give_up)
        def outcome(load, path):
            signal.setitimer(signal.ITIMER_REAL, 20)
            try:
                return fastjoblib.dumps(load(path)), None
            except Exception as error:
                return None, error
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        ours_loaded = theirs_loaded = 0
        expected = fastjoblib.dumps(fastjoblib.load(os.path.join(folder, "file")))
        for i in range(n_files):
            path = os.path.join(folder, str(i))
            ours, our_error = outcome(fastjoblib.load, path)
            theirs, their_error = outcome(joblib.load, path)
            clear = isinstance(our_error, (fastjoblib.TruncatedFileError, fastjoblib.InvalidFileError))
            assert clear or ours == theirs == expected, (i, our_error, their_error)
            ours_loaded += our_error is None
            theirs_loaded += their_error is None
        print(ours_loaded, theirs_loaded)
        """,
        arguments=[tmp_path, n_files],
    )
    ours_loaded, theirs_loaded = map(int, printed.split())
    assert ours_loaded == 0 and theirs_loaded > 0
