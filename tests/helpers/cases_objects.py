# SPDX-License-Identifier: BSD-3-Clause
"""Cases of everything that goes through the reduce protocol or by name."""

import array
import builtins
import collections
import copy
import datetime
import decimal
import fractions
import functools
import operator
import pathlib
import pickle
import random
import re
import types
import uuid

from helpers import classes, kinds
from helpers.cases import Case, constant
from helpers.classes import Plain

ANYTHING = object()  # loads_as: the result depends on the protocol, and only conformance can tell

REDUCE = [
    Case("plain instance", lambda: Plain(a=1, b=[2], c="three")),
    Case("plain instance without attributes", Plain),
    Case("slots", lambda: classes.Slots(1, [2]), 2),
    Case("slots, one unset", lambda: classes.Slots(1), 2),
    Case("slots and dict", lambda: with_attribute(classes.SlotsAndDict(1, 2)), 2),
    Case("slots with a private name", classes.PrivateSlots, 2),
    Case(
        "nested class instances", lambda: [classes.Outer(), classes.Outer.Inner(), classes.Outer.Inner.Innermost(a=1)]
    ),
    Case("nested classes", lambda: [classes.Outer.Inner, classes.Outer.Inner.Innermost, classes.Outer.Inner]),
    Case(
        "getstate and setstate", lambda: classes.Getstate(a=1, b=2), 0, lambda v: of(classes.Getstate, restored=[1, 2])
    ),
    *(
        # below protocol 2 copyreg drops a false state
        Case(f"state {state!r}", lambda state=state: falsy(state), 2, lambda v: after_falsy(v.state))
        for state in (None, False, 0, {}, (), [], "x", (1, 2), ({}, {}))
    ),
    Case("state of two dicts", lambda: classes.TupleState(), 0, lambda v: of(classes.TupleState, a=1, b=2)),
    Case("getnewargs", lambda: classes.Getnewargs(5, "five"), 2),
    Case("getnewargs_ex", lambda: classes.GetnewargsEx(1, 2, key=[3]), 2),
    Case("getnewargs_ex without keywords", lambda: classes.GetnewargsEx(1), 2),
    Case("reduce of two", lambda: classes.Reduce((classes.make_plain, (1, 2))), 0, lambda v: classes.make_plain(1, 2)),
    Case(
        "reduce of three",
        lambda: classes.Reduce((Plain, (), {"a": 1, "b": [2]})),
        0,
        lambda v: Plain(a=1, b=[2]),
    ),
    Case("reduce with list items", lambda: reduce_items(2500), 0, lambda v: list(range(2500))),
    Case("reduce with one list item", lambda: reduce_items(1), 0, lambda v: [0]),
    *(
        Case(f"reduce with {n} list items", lambda n=n: kinds.ListChild(range(n)))
        for n in (0, 999, 1000, 1001, 2000, 2001)
    ),
    *(
        Case(f"reduce with {n} dict items", lambda n=n: kinds.DictChild((i, str(i)) for i in range(n)))
        for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001)
    ),
    Case("reduce with items and state", lambda: classes.ReduceList([1, [2]], state="state")),
    Case("list items by append", lambda: classes.AppendOnly(range(1005))),
    Case("dict items by setitem", lambda: classes.SetitemOnly((i, [i]) for i in range(1005))),
    Case(
        "state setter",
        lambda: classes.StateSetter(a=1),
        0,
        lambda v: of(classes.StateSetter, a=1, set_by="state_setter"),
    ),
    Case("reduce_ex", classes.ReduceEx, 0, lambda v: ANYTHING),
    Case("dispatch table", lambda: classes.Dispatched(a=[1])),
    Case("function named __newobj__", lambda: classes.NewobjByName(a=1)),
    Case("function named __newobj_ex__", lambda: classes.NewobjExByName(a=1)),
    Case("reduce to a name", lambda: [classes.NAMED, classes.NAMED]),
    Case("class with a metaclass", lambda: [classes.Meta, classes.WithMeta, classes.WithMeta()]),
    Case("class with a dispatched metaclass", lambda: [classes.WithMetaReduce, classes.WithMetaReduce]),
    Case("name that is not ASCII", lambda: [classes.Ändern, classes.Ändern(a=1)], 3),
    Case("shared instance", lambda: [Plain(a=1)] * 3),
    Case("same class often", lambda: [Plain(number=i) for i in range(300)]),
    Case("keys of attributes that are not text", lambda: with_odd_keys(Plain(a=1))),
]


def of(kind, **attributes):
    made = kind.__new__(kind)
    made.__dict__.update(attributes)
    return made


def with_attribute(value):
    value.attribute = ["attribute"]
    return value


def with_odd_keys(value):
    value.__dict__[5] = "five"
    return value


def falsy(state):
    value = classes.FalsyState()
    value.state = state
    return value


def after_falsy(state):
    # pickle calls __setstate__ for every state but None, however false
    return classes.FalsyState() if state is None else of(classes.FalsyState, called_with=state)


def reduce_items(n):
    return classes.Reduce(lambda: (list, (), None, iter(range(n))))


