# SPDX-License-Identifier: BSD-3-Clause
"""progress=True: how it is shown."""

import builtins
import contextlib
import io
import sys
import types

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _progress_shown
from helpers.progress import VALUE, spread


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
    module = types.ModuleType("tqdm")
    module.tqdm = FakeBar
    monkeypatch.setitem(sys.modules, "tqdm", module)
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
    monkeypatch.setattr(_progress_shown, "_LINE_INTERVAL", 0)
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
    assert _progress_shown._nbytes(number) == text


def test_callbacks_may_dump_and_load(tmp_path):
    inner = []

    def progress(done, total):
        fastjoblib.dump(VALUE, tmp_path / "inner", ("zlib", 1))
        inner.append(fastjoblib.load(tmp_path / "inner"))

    fastjoblib.dump(VALUE, tmp_path / "file", ("zlib", 1), progress=progress)
    fastjoblib.load(tmp_path / "file", progress=progress)
    assert len(inner) >= 2
    assert all(np.array_equal(value["array"], VALUE["array"]) for value in inner)
