# SPDX-License-Identifier: BSD-3-Clause
"""What a pickled dtype is, without making it; and what cannot be known is never guessed."""

import io
import pickle
import sys

import fastjoblib
import numpy as np
import pytest
from attacks import assemble as a
from attacks.tester import FLOATS
from fastjoblib._inspect.dtypes import describe
from helpers import cases_arrays
from helpers.traced import text_of

VOID = describe(None, ("V8", False, True))

DTYPES = [
    *cases_arrays.DTYPES.values(),
    *cases_arrays.EMPTY_ITEMS.values(),
    *(dtype.newbyteorder() for dtype in cases_arrays.DTYPES.values()),
    np.dtype("O"),
    np.dtype([("a", "O"), ("b", "f4")]),
    np.dtype([("a", "i1"), ("b", "f8")], align=True),
    np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 16], "itemsize": 32}),
    np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 2]}),  # they overlap
    np.dtype([("a", [("b", [("c", "<M8[ns]"), (("Title", "d"), "U3", (2, 3))])])]),
    np.dtype((np.record, [("x", "f8")])),
]


def made(dtype):
    """By the calls that its pickle has, and those of the dtypes in it."""
    _, arguments, *state = dtype.__reduce__()
    spec = arguments[0]
    if isinstance(spec, type):
        arguments = ((spec.__module__, spec.__name__), *arguments[1:])
    result = describe(None, arguments)
    return describe(result, convert(state[0])) if state else result


def convert(value):
    if isinstance(value, np.dtype):
        return made(value)
    if isinstance(value, tuple):
        return tuple(map(convert, value))
    return {k: convert(v) for k, v in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("dtype", DTYPES, ids=repr)
def test_dtypes(dtype):
    found = made(dtype)
    assert (found.text, found.itemsize, found.has_objects) == (text_of(dtype), dtype.itemsize, dtype.hasobject)
    assert (found.subarray is not None) == (dtype.subdtype is not None)


@pytest.mark.parametrize(
    "arguments", [("f8", False, False), ("f3", 0, 1), ("<f8", 0, 1), ("float64", 0, 1), ("f8",), None]
)
def test_what_is_not_known(arguments):
    """Without a copy it may be NumPy's own, which another BUILD of the file could change."""
    assert describe(None, arguments) is None


PLAIN = (3, "<", None, None, None, -1, -1, 0)


@pytest.mark.parametrize(
    ("spec", "state"),
    [
        ("f8", (3, "<", None, None, None, -1, -1, 63)),  # says that it has objects
        ("O8", PLAIN),  # that it has none
        ("V8", PLAIN),  # a negative length
        ("f8", (3, "|", None, ("a",), {"a": describe(None, ("i4", 0, 1))}, 4, 1, 0)),  # fields of a number
        ("V8", (3, "|", None, ("a",), {}, 8, 1, 0)),  # a field that is not there
        ("f8", (9, "<", None, None, None, -1, -1, 0)),
        ("f8", (3, "}", None, None, None, -1, -1, 0)),
        ("M8", (4, "<", None, None, None, -1, -1, 0, None)),  # without its unit
        ("f8", None),
    ],
)
def test_states_that_are_not_known(spec, state):
    assert describe(describe(None, (spec, False, True)), state) is None


def test_a_state_of_no_length_is_that_of_the_dtype():
    assert describe(describe(None, ("f8", False, True)), PLAIN).itemsize == 8


def test_nesting_that_doubles_the_text_is_cut():
    dtype = describe(None, ("f8", False, True))
    for _ in range(32):
        size = 2 * dtype.itemsize % 1000
        fields = {"a": (dtype, 0), "b": (dtype, dtype.itemsize)}
        dtype = describe(describe(None, (f"V{size}", False, True)), (3, "|", None, ("a", "b"), fields, size, 1, 0))
        assert len(dtype.text) < 1 << 18


def test_nesting_is_limited():
    """So that nothing that looks into a dtype takes too much of the stack."""
    dtype = describe(None, ("f8", False, True))
    for _ in range(32):
        dtype = describe(VOID, (3, "|", None, ("a",), {"a": (dtype, 0)}, 8, 1, 0))
    assert str(dtype.descr).count("a") == 32
    for state in ((None, ("a",), {"a": (dtype, 0)}), ((dtype, (1,)), None, None)):
        assert describe(VOID, (3, "|", *state, 8, 1, 0)) is None
    base = describe(None, ("f8", False, True))
    for _ in range(32):
        base = describe(VOID, (3, "|", (base, (1,)), None, None, 8, 1, 0))
    assert describe(VOID, (3, "|", (base, (1,)), None, None, 8, 1, 0)) is None


def test_an_array_whose_dtype_is_nested_too_deeply():
    kept = np.dtype("f8")
    for _ in range(33):
        kept = np.dtype([("a", kept)])
    report = fastjoblib.inspect(io.BytesIO(fastjoblib.dumps(np.zeros(1, kept))))
    assert "more than 32 levels" in report.error
    assert report.verdict == "suspicious"


@pytest.mark.parametrize(
    "spec",
    ["O", "|O", "O8", ("builtins", "object"), ("numpy.dtypes", "ObjectDType"), "T", ("numpy.dtypes", "StringDType")],
)
def test_objects_are_understood_however_they_are_asked_for(spec):
    for arguments in ((spec,), (spec, False), (spec, False, True)):
        assert describe(None, arguments).has_objects


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="NumPy 1 has none")
@pytest.mark.parametrize("protocol", range(6))
def test_strings_of_any_length(protocol):
    """They are objects to joblib."""
    for dtype in (np.dtypes.StringDType(), np.dtypes.StringDType(na_object=None)):
        value = [np.array(["a", "b" * 100], dtype=dtype), 1]
        for data in (fastjoblib.dumps(value, protocol=protocol), pickle.dumps(value, protocol)):
            report = fastjoblib.inspect(io.BytesIO(data))
            assert (report.error, report.verdict, report.notes) == (None, "clean", ())
            (array,) = report.arrays
            assert (array.path, array.dtype, array.shape) == ("model[0]", "StringDType()", (2,))