STANDARD = [
    Case("subclasses with attributes", lambda: [with_attribute(kind(v)) for kind, v in children()]),
    Case("subclasses", lambda: [kind(v) for kind, v in children()]),
    constant("enum members", [kinds.Color.RED, kinds.Color.BLUE, kinds.Level.HIGH, kinds.Color.RED]),
    constant("flags", [kinds.Permission.READ, kinds.Permission.READ | kinds.Permission.WRITE]),
    constant("enum class", [kinds.Color, kinds.Permission]),
    Case("namedtuple", lambda: [kinds.Point(1, [2]), kinds.Point("x", None)]),
    Case("dataclass", lambda: [kinds.Data(1, [2]), kinds.Frozen(3)]),
    Case("exception with arguments", lambda: kinds.Error("message", 5)),
    Case("built-in exceptions", lambda: [ValueError("v"), KeyError(1), OSError(2, "no", "file"), StopIteration(3)]),
    Case("OrderedDict", lambda: collections.OrderedDict([("z", 1), ("a", 2), ("m", [3])])),
    Case("OrderedDict of 1001", lambda: collections.OrderedDict((i, i) for i in range(1001))),
    Case("defaultdict", lambda: collections.defaultdict(list, a=[1], b=[2])),
    Case("defaultdict without a factory", lambda: collections.defaultdict(None, a=1)),
    Case("deque", lambda: collections.deque([1, [2], "three"])),
    Case("deque with maxlen", lambda: collections.deque(range(10), maxlen=4)),
    Case("deque of 1001", lambda: collections.deque(range(1001))),
    Case("Counter", lambda: collections.Counter("mississippi")),
    Case("ChainMap", lambda: collections.ChainMap({"a": 1}, {"b": 2})),
    Case("UserDict", lambda: collections.UserDict(a=1)),
    Case(
        "dates",
        lambda: [datetime.date(2020, 2, 29), datetime.datetime(2020, 1, 1, 12, 30, 1, 5), datetime.time(1, 2, fold=1)],
    ),
    Case("time zones", lambda: [datetime.timezone.utc, datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)]),
    Case("timedelta", lambda: datetime.timedelta(-1, 5, 7)),
    Case("Decimal", lambda: [decimal.Decimal("1.10"), decimal.Decimal("-Infinity"), decimal.Decimal("0E-5")]),
    Case("Fraction", lambda: fractions.Fraction(-355, 113)),
    Case("partial", lambda: functools.partial(classes.make_plain, 1, [2])),
    Case("partial with keywords", lambda: with_attribute(functools.partial(int, base=2))),
    Case("uuid", lambda: uuid.UUID(int=12345)),
    Case("path", lambda: pathlib.PurePosixPath("/a/b.c")),
    Case("pattern", lambda: re.compile(r"a(b+)c", re.IGNORECASE)),
    Case("random state", lambda: random.Random(5)),
    Case("array module", lambda: [array.array("d", [1.5, 2.5]), array.array("B"), array.array("q", [-1])]),
    Case("iterators", lambda: [iter([1, 2]), iter((1, 2)), iter("ab"), iter(range(3)), reversed([1, 2])]),
    Case("simple namespace", lambda: types.SimpleNamespace(a=1)),
    Case("mapping of modules' functions", lambda: {"sqrt": operator.add, "copy": copy.deepcopy, "len": len}),
    Case("itemgetter", lambda: operator.itemgetter(1, "two")),
]


def children():
    return [
        (kinds.ListChild, [1, [2]]),
        (kinds.DictChild, {"a": [1]}),
        (kinds.SetChild, {1, 2}),
        (kinds.FrozensetChild, {3}),
        (kinds.TupleChild, (1, 2)),
        (kinds.IntChild, 2**40),
        (kinds.FloatChild, 1.5),
        (kinds.StrChild, "text"),
        (kinds.BytesChild, b"bytes"),
        (kinds.BytearrayChild, b"bytearray"),
    ]


GLOBALS = [
    constant("functions", [classes.make_plain, classes.identity, classes.make_plain]),
    constant("built-in functions", [len, print, sorted, getattr, len]),
    constant("built-in types", [int, dict, type, object, bytearray, complex, property, slice, int]),
    constant("types of singletons", [type(None), type(...), type(NotImplemented), type(None)]),
    # stock loads these only where GLOBAL's name may have dots
    constant("static method", classes.Outer.helper),
    Case("bound method", lambda: classes.Outer().method, 0),
    constant("class method", classes.Outer.build),
    constant("method of a built-in type", [str.upper, dict.fromkeys, list.append]),
    Case("bound built-in method", lambda: [[1, 2].append, "text".upper, {}.get]),
    constant("ufunc-like", [operator.mul, functools.reduce]),
    # below protocol 3 Python 2's names stand in the file, and not all of them lead back
    Case("every built-in exception", lambda: all_exceptions(), 3),
    Case(
        "every public built-in", lambda: [getattr(builtins, name) for name in dir(builtins) if pickles_by_name(name)], 3
    ),
]


def all_exceptions():
    found = [value for name, value in sorted(vars(builtins).items()) if isinstance(value, type)]
    return [kind for kind in found if issubclass(kind, BaseException)]


def pickles_by_name(name):
    # the site module's helpers (exit, help, copyright) are instances, and _ comes and goes
    value = getattr(builtins, name)
    return not name.startswith("_") and getattr(value, "__module__", None) == "builtins" and name != "ExceptionGroup"


BUFFERS = [
    Case("read-only PickleBuffer", lambda: pickle.PickleBuffer(b"read-only"), 5, lambda v: b"read-only"),
    Case("writable PickleBuffer", lambda: pickle.PickleBuffer(bytearray(b"rw")), 5, lambda v: bytearray(b"rw")),
    Case("large PickleBuffer", lambda: pickle.PickleBuffer(bytes(70_000)), 5, lambda v: bytes(70_000)),
    Case("empty PickleBuffer", lambda: pickle.PickleBuffer(b""), 5, lambda v: b""),
    Case(
        "PickleBuffers among others",
        lambda: [pickle.PickleBuffer(b"a"), b"a", pickle.PickleBuffer(b"a")],
        5,
        lambda v: [b"a", b"a", b"a"],
    ),
]

OBJECTS = REDUCE + STANDARD + GLOBALS + BUFFERS
