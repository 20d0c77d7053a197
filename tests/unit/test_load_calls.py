# SPDX-License-Identifier: BSD-3-Clause
"""A load crosses from Python to C once, asks back once at most, and reads its file once."""

import io
import os
import pathlib
import sys
import zlib

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib import _core
from fastjoblib._compress.dump_load import Fallback

CORE = [0, ("zlib", 3), ("gzip", 3), ("lz4", 1)]
METHODS = [*CORE, ("bz2", 3), ("xz", 1), ("lzma", 1), ("zstd", 3)]
LOADS = {getattr(_core, name) for name in ("load_path", "load_file", "loads")}
VALUE = {"numbers": list(range(1000)), "array": np.arange(5000.0)}


def crossings(load):
    """How often C was called to load, and asked what the data is."""
    calls, questions = [], []

    def note(frame, event, what):
        if event == "c_call" and what in LOADS:
            calls.append(what)
        elif event == "call" and frame.f_code is Fallback.__call__.__code__:
            questions.append(frame)

    sys.setprofile(note)
    try:
        value = load()
    finally:
        sys.setprofile(None)
    assert value["numbers"] == VALUE["numbers"]
    return len(calls), len(questions)


@pytest.mark.parametrize("compress", METHODS, ids=str)
@pytest.mark.parametrize("origin", ["path", "file", "descriptor", "memory", "bytes", "unseekable"])
def test_one_call_each_way(compress, origin, tmp_path):
    path = str(tmp_path / "model")
    fastjoblib.dump(VALUE, path, compress=compress)
    data = pathlib.Path(path).read_bytes()
    with open(path, "rb") as file:
        load = {
            "path": lambda: fastjoblib.load(path),
            "file": lambda: fastjoblib.load(file),
            "descriptor": lambda: fastjoblib.load(os.dup(file.fileno())),
            "memory": lambda: fastjoblib.load(io.BytesIO(data)),
            "bytes": lambda: fastjoblib.loads(data),
            "unseekable": lambda: fastjoblib.load(Unseekable(data)),
        }[origin]
        calls, questions = crossings(load)
    assert calls == 1
    # A stream that cannot go back is shown two bytes first, and then what may be a longer prefix.
    assert questions <= (compress != 0) + (origin == "unseekable")


class Unseekable(io.RawIOBase):
    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._data.readinto(buffer)


def bytes_read():
    """What this process has asked the system to read so far."""
    text = pathlib.Path("/proc/self/io").read_text()
    return int(text.split("rchar:")[1].split()[0])


@pytest.mark.skipif(not os.path.exists("/proc/self/io"), reason="the system does not count what a process reads")
@pytest.mark.parametrize("compress", CORE, ids=str)
@pytest.mark.parametrize("writer", [fastjoblib, joblib], ids=["ours", "joblib's"])
def test_the_file_is_read_once(compress, writer, tmp_path):
    path = str(tmp_path / "model")
    value = np.random.default_rng(1).standard_normal(200_000)
    writer.dump(value, path, compress=compress)
    fastjoblib.load(path)  # imports what it needs
    before = bytes_read()
    counting = bytes_read() - before
    before = bytes_read()
    fastjoblib.load(path)
    read = bytes_read() - before - counting
    table = 4096  # the block table and what stands around it are looked at before the blocks
    assert os.path.getsize(path) <= read <= os.path.getsize(path) + table


def test_what_a_window_has_shown_is_not_lost():
    """More data than a window holds, of a stream that is read once, in order."""
    data = fastjoblib.dumps(np.random.default_rng(2).standard_normal(200_000))
    array = fastjoblib.load(Unseekable(zlib.compress(data, 1)))
    np.testing.assert_array_equal(array, np.random.default_rng(2).standard_normal(200_000))