def test_a_dtype_that_others_have():
    for made in (a.run("numpy", "dtype", "f8"), a.call(a.named("numpy.dtypes", "ObjectDType"))):
        report = fastjoblib.inspect(io.BytesIO(b"\x80\x04" + made + FLOATS.rpartition(b"R")[2] + b"."))
        (note,) = report.notes
        assert "state of a dtype" in note
        assert report.verdict == "suspicious"


def test_an_array_of_a_dtype_that_is_not_known():
    """What follows it is at an offset that is not known either."""
    data = fastjoblib.dumps([np.zeros(3), 1], protocol=2)
    report = fastjoblib.inspect(io.BytesIO(data.replace(b"X\x02\0\0\0f8", b"X\x02\0\0\0f9")))
    assert "dtype cannot be known" in report.error
    assert report.arrays == ()
    report = fastjoblib.inspect(io.BytesIO(data.replace(b"\x89\x88\x87q", b"\x89\x89\x87q")))
    assert "dtype cannot be known" in report.error


def test_native_order():
    native = describe(None, ("i4", False, True))
    assert native.text == np.dtype("i4").str
    assert native.text[0] == ("<" if sys.byteorder == "little" else ">")


def test_bytes_in_place_of_a_dtype():
    """What is known of text that is encoded is not taken for what is known of a dtype."""
    data = a.plain(b"12345678")
    encoded = a.run("_codecs", "encode", "data", "latin1")
    for kind in (encoded, data):
        array = a.call(a.named("numpy.core.numeric", "_frombuffer"), data, kind, a.plain((1,)), a.plain("C"))
        report = fastjoblib.inspect(io.BytesIO(b"\x80\x04" + array + b"."))
        assert report.error is None and report.arrays == ()
