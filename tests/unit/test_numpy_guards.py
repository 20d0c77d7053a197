# SPDX-License-Identifier: BSD-3-Clause
"""Damaged states of arrays and dtypes, on which NumPy crashes: refused before NumPy gets them."""

import io
import os
import pickle
import signal
import subprocess
import sys

import fastjoblib
import fastjoblib.pickle
import numpy as np
import pytest
from helpers.classes import Reduce
from helpers.compare import assert_same
from helpers.numpy_states import (
    CHANGED_LATER,
    CRASHERS,
    FROMBUFFER,
    OTHERS,
    SCALAR,
    array,
    dtype,
    scalar,
    struct,
    whole,
)
from helpers.run import run_python

NUMPY_2 = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE}

# Loads, then does what anybody may do with the result.
USE = """
import io, sys, warnings
import joblib, numpy as np
from helpers.numpy_states import CHANGED_LATER, CRASHERS
warnings.simplefilter("ignore")
def tried(function, *args):
    try:
        return function(*args)
    except Exception:
        return None
value = tried(joblib.load, io.BytesIO((CRASHERS | CHANGED_LATER)[sys.argv[1]]))
if isinstance(value, np.dtype):
    value = tried(np.zeros, 2, value)
if value is not None:
    for use in (
        repr, np.sort, np.copy, lambda a: a[0], lambda a: a.tolist(), lambda a: [repr(a[n]) for n in a.dtype.names],
        lambda a: a.astype(a.dtype.newbyteorder()), lambda a: a == a, lambda a: a.copy(), lambda a: a.item(),
    ):
        tried(use, value)
    tried(np.zeros, 2, value.dtype).copy()
"""


MENDED_BY_NUMPY_2_5 = {
    "objects that the flags half deny",
    "subarray of objects without their flags",
    "numbers taken for objects",
}


