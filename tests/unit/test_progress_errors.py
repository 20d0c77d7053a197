# SPDX-License-Identifier: BSD-3-Clause
"""progress=: what becomes of a dump or load whose callable raises."""

import io
import os

import fastjoblib
import pytest
from helpers.progress import VALUE, Calls, each_compress, spread

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
