# SPDX-License-Identifier: BSD-3-Clause
"""Hypothesis strategies: leaves, arrays, and graphs of objects with shared parts and cycles.

A graph is a program: a list of steps, each making one object out of earlier ones, then some edges back.
"""

import collections
import datetime
import decimal

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from helpers import classes, kinds
from helpers.cases_object_arrays import objects

numbers = st.one_of(
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, 255, 256, 65_535, 65_536, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63]),
    st.floats(),
    st.complex_numbers(),
)
texts = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=10),  # surrogates too
    st.sampled_from(["a", "key", "C", "F", "<", "|", "x" * 255, "x" * 256, "\xe9" * 128, "y" * 65_536]),
)
hashable = st.one_of(st.none(), st.booleans(), st.integers(-300, 70_000), texts, st.binary(max_size=20))
leaves = st.one_of(
    hashable,
    numbers,
    st.binary(max_size=300),
    st.binary(max_size=10).map(bytearray),
    st.sampled_from(
        [len, dict, kinds.Color.RED, kinds.Color, classes.Plain, classes.NAMED, ..., NotImplemented, type(None)]
    ),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.builds(range, st.integers(-5, 5), st.integers(-5, 50)),
)

dtypes = st.one_of(
    npst.scalar_dtypes(),
    npst.array_dtypes(max_size=3),
    npst.nested_dtypes(max_itemsize=64),
    st.sampled_from([np.dtype("g"), np.dtype("G"), np.dtype("V5"), np.dtype(("<i4", (2,))), np.dtype(">f2")]),
).filter(lambda dtype: dtype.itemsize > 0)
shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@st.composite
def arrays(draw):
    """An array of any dtype, in any layout, of random bytes made valid for the dtype."""
    dtype = draw(dtypes)
    shape = draw(shapes)
    if dtype.subdtype is not None:
        dtype = dtype.base
    array = from_bytes(draw(st.integers(0, 2**32)), dtype, shape)
    layout = draw(st.sampled_from(["C", "F", "reversed", "strided", "transposed", "broadcast", "read-only", "object"]))
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "reversed":
        return array[::-1] if array.ndim else array
    if layout == "strided":
        return array[..., ::2] if array.ndim else array
    if layout == "transposed":
        return array.T
    if layout == "broadcast":
        return np.broadcast_to(array, (2, *array.shape))
    if layout == "read-only":
        array.flags.writeable = False
    if layout == "object" and not dtype.hasobject:
        return array.astype(object)
    return array


def from_bytes(seed, dtype, shape):
    rng = np.random.default_rng(seed)
    if dtype.names is not None:
        array = np.zeros(shape, dtype)
        for name in dtype.names:
            field = array[name]
            array[name] = from_bytes(seed + 1, field.dtype, field.shape)
        return array
    count = int(np.prod(shape, dtype=int))
    if dtype.kind == "U":
        codes = rng.integers(33, 1000, (count, dtype.itemsize // 4))
        return np.array(["".join(map(chr, row)) for row in codes], dtype).reshape(shape)
    if dtype.kind == "b":
        return rng.integers(0, 2, count).astype(dtype).reshape(shape)
    if dtype.kind in "fc" and dtype.itemsize > (8 if dtype.kind == "f" else 16):
        return rng.normal(size=count).astype(dtype).reshape(shape)
    return np.frombuffer(rng.bytes(count * dtype.itemsize), dtype, count).reshape(shape).copy()


def strided_gaps(array):
    """Whether joblib would write uninitialised memory between fields of `array`: such bytes cannot be compared."""
    dtype = array.dtype
    used = sum(dtype.fields[name][0].itemsize for name in dtype.names) if dtype.names else dtype.itemsize
    return used != dtype.itemsize and not (array.flags.c_contiguous or array.flags.f_contiguous)


MAKERS = {
    "list": list,
    "tuple": tuple,
    "dict": lambda parts: dict(enumerate(parts)),
    "dict by text": lambda parts: {f"key {i}": part for i, part in enumerate(parts)},
    "set": lambda parts: set(filter(is_plainly_hashable, parts)),
    "frozenset": lambda parts: frozenset(filter(is_plainly_hashable, parts)),
    "instance": lambda parts: classes.Plain(**{f"a{i}": part for i, part in enumerate(parts)}),
    "node": lambda parts: classes.Node(str(len(parts)), parts),
    "list subclass": kinds.ListChild,
    "dict subclass": lambda parts: kinds.DictChild(enumerate(parts)),
    "tuple subclass": kinds.TupleChild,
    "OrderedDict": lambda parts: collections.OrderedDict(enumerate(parts)),
    "deque": collections.deque,
    "getnewargs_ex": lambda parts: classes.GetnewargsEx(*parts[:2], key=parts),
    "state setter": lambda parts: classes.StateSetter(parts=parts),
    "list items": lambda parts: classes.ReduceList(parts, state=parts[:1]),
    "object array": lambda parts: objects(*parts),
    "namedtuple": lambda parts: kinds.Point(parts, len(parts)),
    "dataclass": lambda parts: kinds.Data(len(parts), parts),
}


def is_plainly_hashable(value):
    return isinstance(value, (type(None), int, str, bytes, decimal.Decimal, datetime.date, classes.Node))


def steps(makers, *leaves):
    by_number = st.lists(st.integers(0, 30), max_size=6)
    return st.one_of(
        *(st.tuples(st.just("leaf"), leaf) for leaf in leaves), st.tuples(st.sampled_from(makers), by_number)
    )


STEPS = steps(sorted(MAKERS), leaves, arrays().filter(lambda a: not strided_gaps(a)))
STEPS_WITHOUT_ARRAYS = steps(sorted(set(MAKERS) - {"object array"}), leaves)


class Graph:
    """A value and the program that made it, which is what a failure shows: the repr of a graph may have no end."""

    def __init__(self, program, edges):
        made = [None]
        for kind, argument in program:
            made.append(argument if kind == "leaf" else MAKERS[kind]([made[-1 - i % len(made)] for i in argument]))
        for i, part in enumerate(made):
            if type(part) is classes.Node:
                part.name = str(i)  # by which compare_set finds its partner
        for at, to in edges:
            connect(made[at % len(made)], made[to % len(made)])
        self.program, self.edges, self.value = program, edges, made[-3:]

    def __repr__(self):
        return f"Graph({self.program}, {self.edges})"


def graphs(max_steps=25, cycles=True, with_arrays=True):
    """Objects whose parts are shared and, if `cycles`, may contain themselves."""
    steps = STEPS if with_arrays else STEPS_WITHOUT_ARRAYS
    edges = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4 if cycles else 0)
    return st.builds(Graph, st.lists(steps, min_size=1, max_size=max_steps), edges)


def connect(owner, value):
    """Make `value` part of `owner` if that can be, so that a cycle may come about.

    Exact types alone: below protocol 2 a list subclass in itself is reduced for ever.
    """
    if type(owner) is list:
        owner.append(value)
    elif type(owner) is dict:
        owner["edge"] = value
    elif type(owner) in (classes.Plain, classes.Node):
        owner.edge = value