@pytest.mark.parametrize("name", CRASHERS | CHANGED_LATER)
def test_joblib_crashes(name):
    """What the guards are for: without them, the process dies."""
    paths = [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONMALLOC": "debug"}
    process = subprocess.run([sys.executable, "-c", USE, name], env=environment, capture_output=True, timeout=60)
    survives = name in MENDED_BY_NUMPY_2_5 and np.lib.NumpyVersion(np.__version__) >= "2.5.0"
    assert process.returncode in ([0] if survives else CRASHES), process


@pytest.mark.parametrize("function", ["fastjoblib.loads", "fastjoblib.pickle.loads"])
def test_all_are_refused(function):
    code = f"""
    import fastjoblib, fastjoblib.pickle, warnings
    from helpers.numpy_states import CRASHERS, OTHERS
    warnings.simplefilter("ignore")
    for name, data in (CRASHERS | OTHERS).items():
        try:
            {function}(data)
        except fastjoblib.InvalidFileError as error:
            assert "NumPy expects" in str(error), (name, error)
            print(name)
    """
    assert run_python(code).splitlines() == [*CRASHERS, *OTHERS]


def test_restricted_loads_refuse_all():
    """Also what plain load takes from a copy, or leaves to NumPy."""
    code = """
    import fastjoblib, io
    from helpers.numpy_states import CHANGED_LATER, CRASHERS, OTHERS
    for name, data in (CRASHERS | OTHERS | CHANGED_LATER).items():
        try:
            fastjoblib.safe_load(io.BytesIO(data))
        except (fastjoblib.UntrustedError, fastjoblib.InvalidFileError):
            print(name)
    """
    harmless = {"fields made larger", "fields made objects", "fields taken for others"}
    assert set(run_python(code).splitlines()) == {*CRASHERS, *OTHERS, *CHANGED_LATER} - harmless


@pytest.mark.parametrize(
    "value",
    [
        np.arange(3.0),
        np.zeros((2, 0)),
        np.array([1, None, "x"], dtype=object),
        np.zeros(2, [("a", "f8"), ("b", "O"), ("c", "U3", (2,))]),
        np.zeros((1, 2)).view(np.matrix),
        np.float32(1.5),
        np.str_(""),
        np.zeros(1, [("a", "f8")])[0],
        np.dtype([("a", "O"), ("b", ">f8")]),
        np.array(["2020-01-01"], "M8[D]"),
    ],
    ids=lambda value: f"{type(value).__name__} {value.dtype if hasattr(value, 'dtype') else value}",
)
def test_restricted_loads_take_what_numpy_writes(value):
    for data in [pickle.dumps(value, protocol) for protocol in (2, 4, 5)] + [fastjoblib.dumps(value)]:
        assert_same(fastjoblib.safe_load(io.BytesIO(data)), value)


def test_restricted_loads_limit_items_of_no_size():
    """They take no memory, and NumPy any time for them."""
    few = fastjoblib.dumps(np.zeros(3, np.dtype([])), protocol=2)
    many = few.replace(b"K\x03\x85", b"\x8a\x05\0\0\0\0\1\x85")
    assert many != few
    assert_same(fastjoblib.safe_load(io.BytesIO(few)), np.zeros(3, np.dtype([])))
    with pytest.raises(fastjoblib.UntrustedError, match="an array of 4294967296 items of no size"):
        fastjoblib.safe_load(io.BytesIO(many))


def test_objects_within_object_arrays_too(tmp_path):
    """The plain pickle of an object array is guarded as the file is."""
    code = """
    import fastjoblib, joblib, sys
    import numpy as np
    from helpers.classes import Reduce
    from helpers.numpy_states import OBJECT, array
    joblib.dump(np.array([array((100_000,), OBJECT, []), None], dtype=object), sys.argv[1])
    try:
        fastjoblib.load(sys.argv[1])
    except fastjoblib.InvalidFileError as error:
        print(error)
    """
    path = tmp_path / "file"
    message = run_python(code, arguments=[path])
    assert "NumPy expects as much data as the array has, found an object of type list" in message
    assert str(path) in message


DTYPES = [
    "f8", ">i2", "?", "O", "S5", "U5", ">U2", "V3", "S0", "U0", "V0", "M8", "M8[ns]", "m8[7D]", "g", "c16",
    [], [("a", "f8")], [("a", "O"), ("b", ">f8")], [("a", "U3")], [("a", "f8", (2, 3))], [("a", "O", (2,))],
    [(("title", "a"), "f8"), ("b", "i4")], [("a", [("b", [("c", "M8[s]")])])], ("f8", (2, 3)), ("O", (2,)),
    ("f8", (0,)), ("i4", [("low", "i2"), ("high", "i2")]), ("V8", [("a", "f8")]),
    {"names": ["a", "b"], "formats": ["f8", "f4"], "offsets": [0, 4]},
    {"names": ["a"], "formats": ["f8"], "offsets": [8], "itemsize": 40},
]  # fmt: skip


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("spec", DTYPES, ids=str)
def test_what_numpy_writes_is_as_it_was(spec, protocol):
    for made in (np.dtype(spec), np.dtype(np.dtype(spec), metadata={"a": [1]}), np.dtype([("x", np.dtype(spec))])):
        data = pickle.dumps(made, protocol)
        loaded, theirs = fastjoblib.loads(data), pickle.loads(data)
        assert loaded == theirs == made
        assert loaded.__reduce__() == theirs.__reduce__()
        assert loaded.metadata == theirs.metadata


def test_aligned_structures_and_records():
    aligned = np.dtype([("a", "u1"), ("b", "f8"), ("c", "O")], align=True)
    records = np.rec.array([(1, 2.5, "x")], names="a,b,c")
    for value in (aligned, records.dtype, records, records[0], np.ma.masked_array([(1, 2)], [(0, 1)], dtype="i,i")):
        assert_same(fastjoblib.loads(pickle.dumps(value)), pickle.loads(pickle.dumps(value)))
    loaded = fastjoblib.loads(pickle.dumps(aligned))
    # NumPy 2.5 takes the sign of the flags that it has written for another flag.
    assert loaded.isalignedstruct and loaded.flags in (aligned.flags, pickle.loads(pickle.dumps(aligned)).flags)


@pytest.mark.parametrize(
    "state",
    [
        ("|", None, {"a": (np.dtype("f8"), 0), -1: ("a",)}, 8, 1),
        (1, "|", None, {"a": (np.dtype("f8"), 0), -1: ("a",)}, 8, 1),
        (2, "|", None, ("a",), {"a": (np.dtype("f8"), 0)}, 8, 1),
        (3, "|", None, ("a",), {"a": (np.dtype("f8"), 0)}, 8, 1, 0),
        (3, b"|", None, (b"a",), {b"a": (np.dtype("f8"), 0)}, 8, 1, 16),
    ],
    ids=["version 0", "version 1", "version 2", "no flags", "Python 2's text"],
)
def test_states_of_earlier_versions(state):
    """All become what NumPy writes today, with the flags that NumPy needs for it."""
    expected = np.dtype([("a", "f8")])
    assert fastjoblib.loads(whole(dtype("V8", *state))).__reduce__() == expected.__reduce__()


@pytest.mark.parametrize("flags", [144, -112])
def test_alignment_in_the_flags_of_either_numpy(flags):
    fields = {"a": (np.dtype("u1"), 0), "b": (np.dtype("f8"), 8)}
    loaded = fastjoblib.loads(whole(struct(fields, nbytes=16, alignment=8, flags=flags)))
    assert loaded.isalignedstruct is (flags > 0 or not NUMPY_2)  # NumPy 2 does not see NumPy 1's


@pytest.mark.parametrize("name", CHANGED_LATER)
def test_fields_that_change_later_are_copied(name):
    loaded = fastjoblib.loads(CHANGED_LATER[name])
    assert loaded.dtype == [("a", "f8")]
    assert loaded.tobytes() == np.copy(loaded).tobytes() == b"\x41" * 8


def test_states_that_numpy_ignores():
    """Dtypes that the whole process shares have no state to be set."""
    shared = Reduce((np.dtype, ("f8", False, False), (3, ">", None, None, None, -1, -1, 63)))
    assert fastjoblib.loads(whole(shared)) is np.dtype("f8")


def test_an_array_that_holds_itself():
    value = np.empty(2, dtype=object)
    value[0] = value
    loaded = fastjoblib.pickle.loads(pickle.dumps(value))
    assert loaded[0] is loaded


def test_more_data_than_needed_is_left_to_numpy():
    loaded = fastjoblib.loads(whole(array((1,), np.dtype("O"), [1, 2])))
    assert loaded.tolist() == [1]
    assert fastjoblib.loads(whole(scalar(np.dtype("f8"), b"\0" * 20))) == 0.0


def test_errors_of_numpy_stay_its_own():
    """Where NumPy itself says what is wrong, nothing is put in its place."""
    for args in [(np.dtype("f8"), b"1"), (np.dtype("f8"), 5)]:
        data = whole(Reduce((SCALAR, args)))
        with pytest.raises((ValueError, TypeError)) as theirs:
            pickle.loads(data)
        with pytest.raises(type(theirs.value), match=str(theirs.value)):
            fastjoblib.loads(data)
    with pytest.raises(ValueError, match="OBJECT array from memory buffer"):
        fastjoblib.loads(whole(Reduce((FROMBUFFER, (b"\x41" * 8, np.dtype("O"), (1,), "C")))))


def test_messages_say_what_was_found():
    with pytest.raises(fastjoblib.InvalidFileError, match="NumPy expects byte order '<' or '>', found 'x'"):
        fastjoblib.loads(OTHERS["unknown byte order"])
    with pytest.raises(fastjoblib.InvalidFileError, match=r"a unit of time, found \('M8\[Y/0\]', False, True\)"):
        fastjoblib.loads(CRASHERS["time in parts of zero"])
