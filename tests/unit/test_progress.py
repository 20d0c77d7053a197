# SPDX-License-Identifier: BSD-3-Clause
"""progress=: what is told."""

import io
import os
import threading
import time

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.old_files import zfile
from helpers.progress import VALUE, Calls, check, each_compress, spread
from helpers.streams import NoTell


@each_compress
def test_dump_to_a_path(tmp_path, compress):
    calls = Calls()
    fastjoblib.dump(VALUE, tmp_path / "file", compress, progress=calls)
    check(calls, len(fastjoblib.dumps(VALUE)), {None})


@each_compress
def test_dump_to_a_file_object(compress):
    calls, stream = Calls(), io.BytesIO()
    fastjoblib.dump(VALUE, stream, compress, progress=calls)
    check(calls, len(fastjoblib.dumps(VALUE)), {None})
    calls = Calls()
    fastjoblib.dump(VALUE, NoTell(), compress, progress=calls)
    check(calls, len(fastjoblib.dumps(VALUE)) if compress else calls[-1][0], {None})


@each_compress
def test_load_from_a_path(tmp_path, compress):
    path, calls = tmp_path / "file", Calls()
    fastjoblib.dump(VALUE, path, compress)
    fastjoblib.load(path, progress=calls)
    size = path.stat().st_size
    check(calls, size, {size})


@each_compress
@pytest.mark.parametrize("kind", ["file", "memory", "peekable", "forward only"])
def test_load_from_a_file_object(tmp_path, compress, kind):
    """What comes before the object in the file, or after it, is no part of it."""
    path, calls = tmp_path / "file", Calls()
    data = fastjoblib.dumps(VALUE, compress)
    path.write_bytes(b"before" + data + b"behind")
    with open(path, "rb") as raw, Peekable(path) as peekable, io.BufferedReader(peekable) as buffered:
        streams = {"file": raw, "memory": io.BytesIO(path.read_bytes()), "peekable": buffered}
        stream = streams.get(kind) or ForwardOnly(raw)
        stream.read(6)
        fastjoblib.load(stream, progress=calls)
    done = calls[-1][0]
    assert done >= len(data)
    assert done <= len(data) + (6 if compress else 0), "what was read ahead counts, of compressed data only"
    left = path.stat().st_size - 6
    check(calls, done, {left, None})


class Peekable(io.FileIO):
    """Not known to be a file."""


class ForwardOnly:
    def __init__(self, file):
        self.read = file.read


@each_compress
def test_calls_in_between(tmp_path, compress):
    """They come while the work is done, not only at its end."""
    path = tmp_path / "file"
    value, calls = spread(), Calls()
    fastjoblib.dump(value, path, compress, progress=calls)
    check(calls, len(fastjoblib.dumps(value)), {None})
    assert any(0 < done < calls[-1][0] for done, _ in calls)
    calls = Calls()
    fastjoblib.load(path, progress=calls)
    size = path.stat().st_size
    check(calls, size, {size})
    assert any(0 < done < size for done, _ in calls)


def test_calls_in_between_where_nothing_is_read(tmp_path):
    """From memory, and of arrays that are mapped."""
    path = tmp_path / "file"
    fastjoblib.dump(spread(), path)
    size = path.stat().st_size
    for source, mmap_mode in ((io.BytesIO(path.read_bytes()), None), (path, "r")):
        calls = Calls()
        fastjoblib.load(source, mmap_mode, progress=calls)
        check(calls, size, {size})
        assert any(0 < done < size for done, _ in calls)


def test_old_files(tmp_path):
    path, calls = tmp_path / "file", Calls()
    path.write_bytes(zfile(joblib_dumps(VALUE)))
    with pytest.warns(DeprecationWarning):
        fastjoblib.load(path, progress=calls)
    size = path.stat().st_size
    check(calls, size, {size})


def joblib_dumps(value):
    stream = io.BytesIO()
    joblib.dump(value, stream)
    return stream.getvalue()


def test_a_pipe_has_no_total():
    reading, writing = os.pipe()
    data, calls = fastjoblib.dumps(VALUE), Calls()

    def write():
        with open(writing, "wb") as file:
            file.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    with open(reading, "rb") as file:
        fastjoblib.load(file, progress=calls)
    thread.join()
    check(calls, len(data), {None})


def test_calls_are_apart(tmp_path):
    """However much is done: at most 20 a second, but for the last."""
    path = tmp_path / "file"
    value, calls = [list(range(1000)) for _ in range(2000)], Calls()
    for function in (
        lambda: fastjoblib.dump(value, path, progress=calls),
        lambda: fastjoblib.load(path, progress=calls),
    ):
        calls.clear()
        calls.times.clear()
        start = time.monotonic()
        function()
        gaps = np.diff([start, *calls.times[:-1]])
        assert (gaps > 0.045).all()


def test_registered_compressors(tmp_path):
    class Wrapper(joblib.compressor.CompressorWrapper):
        def __init__(self):
            super().__init__(__import__("gzip").GzipFile, b"\x1f\x8b", ".registered")

    path, calls = tmp_path / "file", Calls()
    fastjoblib.register_compressor("registered gzip", Wrapper(), force=True)
    fastjoblib.dump(VALUE, path, ("registered gzip", 1), progress=calls)
    check(calls, len(fastjoblib.dumps(VALUE)), {None})


def test_patched_joblib_passes_it_on(tmp_path):
    calls = Calls()
    with fastjoblib.patch_joblib():
        joblib.dump(VALUE, tmp_path / "file", progress=calls)
        joblib.load(tmp_path / "file", progress=calls)
    assert len(calls) >= 2


def test_it_is_keyword_only(tmp_path):
    for name in ("dump", "load"):
        parameter = __import__("inspect").signature(getattr(fastjoblib, name)).parameters["progress"]
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.default is None


@pytest.mark.parametrize("wrong", [1, 0, "yes", 0.5, np.True_, []], ids=repr)
def test_wrong_arguments(tmp_path, wrong):
    path = tmp_path / "file"
    with pytest.raises(TypeError, match="progress must be True, False, None or a callable"):
        fastjoblib.dump(1, path, progress=wrong)
    assert not path.exists()
    fastjoblib.dump(1, path)
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
        fastjoblib.load(path, progress=wrong)


@pytest.mark.parametrize("nobody", [None, False])
def test_nothing_is_shown(tmp_path, capfd, nobody):
    fastjoblib.dump(VALUE, tmp_path / "file", progress=nobody)
    fastjoblib.load(tmp_path / "file", progress=nobody)
    assert capfd.readouterr() == ("", "")
