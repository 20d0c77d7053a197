# SPDX-License-Identifier: BSD-3-Clause
"""progress=: what is told, how it is shown, and what becomes of a dump or load whose callable raises."""

import builtins
import contextlib
import io
import os
import sys
import threading
import time
import types

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib import _progress
from helpers.compression import ALL_METHODS
from helpers.old_files import zfile
from helpers.streams import NoTell

COMPRESS = [0, *((method, 1) for method in ALL_METHODS)]
VALUE = {"array": np.random.default_rng(0).random(30_000), "numbers": list(range(20_000)), "text": ["text"] * 1000}

each_compress = pytest.mark.parametrize("compress", COMPRESS, ids=str)


class Calls(list):
    """Remembers what it was told, and takes time over it, so that it is called more than once."""

    def __init__(self, seconds=0.0):
        super().__init__()
        self.seconds = seconds
        self.threads = set()
        self.times = []

    def __call__(self, done, total):
        self.append((done, total))
        self.times.append(time.monotonic())
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)


class Slow:
    """Takes longer to pickle, and to load, than passes between two calls."""

    def __reduce__(self):
        time.sleep(0.06)
        return time.sleep, (0.06,)


def spread():
    """A value that is long on its way: between its parts, which fill every buffer, a call is due each time."""
    rng = np.random.default_rng(1)
    return [(Slow(), rng.random(100_000)) for _ in range(3)]


def check(calls, nbytes, totals):
    """One thread, called with ints that never fall, the last time with all that there is."""
    assert calls
    assert calls.threads == {threading.get_ident()}
    dones = [done for done, _ in calls]
    assert dones == sorted(dones)
    assert calls[-1] == (nbytes, nbytes)
    assert {type(done) for done in dones} == {int}
    assert {total for _, total in calls[:-1]} <= totals


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


# Exceptions

# Among them those that mean something else where a file raises them.
ERRORS = [
    ValueError("mine"),
    KeyError("mine"),
    AttributeError("mine"),
    ImportError("mine"),
    EOFError("mine"),
    OSError(5, "mine"),
    NotImplementedError("mine"),
    StopIteration("mine"),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "mine"),
    fastjoblib.InvalidFileError("file", "mine", 0),
    KeyboardInterrupt("mine"),
    SystemExit(3),
]


class Raising:
    """Raises an error when it is called for the n-th time."""

    def __init__(self, error, after=0):
        self.error = error
        self.after = after

    def __call__(self, done, total):
        self.after -= 1
        if self.after < 0:
            raise self.error


def raised_by(function, raising):
    """The exception that comes out is the one that was raised, as it was."""
    with pytest.raises(type(raising.error)) as info:
        function()
    assert info.value is raising.error
    assert info.value.__cause__ is None
    assert getattr(info.value, "__notes__", []) == []
    raising.error.__traceback__ = None


