# SPDX-License-Identifier: BSD-3-Clause
"""What a __reduce__ makes for the pickler alone: written as pickle does, and freed as soon as it is written."""

import io
import pickle
import sys
import tracemalloc

import fastjoblib
import pytest
from fastjoblib import pickle as ours
from helpers.control import check_bytes, stock_loads

MIB = 1 << 20
COUNT = 12

each_protocol = pytest.mark.parametrize("protocol", range(6))


class Reduced:
    """Made of what a function returns anew each time that it is saved."""

    def __init__(self, build):
        self.build = build

    def __reduce__(self):
        return self.build()


def keep(*arguments):
    return list(arguments)


class Holder:
    def __setstate__(self, state):
        self.state = state


def text(length=3):
    return "".join(chr(ord("a") + i % 26) for i in range(length))


def interned():
    """One that only Python's table refers to once it is dropped."""
    return sys.intern(text(40))


def data(nbytes=MIB):
    return bytearray(nbytes)


def shared_twice():
    inner = [data(10), (text(), 1)]
    return keep, (inner, inner, {"again": inner[0], "pair": inner[1]})


def holding_itself():
    inner = []
    outer = (inner,)
    inner.append(outer)
    return keep, (outer,)


# Reduce values whose parts nobody else, or somebody else, refers to.
VALUES = {
    "tuple": lambda: (keep, (1, (text(), (b"abc" * 2, text())))),
    "list": lambda: (keep, ([text(), [text()], bytearray(text().encode())],)),
    "dict": lambda: (keep, ({text(): {text(4): (text(5),)}},)),
    "many": lambda: (keep, ([(text(), i) for i in range(2500)], {i: [text()] for i in range(1001)})),
    "empty": lambda: (keep, ((), [], {}, "", b"", bytearray())),
    "single": lambda: (keep, ("a", b"a", bytearray(b"a"), ["a", b"a", bytearray(b"a"), bytearray(b"a")])),
    "interned": lambda: (keep, (interned(),)),
    "bytearrays": lambda: (keep, (data(2), data(300), [data(70_000)], data(200_000))),
    "shared": shared_twice,
    "recursive": holding_itself,
    "state": lambda: (Holder, (), {"data": data(1000), "text": text(), "more": [(text(),)]}),
    "state tuple": lambda: (Holder, (), (data(100_000), text())),
    "nested": lambda: (keep, (Reduced(VALUES["tuple"]), [Reduced(VALUES["shared"])], Reduced(VALUES["interned"]))),
}


def graph(name):
    """Three of a kind, with a bytearray that occurs before, between and after them."""
    held = bytearray(b"held elsewhere")
    one = Reduced(VALUES[name])
    outside = Reduced(lambda: (keep, (held, [held], text())))
    return [held, one, outside, Reduced(VALUES[name]), one, held, outside, b"a", "a"]


@each_protocol
@pytest.mark.parametrize("name", VALUES)
def test_the_bytes_are_joblibs(name, protocol):
    assert check_bytes(lambda: graph(name), protocol) is not None


@each_protocol
@pytest.mark.parametrize("name", VALUES)
def test_the_bytes_are_those_of_c_pickle(name, protocol):
    value = graph(name)
    assert ours.dumps(value, protocol) == pickle.dumps(value, protocol)


@each_protocol
def test_persistent_ids_are_asked_for_the_same_objects(protocol):
    """Also for what is within the call that a bytearray becomes before protocol 5."""

    def asked(module):
        found = []
        pickler = module.Pickler(io.BytesIO(), protocol)
        pickler.persistent_id = lambda obj: found.append(type(obj))
        pickler.dump([data(30), Reduced(lambda: (keep, (data(20), (1, 2))))])
        return found

    assert asked(ours) == asked(pickle)


@each_protocol
def test_one_object_stays_one(protocol):
    loaded = stock_loads(fastjoblib.dumps(graph("shared"), protocol=protocol))
    held, one, outside = loaded[0], loaded[1], loaded[2]
    assert outside[0] is outside[1][0] is held is loaded[5]
    assert one[0] is one[1] and one[2]["again"] is one[0][0] and one[2]["pair"] is one[0][1]


def peak(value, path, protocol):
    fastjoblib.dump([Reduced(lambda: (keep, (data(10),)))], path, protocol=protocol)
    tracemalloc.start()
    try:
        fastjoblib.dump(value, path, protocol=protocol)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


COPIES = {
    "bytes": lambda: (keep, (bytes(data()),)),
    "bytearray": lambda: (keep, (data(),)),
    "str": lambda: (keep, ("x" * MIB,)),
    "within": lambda: (keep, ({"chunks": [(data(),)]},)),
    "state": lambda: (Holder, (), {"data": data(), "number": 1}),
    "buffer": lambda: (keep, (Reduced(lambda: (keep, (data(),))),)),
}


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("name", COPIES)
def test_copies_are_freed_when_they_are_written(name, protocol, tmp_path):
    value = [Reduced(COPIES[name]) for _ in range(COUNT)]
    assert peak(value, tmp_path / "file", protocol) < 4 * MIB


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_bytearrays_are_not_copied(protocol, tmp_path):
    assert peak([data(8 * MIB)], tmp_path / "file", protocol) < MIB
