# SPDX-License-Identifier: BSD-3-Clause
"""Compressed data through paths that must stay whole, file objects that can do little, and pipes."""

import io
import os
import stat
import threading

import fastjoblib
import numpy as np
import pytest
from helpers import streams
from helpers.compare import assert_same
from helpers.compression import ALL_METHODS, decompressed
from helpers.run import needs_memory_limit, run_python

SENTINEL = b"what follows"


def value():
    return ["text", np.random.default_rng(0).random(40_000), {"a": np.arange(5)}]


class Unpicklable:
    def __reduce__(self):
        raise ZeroDivisionError("in the middle")


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize("fsync", [True, False])
def test_paths(tmp_path, method, atomic, fsync):
    path = tmp_path / "file"
    for _ in range(2):  # a new file, then an old one
        assert fastjoblib.dump(value(), path, method, atomic=atomic, fsync=fsync) == [str(path)]
        assert_same(fastjoblib.load(path), value())
        assert [p.name for p in tmp_path.iterdir()] == ["file"]
        path.chmod(0o640)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("old", [True, False])
def test_failed_dump_leaves_what_was_there(tmp_path, method, old):
    path = tmp_path / "file"
    if old:
        path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        fastjoblib.dump([value(), Unpicklable()], path, method)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == ([("file", b"old")] if old else [])


def test_interrupted_while_compressing(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    class Interrupt:
        def __reduce__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fastjoblib.dump([np.random.default_rng(0).random(500_000), Interrupt()], path, 1)
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("method", ALL_METHODS)
def test_full_disk(method):
    with pytest.raises(OSError, match="No space left.*'/dev/full'"):
        fastjoblib.dump(value(), "/dev/full", method)


@pytest.mark.parametrize("name", ["no/such/directory", "."])
def test_paths_that_cannot_be(tmp_path, name):
    with pytest.raises(OSError) as caught:
        fastjoblib.dump(1, tmp_path / name, 3)
    assert caught.value.filename == str(tmp_path / name)


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("make", [streams.NoTell, streams.WritesNone, lambda: streams.ShortWriter(1000)])
def test_write_is_enough(method, make):
    target = make()
    fastjoblib.dump(value(), target, method)
    assert decompressed(target.content) == fastjoblib.dumps(value())


def test_write_that_takes_nothing_does_not_hang():
    with pytest.raises(OSError):
        fastjoblib.dump(1, streams.ShortWriter(0), 3)


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("given", [0, 1, 20, 200])
def test_reading_that_would_block(method, given):
    """What is missing may still come: that is neither the end of the data nor a damaged object."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    with open(read, "rb", buffering=0) as source, open(write, "wb", buffering=0) as sink:
        sink.write(fastjoblib.dumps(value(), method)[:given])
        with pytest.raises(BlockingIOError, match="no data without blocking"):
            fastjoblib.load(source)


READERS = {
    "read only": streams.OnlyRead,
    "short reads": lambda data: streams.ShortReader(data, 100),
    "readinto": streams.ReadInto,
    "seekable": streams.Seekable,
    "BytesIO": io.BytesIO,
    "buffered": lambda data: io.BufferedReader(io.BytesIO(data)),
    "buffered, showing little": lambda data: io.BufferedReader(io.BytesIO(data), 3),
}


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_read_is_enough(method, reader):
    assert_same(fastjoblib.load(reader(fastjoblib.dumps(value(), method))), value())


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("reader", ["seekable", "BytesIO", "buffered", "buffered, showing little"])
def test_several_dumps_in_one_stream(method, reader):
    """Where the stream can be rewound, it is left behind the object, as it is without compression."""
    target = io.BytesIO(b"ahead" * 20)
    target.seek(7)
    parts = [value(), "between", 5]
    for i, part in enumerate(parts):
        fastjoblib.dump(part, target, method if i != 1 else 0)
    end = target.tell()
    target.write(SENTINEL)
    stream = READERS[reader](target.getvalue())
    stream.seek(7)
    for part in parts:
        assert_same(fastjoblib.load(stream), part)
    assert stream.tell() == end
    assert stream.read(len(SENTINEL)) == SENTINEL


@pytest.mark.parametrize("protocol", [0, 1, 2, 5])
@pytest.mark.parametrize("start", [b"(", b"]", b"N", b"\x80"])
def test_streams_that_begin_like_a_compressor_and_are_none(protocol, start):
    """A prefix that a pickle's first bytes are a part of: they are read to the end, and not one byte more."""
    from fastjoblib._compress import registry

    wrapper = registry.CompressorWrapper(io.BytesIO, start + b"." * 100)
    fastjoblib.register_compressor("never", wrapper, force=True)
    try:
        for part in ((1, 2), [], None, [1] * 100):
            data = fastjoblib.dumps(part, protocol=protocol)
            for name in ("read only", "short reads", "readinto", "seekable", "buffered"):
                stream = READERS[name](data)
                assert fastjoblib.load(stream) == part
            assert fastjoblib.loads(data) == part
    finally:
        registry._registered.pop("never")


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("function", ["dump", "load"])
def test_fifo(tmp_path, method, function):
    path, received = tmp_path / "fifo", []
    os.mkfifo(path)
    data = fastjoblib.dumps(value(), method)
    if function == "dump":
        thread = threading.Thread(target=lambda: received.append(path.read_bytes()), daemon=True)
        thread.start()
        fastjoblib.dump(value(), path, method)
        thread.join(30)
        assert_same(fastjoblib.loads(received[0]), value())
    else:
        thread = threading.Thread(target=lambda: path.write_bytes(data), daemon=True)
        thread.start()
        assert_same(fastjoblib.load(path), value())
        thread.join(30)
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("buffering", [0, -1])
def test_pipe(buffering):
    read_end, write_end = os.pipe()

    def write():
        with open(write_end, "wb") as file:
            fastjoblib.dump(value(), file, 3)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    with open(read_end, "rb", buffering=buffering) as file:
        assert_same(fastjoblib.load(file), value())
    thread.join(30)


FAST = ("zlib", "lz4")


@needs_memory_limit
@pytest.mark.parametrize("method", [m if m in FAST else pytest.param(m, marks=pytest.mark.slow) for m in ALL_METHODS])
def test_nothing_is_held_twice(tmp_path, method):
    """The data is never in memory as a whole, neither compressed nor not.

    Each thread has a stack and an arena of its own, which count as address space: there is one here, but for zstd,
    whose library takes another; there the value is larger.
    """
    megabytes, room = (400, 200) if method == "zstd" else (40, 25)
    common = """
        import os, sys
        os.environ["FASTJOBLIB_NUM_THREADS"] = "1"
        import fastjoblib, numpy as np
        path, method, megabytes, room = sys.argv[1:]
        value = np.frombuffer(np.random.default_rng(0).bytes(1_000_000) * int(megabytes), np.uint8)
        """
    dump = """
        fastjoblib.dumps(0, (method, 1))  # imports what it needs
        limit_memory(int(room) * 1_000_000)
        fastjoblib.dump(value, path, (method, 1))
        """
    load = """
        fastjoblib.loads(fastjoblib.dumps(0, (method, 1)))
        limit_memory((int(megabytes) + 25) * 1_000_000)
        assert memoryview(fastjoblib.load(path)) == memoryview(value)
        """
    for part in (dump, load):
        run_python(common + part, arguments=[tmp_path / "file", method, megabytes, room])