@each_compress
@pytest.mark.parametrize("after", [0, 1])
def test_exceptions_stop_a_dump(tmp_path, compress, after):
    """In the middle, or, where that is the only call, at the end: the old file stays."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    value = spread() if after else VALUE
    for error in ERRORS if not after else ERRORS[:1]:
        raising = Raising(error, after)
        raised_by(lambda: fastjoblib.dump(value, path, compress, progress=raising), raising)  # noqa: B023
        assert path.read_bytes() == b"old"
    path.unlink()
    raising = Raising(ERRORS[0], after)
    raised_by(lambda: fastjoblib.dump(value, path, compress, progress=raising), raising)
    assert os.listdir(tmp_path) == []


@each_compress
def test_exceptions_stop_a_load(tmp_path, compress):
    path = tmp_path / "file"
    fastjoblib.dump(VALUE, path, compress)
    for error in ERRORS:
        raising = Raising(error)
        raised_by(lambda: fastjoblib.load(path, progress=raising), raising)  # noqa: B023


@each_compress
def test_exceptions_in_the_middle_of_a_load(tmp_path, compress):
    path = tmp_path / "file"
    fastjoblib.dump(spread(), path, compress)
    for error in (AttributeError("mine"), UnicodeDecodeError("ascii", b"\xff", 0, 1, "mine")):
        raising = Raising(error, 1)
        raised_by(lambda: fastjoblib.load(path, progress=raising), raising)  # noqa: B023
        raised_by(lambda: fastjoblib.load(io.BytesIO(path.read_bytes()), progress=raising), raising)  # noqa: B023


def test_a_failure_is_not_called_done(tmp_path):
    class Failing:
        def __reduce__(self):
            raise ZeroDivisionError

    calls = Calls()
    with pytest.raises(ZeroDivisionError):
        fastjoblib.dump([*spread(), Failing()], tmp_path / "file", progress=calls)
    assert calls
    assert all(total is None for _, total in calls)
    data = fastjoblib.dumps(spread())
    (tmp_path / "file").write_bytes(data[:-1000])
    calls = Calls()
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load(tmp_path / "file", progress=calls)
    assert all(done < total for done, total in calls)


# What is shown


class FakeBar:
    made = []  # noqa: RUF012

    def __init__(self, *, total, desc, unit, unit_scale):
        self.total, self.desc, self.unit, self.n, self.closed = total, desc, unit, 0, 0
        assert unit_scale is True
        self.made.append(self)

    def update(self, n):
        assert n >= 0
        self.n += n

    def close(self):
        self.closed += 1


@pytest.fixture
def fake_tqdm(monkeypatch):
    module = types.ModuleType("tqdm.auto")
    module.tqdm = FakeBar
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    FakeBar.made.clear()
    return FakeBar.made


def test_bar(tmp_path, fake_tqdm):
    path = tmp_path / "model.joblib"
    fastjoblib.dump(VALUE, path, progress=True)
    fastjoblib.load(path, progress=True)
    dumped, loaded = fake_tqdm
    size = path.stat().st_size
    assert [(bar.total, bar.n, bar.closed, bar.unit) for bar in fake_tqdm] == [(size, size, 1, "B")] * 2
    assert (dumped.desc, loaded.desc) == ("dump model.joblib", "load model.joblib")


def test_bar_of_a_file_object(fake_tqdm):
    fastjoblib.dump(VALUE, io.BytesIO(), progress=True)
    assert [bar.desc for bar in fake_tqdm] == ["dump"]


def test_bar_is_closed_after_an_error(tmp_path, fake_tqdm):
    path = tmp_path / "file"
    fastjoblib.dump(spread(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load(path, progress=True)
    assert [bar.closed for bar in fake_tqdm] == [1]


@pytest.fixture
def no_tqdm(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "tqdm":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_line_of_text_on_a_terminal(tmp_path, no_tqdm):
    path = tmp_path / "a name that is longer than a line has room for"
    stream = Terminal()
    with contextlib.redirect_stderr(stream):
        fastjoblib.dump(spread(), path, progress=True)
    text = stream.getvalue()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    lines = text[:-1].split("\r")[1:]
    assert len(lines) >= 2
    assert lines[0].startswith("dump a name that is lo...: ")
    assert "100% of 2.4 MB" in lines[-1]
    lengths = [len(line) for line in lines]
    assert all(len(line) >= len(before.rstrip()) for before, line in zip(lines, lines[1:], strict=False)), lengths


def test_lines_of_text_elsewhere(tmp_path, no_tqdm, monkeypatch):
    path, stream = tmp_path / "file", io.StringIO()
    with contextlib.redirect_stderr(stream):
        fastjoblib.dump(spread(), path, progress=True)
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().startswith("dump file: 100% of 2.4 MB, ")
    monkeypatch.setattr(_progress, "_LINE_INTERVAL", 0)
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        fastjoblib.load(path, progress=True)
    lines = stream.getvalue().splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("load file: ") and "of 2.4 MB" in line for line in lines)


def test_line_after_an_error(tmp_path, no_tqdm):
    """The traceback begins in a line of its own."""
    path, stream = tmp_path / "file", Terminal()
    path.write_bytes(fastjoblib.dumps(spread())[:-1000])
    with contextlib.redirect_stderr(stream), pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load(path, progress=True)
    assert stream.getvalue().endswith("\n")


def test_without_stderr(tmp_path, no_tqdm, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    fastjoblib.dump(VALUE, tmp_path / "file", progress=True)
    fastjoblib.load(tmp_path / "file", progress=True)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2.5e9, "2.5 GB"), (3e15, "3000.0 TB")]
)
def test_sizes(number, text):
    assert _progress._nbytes(number) == text


def test_callbacks_may_dump_and_load(tmp_path):
    inner = []

    def progress(done, total):
        fastjoblib.dump(VALUE, tmp_path / "inner", ("zlib", 1))
        inner.append(fastjoblib.load(tmp_path / "inner"))

    fastjoblib.dump(VALUE, tmp_path / "file", ("zlib", 1), progress=progress)
    fastjoblib.load(tmp_path / "file", progress=progress)
    assert len(inner) >= 2
    assert all(np.array_equal(value["array"], VALUE["array"]) for value in inner)
