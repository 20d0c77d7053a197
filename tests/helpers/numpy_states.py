# SPDX-License-Identifier: BSD-3-Clause
"""Files whose arrays, dtypes and scalars are damaged so that NumPy would crash on them, at once or when they are used.

Each is bytes of protocol 2; `CRASHERS` are those on which every NumPy from 1.26 to 2.4 crashes.
"""

import functools
import io
import pickle

import numpy as np

from helpers.classes import Reduce

F8, F4, OBJECT = np.dtype("f8"), np.dtype("f4"), np.dtype("O")
RECONSTRUCT = np.zeros(0).__reduce__()[0]
SCALAR = np.float64(0).__reduce__()[0]
FROMBUFFER = np.zeros(1).__reduce_ex__(5)[0]
RECONSTRUCT = np.zeros(1).__reduce__()[0]


class Stream:
    """A pickle of several objects in a row, with opcodes between them."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.pickler = pickle.Pickler(self.buffer, 2)
        self.parts = [b"\x80\x02"]

    def push(self, *objects):
        for obj in objects:
            self.buffer.seek(0)
            self.buffer.truncate()
            self.pickler.dump(obj)
            self.parts.append(self.buffer.getvalue()[2:-1])  # without PROTO and STOP
        return self

    def op(self, opcode):
        self.parts.append(opcode)
        return self

    def end(self):
        return b"".join(self.parts) + b"."


def dtype(code, *state):
    return Reduce((np.dtype, (code, False, True), state))


def struct(fields, *, names=None, nbytes=8, alignment=1, flags=16, version=3):
    names = tuple(fields) if names is None else names
    return dtype("V8", version, "|", None, names, fields, nbytes, alignment, flags)


def array(shape, kind, data, *, first=((0,), b"b")):
    return Reduce((RECONSTRUCT, (np.ndarray, *first), (1, shape, kind, False, data)))


def scalar(*args):
    return Reduce((SCALAR, args))


def used(kind, nbytes=8):
    """An array with that dtype, so that it is used."""
    return Reduce((FROMBUFFER, (b"\x41" * nbytes, kind, (1,), "C")))


def changed_later(name, value):
    """A structure whose fields are changed behind it, and an array that has it."""
    fields = {"a": (F8, 0)}
    kind = struct(fields)
    return Stream().push(used(kind), fields, name, value).op(b"s0").end()


def built_again(kind, data, *state):
    """A dtype whose state is set again after an array has got it."""
    return Stream().push(array((1,), kind, data), kind, state).op(b"b0").end()


def filled_again(before, state):
    """An array that is filled again while another one shows its memory."""
    view = Reduce((FROMBUFFER, (before, F8, (-1,), "C")))
    return Stream().push(view, before, state).op(b"b0").end()


def within_itself():
    """A structure that is a field of its own."""
    kind = dtype("V8")
    kind.rv = (np.dtype, ("V8", False, True))
    state = (3, "|", None, ("a",), {"a": (kind, 0)}, 8, 1, 16)
    return Stream().push(kind, state).op(b"b").end()


def nested(depth):
    kind = Reduce((np.dtype, ("f8", False, True)))
    stream = Stream().push(kind)
    for _ in range(depth):
        outer = Reduce((np.dtype, ("V8", False, True)))
        stream.push(outer, (3, "|", None, ("a",), {"a": (kind, 0)}, 8, 1, 16)).op(b"b")
        kind = outer
    return stream.push(used(kind)).end()


def doubled(depth):
    """Structures of two each, of no size: all there is to walk is 2**depth."""
    kind = Reduce((np.dtype, ("V0", False, True)))
    stream = Stream().push(kind)
    for _ in range(depth):
        outer = Reduce((np.dtype, ("V0", False, True)))
        stream.push(outer, (3, "|", None, ("a", "b"), {"a": (kind, 0), "b": (kind, 0)}, 0, 1, 16)).op(b"b")
        kind = outer
    return stream.end()


def whole(value):
    return Stream().push(value).end()


with_object = functools.partial(struct, {"a": (OBJECT, 0)})

CRASHERS = {
    "field far behind the item": whole(used(struct({"a": (F8, 1 << 30)}))),
    "field before the item": whole(used(struct({"a": (F8, -(1 << 30))}))),
    "objects far behind the item": whole(array((2,), struct({"a": (OBJECT, 1 << 30)}, flags=27), [(1,), (2,)])),
    "objects that the flags deny": whole(used(with_object(flags=16))),
    "objects that the flags half deny": whole(array((1,), with_object(flags=2), [(1,)])),
    "objects under a number": whole(
        array((2,), struct({"a": (OBJECT, 0), "b": (F8, 0)}, flags=27), [("x", 1e300)] * 2)
    ),
    "object dtype without its flags": whole(array((2,), dtype("O", 3, "|", None, None, None, -1, -1, 0), b"\x41" * 16)),
    "object in a float": whole(used(dtype("f8", 3, "<", None, ("a",), {"a": (OBJECT, 0)}, -1, -1, 0))),
    "field behind a float": whole(used(dtype("f8", 3, "<", None, ("a",), {"a": (F4, 1 << 29)}, -1, -1, 0))),
    "alignment 0": whole(used(dtype("V8", 3, "|", None, None, None, 8, 0, 0))),
    "subarray of objects without their flags": whole(
        struct({"a": (dtype("V16", 3, "|", (OBJECT, (2,)), None, None, 16, 8, 0), 0)}, nbytes=16)
    ),
    "dtype that grows": built_again(
        dtype("S8", 3, "|", None, None, None, 8, 1, 0), b"1" * 8, 3, "|", None, None, None, 1 << 28, 1, 0
    ),
    "dtypes within dtypes": nested(100_000),
    "list without items": whole(array((100_000,), OBJECT, [])),
    "list that is too short, of structures": whole(array((100_000,), np.dtype([("a", "O")]), [])),
    "numbers taken for objects": whole(array((2,), OBJECT, 5, first=((100,), b"q"))),
    "scalar of a structure with objects": whole(scalar(np.dtype([("a", "O")]))),
    "scalar from an array without items": whole(
        scalar(np.dtype([("a", "O", (1000,))]), np.zeros(0, [("a", "O", (1000,))]))
    ),
    "scalar with a subarray": whole(scalar(np.dtype(("f8", (2,))), b"\0" * 16)),
    "array of pointers": whole(Reduce((np.ndarray, ((1,), OBJECT, b"\x41" * 8)))),
    "time in parts of zero": whole(Reduce((np.dtype, ("M8[Y/0]", False, True)))),
    "a field of time in parts of zero": whole(Reduce((np.dtype, ([("a", "f8"), ("b", "m8[s/0]")], False, True)))),
    "formats with time in parts of zero": whole(
        Reduce((np.dtype, ({"names": ["a"], "formats": ["M8[Y/0]"]}, False, True)))
    ),
    "bytes with time in parts of zero": whole(Reduce((np.dtype, (b"M8[Y/ 0]", False, True)))),
    "an instance with time in parts of zero": b"\x80\x02cnumpy\ndtype\n(U\x07M8[Y/0]\x89\x89t\x81.",
    "keywords with time in parts of zero": (
        b"\x80\x04cnumpy\ndtype\n)}(\x8c\x05dtype\x8c\x07M8[Y/0]u\x92."
    ),
    "an array of time in parts of zero": whole(Reduce((np.ndarray, ((1,), "M8[Y/0]")))),
    "an instance of an array of time in parts of zero": (
        b"\x80\x04cnumpy\nndarray\n(K\x01\x85t}(\x8c\x05dtype\x8c\x07M8[Y/0]u\x92."
    ),
    "an array to be filled with time in parts of zero": whole(Reduce((RECONSTRUCT, (np.ndarray, (0,), "M8[Y/0]")))),
}

# NumPy would have the fields as they are in the end; a copy has them as they were.
CHANGED_LATER = {
    "fields made larger": changed_later("a", (F8, 1 << 30)),
    "fields made objects": changed_later("a", (OBJECT, 0)),
    "fields taken for others": changed_later("a", (5, 0)),
}

# What some versions take, and others crash on, or what must fail later.
OTHERS = {
    "no names and no fields": whole(dtype("V8", 3, "|", None, None, 8, 1)),
    "field of no dtype": whole(struct({"a": (5, 0)})),
    "field without an offset": whole(struct({"a": (F8,)})),
    "offset of text": whole(struct({"a": (F8, "x")})),
    "name without a field": whole(struct({"a": (F8, 0)}, names=("a", "b"))),
    "name twice": whole(struct({"a": (F4, 0)}, names=("a", "a"))),
    "field without a name": whole(struct({"a": (F4, 0), "b": (F4, 4)}, names=("a",))),
    "names in a list": whole(struct({"a": (F8, 0)}, names=["a"])),
    "field larger than the item": whole(struct({"a": (F8, 0)}, nbytes=4)),
    "size below zero": whole(dtype("V8", 3, "|", None, None, None, -8, 1, 0)),
    "size of 4 EiB": whole(dtype("V8", 3, "|", None, None, None, 1 << 62, 1, 0)),
    "text of another size": whole(dtype("U2", 3, "<", None, None, None, 5, 4, 8)),
    "flags beyond a byte": whole(dtype("V8", 3, "|", None, None, None, 8, 1, 1 << 40)),
    "flags of objects in a float": whole(dtype("f8", 3, "<", None, None, None, -1, -1, 63)),
    "unknown byte order": whole(dtype("f8", 3, "x", None, None, None, -1, -1, 0)),
    "byte order of objects": whole(dtype("O", 3, ">", None, None, None, -1, -1, 63)),
    "metadata of an integer": whole(dtype("f8", 4, "<", None, None, None, -1, -1, 0, 5)),
    "time without a unit": whole(dtype("M8", 3, "<", None, None, None, -1, -1, 0)),
    "subarray larger than the item": whole(dtype("V8", 3, "|", (F8, (200_000,)), None, None, 8, 1, 0)),
    "subarray of a shape below zero": whole(dtype("V8", 3, "|", (F8, (-2,)), None, None, 8, 1, 0)),
    "subarray in a float": whole(dtype("f8", 3, "<", (F8, (2,)), None, None, -1, -1, 0)),
    "structure within itself": within_itself(),
    "dtypes that take long to walk": doubled(30),
    "state of a later version": whole(struct({"a": (F8, 0)}, version=9)),
    "array of a subarray": whole(array((100,), np.dtype(("f8", (20,))), b"\0" * 16000)),
    "array filled again": filled_again(array((1000,), F8, b"\0" * 8000), (1, (1,), F8, False, b"\0" * 8)),
    "shape of 32 EiB": whole(array((1 << 62,), F8, b"")),
    "scalar of no object": whole(scalar(OBJECT)),
    "memory for 1 TiB": whole(array((2,), F8, b"\0" * 16, first=((1 << 37,), b"d"))),
    "bytes of pointers": whole(Reduce((FROMBUFFER, (np.array([1, None]), np.dtype("u8"), (-1,), "C")))),
}
