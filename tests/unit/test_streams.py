# SPDX-License-Identifier: BSD-3-Clause
"""File objects: the least they may offer is enough, and a stream is left right behind the object."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import socket
import tempfile
import threading

import fastjoblib
import numpy as np
import pytest
from helpers import streams
from helpers.cases_object_arrays import objects
from helpers.classes import Plain
from helpers.compare import assert_same
from helpers.control import PROTOCOLS, stock_loads

VALUES = {
    "number": lambda: 5,
    "none": lambda: None,
    "text": lambda: ["text", "\u20ac" * 100, b"bytes", bytearray(b"x")],
    "long text": lambda: ["x" * 100_000, "y" * 70_000, 5],
    "many": lambda: list(range(20_000)),
    "instance": lambda: Plain(a=[1, 2.5], b={"c": None}),
    "array": lambda: np.arange(1000.0),
    "empty array": lambda: np.zeros((0, 3)),
    "array last": lambda: ["x", np.arange(5, dtype="u1")],
    "large array": lambda: np.arange(40_000).reshape(2, -1),
    "object array": lambda: objects(1, "two", [3.0]),
    "object array within": lambda: {"o": objects([1], {2: 3}), "after": [np.arange(3), objects()]},
}
NOTHING_THERE = r"has nothing from byte \d+ on: .* seek\(0\) goes back to its start"
SENTINEL = b"bytes of whoever writes next. N.K\x05.\x80\x04"


@pytest.fixture(params=VALUES)
def value(request):
    return VALUES[request.param]()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [streams.NoTell, streams.PositionEspipe, streams.WritesNone, streams.Hoarder])
def test_write_is_enough(value, kind, protocol):
    target = kind()
    assert fastjoblib.dump(value, target, protocol=protocol) is None
    assert_same(stock_loads(target.content), fastjoblib.loads(target.content), sharing=True)
    assert_same(fastjoblib.loads(target.content), value)


@pytest.mark.parametrize("most", [1, 7, 1000, 65_536])
def test_short_writes_are_continued(value, most):
    if most == 1 and len(fastjoblib.dumps(value)) > 10_000:
        most = 3000  # a call per byte of a megabyte takes seconds
    target = streams.ShortWriter(most)
    fastjoblib.dump(value, target)
    assert target.content == fastjoblib.dumps(value)


def test_write_that_takes_nothing_does_not_hang():
    with pytest.raises((OSError, ValueError)):
        fastjoblib.dump([1, 2], streams.ShortWriter(0))


def test_counts_are_believed_of_raw_streams_only():
    target = streams.Miscounter()
    fastjoblib.dump([1, 2, "x" * 100_000], target)
    assert fastjoblib.loads(target.content) == [1, 2, "x" * 100_000]


READERS = {
    "read only": streams.OnlyRead,
    "one byte at a time": lambda data: streams.ShortReader(data, 1),
    "short reads": lambda data: streams.ShortReader(data, 100),
    "read and readline": streams.ReadAndReadline,
    "readinto": streams.ReadInto,
    "seekable": streams.Seekable,
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_reads_no_byte_past_the_object(value, reader, protocol):
    data = fastjoblib.dumps(value, protocol=protocol)
    if reader is READERS["one byte at a time"] and len(data) > 100_000:
        data = fastjoblib.dumps(value := [1, "short", np.arange(3)], protocol=protocol)
    stream = reader(data + SENTINEL)
    assert_same(fastjoblib.load(stream), value)
    assert stream.rest == SENTINEL


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("reader", [*READERS.values(), io.BytesIO], ids=[*READERS, "BytesIO"])
def test_several_dumps_in_one_stream(reader, protocol):
    parts = [make() for make in VALUES.values()][:3] + [VALUES["array last"](), VALUES["object array within"]()]
    target = io.BytesIO()
    for part in parts:
        fastjoblib.dump(part, target, protocol=protocol)
    stream = reader(target.getvalue())
    for part in parts:
        assert_same(fastjoblib.load(stream), part)
    with pytest.raises(EOFError):
        fastjoblib.load(stream)


def test_lines_longer_than_what_is_read_ahead():
    """Protocol 0 does not say how long a line is; it is not read byte by byte for that."""

    class Counting(streams.Seekable):
        calls = 0

        def read(self, n):
            self.calls += 1
            return super().read(n)

    value = ["x" * 3_000_000, "short", "y" * 700_000]
    stream = Counting(pickle.dumps(value, 0) + SENTINEL)
    assert fastjoblib.load(stream) == value
    assert stream.calls < 100
    assert stream.rest == SENTINEL


@pytest.mark.parametrize("protocol", (None, 0, 3))
@pytest.mark.parametrize("offset", [1, 5, 16, 100])
def test_bytesio_from_where_it_stands(value, protocol, offset):
    stream = io.BytesIO(b"-" * offset)
    stream.seek(offset)
    fastjoblib.dump(value, stream, protocol=protocol)
    end = stream.tell()
    assert end == len(stream.getvalue())
    stream.write(SENTINEL)
    stream.seek(offset)
    assert_same(fastjoblib.load(stream), value)
    assert stream.tell() == end


OPENERS = {
    "plain": open,
    "gzip": gzip.open,
    "bz2": bz2.open,
    "lzma": lzma.open,
    "raw": lambda p, m: open(p, m, buffering=0),
}


@pytest.mark.parametrize("opener", OPENERS.values(), ids=OPENERS)
def test_file_objects_one_dump_after_another(tmp_path, opener, value):
    path = tmp_path / "file"
    with opener(path, "wb") as file:
        for part in (value, "between", value):
            fastjoblib.dump(part, file)
        file.write(SENTINEL)
    with opener(path, "rb") as file:
        assert_same(fastjoblib.load(file), value)
        assert fastjoblib.load(file) == "between"
        assert_same(fastjoblib.load(file), value)
        assert file.read() == SENTINEL


def test_read_and_write_file_in_the_middle(tmp_path, value):
    with open(tmp_path / "file", "w+b") as file:
        file.write(b"x" * 1000)
        file.seek(10)
        fastjoblib.dump(value, file)
        end = file.tell()
        file.seek(10)
        assert_same(fastjoblib.load(file), value)
        assert file.tell() == end


def in_background(work):
    failures = []

    def run():
        try:
            work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, failures


@pytest.mark.parametrize("protocol", (None, 0, 2, 5))
@pytest.mark.parametrize("buffering", [0, -1])
def test_pipe(value, protocol, buffering):
    read_end, write_end = os.pipe()

    def write():
        with open(write_end, "wb", buffering=buffering) as file:
            for part in (value, "between", value):
                fastjoblib.dump(part, file, protocol=protocol)
            file.write(SENTINEL)

    thread, failures = in_background(write)
    with open(read_end, "rb", buffering=buffering) as file:
        assert_same(fastjoblib.load(file), value)
        assert fastjoblib.load(file) == "between"
        assert_same(fastjoblib.load(file), value)
        assert file.read() == SENTINEL
    thread.join()
    assert not failures, failures


@pytest.mark.parametrize("protocol", (None, 0, 5))
@pytest.mark.parametrize(
    "wrap", [lambda s, m: s.makefile(m), lambda s, m: streams.Receiver(s)], ids=["makefile", "recv"]
)
def test_socket(value, protocol, wrap):
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(30)
        left.settimeout(30)

        def write():
            target = wrap(left, "wb")
            try:
                for part in (value, "between"):
                    fastjoblib.dump(part, target, protocol=protocol)
            finally:
                getattr(target, "close", lambda: None)()
                left.shutdown(socket.SHUT_WR)

        thread, failures = in_background(write)
        source = wrap(right, "rb")
        assert_same(fastjoblib.load(source), value)
        assert fastjoblib.load(source) == "between"
        thread.join()
        getattr(source, "close", lambda: None)()
    assert not failures, failures


def test_the_position_of_a_failed_load_is_not_before_the_object():
    stream = io.BytesIO(b"12345" + fastjoblib.dumps("some text")[:-3])
    stream.seek(5)
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load(stream)
    assert stream.tell() >= 5


def test_files_that_stand_at_their_end_are_not_called_empty(tmp_path):
    with open(tmp_path / "named", "w+b") as named, tempfile.TemporaryFile() as nameless:
        for file in (named, nameless):
            fastjoblib.dump([1] * 10_000, file)
            for load in (fastjoblib.load, fastjoblib.safe_load, fastjoblib.inspect):
                with pytest.raises(fastjoblib.TruncatedFileError, match=NOTHING_THERE) as caught:
                    load(file)
                assert f"byte {file.tell()} on" in str(caught.value)
                assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
                assert "named" in str(caught.value) or file is nameless
            file.seek(0)
            assert fastjoblib.load(file) == [1] * 10_000
            with pytest.raises(EOFError, match=NOTHING_THERE):  # there is no second one
                fastjoblib.load(file)
            file.seek(0)
            file.truncate()
            with pytest.raises(EOFError, match="is empty"):
                fastjoblib.load(file)
