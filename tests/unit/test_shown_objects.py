# SPDX-License-Identifier: BSD-3-Clause
"""Messages that show objects from files: without their repr(), and never long."""

import io
import pickle

import fastjoblib
import pytest
from helpers.control import error_of


class Loud:
    """An instance that a file makes, and that is not to be asked what it is."""

    def __repr__(self):
        raise AssertionError("repr() was called")


INSTANCE = pickle.dumps(Loud(), 2)[2:-1]
LOUD = b"\x80\x02" + INSTANCE
OF_LOUD = "an object of type Loud"


@pytest.mark.parametrize(
    "data, message",
    [
        (LOUD + b")\x81.", f"a __new__, not {OF_LOUD}"),
        (LOUD + b"Q.", f"a persistent id, {OF_LOUD}, and"),
        (b"\x80\x02cbuiltins\nint\n" + INSTANCE + b"\x81.", f"a tuple and a dict, not {OF_LOUD}"),
        (b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + INSTANCE + b"b.", f"an array is {OF_LOUD}"),
    ],
)
def test_instances_are_not_asked(data, message):
    with pytest.raises(fastjoblib.InvalidFileError, match=message):
        fastjoblib.loads(data)


@pytest.mark.parametrize(
    "opcodes, shown",
    [
        (b"K\x05", "5"),
        (b"X\1\0\0\0a", "'a'"),
        (b"X\2\0\0\0\xce\xb1", r"'\u03b1'"),
        (b"C\1a", "b'a'"),
        (b"N", "None"),
        (b"\x88", "True"),
        (b"G\x3f\xf8\0\0\0\0\0\0", "1.5"),
        (b"K\1X\1\0\0\0a\x86", "(1, 'a')"),
        (b"]", "an object of type list"),
        (b"]\x85", "an object of type tuple"),
        (b"(" + b"K\1" * 9 + b"t", "an object of type tuple"),
        (b"X\x40\x42\x0f\0" + b"x" * 1_000_000, "'" + "x" * 60 + "'"),
        (b"B\x40\x42\x0f\0" + b"x" * 1_000_000, "b'" + "x" * 60 + "'"),
        (b"\x8b\x88\x13\0\0" + b"\x7f" * 5000, "an object of type int"),
        (b"cbuiltins\nlen\n", "<built-in function len>"),
    ],
)
def test_what_is_shown(opcodes, shown):
    _, error = error_of(fastjoblib.loads, b"\x80\x03" + opcodes + b")\x81.")
    assert f"must be a type with a __new__, not {shown} (at" in str(error)


def test_restricted_loads_ask_no_instance():
    """An estimator whose attributes are not there yet is refused by its class."""
    name = b"csklearn.preprocessing._function_transformer\nFunctionTransformer\n"
    with pytest.raises(fastjoblib.UntrustedError, match="it calls an object of type FunctionTransformer with"):
        fastjoblib.safe_load(io.BytesIO(b"\x80\x02" + name + b")\x81}R."))
