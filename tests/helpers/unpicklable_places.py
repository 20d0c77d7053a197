# SPDX-License-Identifier: BSD-3-Clause
"""Objects that hold LOCK, which cannot be pickled, and where: PLACES, by name: (builder, path, types)."""

import collections
import dataclasses
import enum
import functools
import threading
import types

import numpy as np

from helpers import classes, kinds
from helpers.cases_object_arrays import objects

LOCK = threading.Lock()
PLACES = {}
# Where protocols below 4 write something else: a call of set(), a partial.
FROM_PROTOCOL_4 = {"set", "frozenset", "__getnewargs_ex__"}
# Where the path is no expression, or is one for what the object does not have.
NOT_TO_BE_EVALUATED = {"set", "frozenset", "list items of no list", "__getnewargs_ex__"}


def place(path, types):
    """Add what a function builds."""

    def add(build):
        PLACES[build.__name__] = (build, path, types)
        return build

    return add


def put(name, path, types, build):
    PLACES[name] = (build, path, types)


class Mangled:
    def __init__(self):
        self.__hidden = LOCK


class Slots:
    __slots__ = ("__own", "other")

    def __init__(self):
        self.__own = 1
        self.other = [LOCK]


class SlotsAndDict(Slots):
    def __init__(self, **attributes):
        super().__init__()
        self.other = None
        self.__dict__.update(attributes)


class RenamingState(classes.Plain):
    """Its state has other names than its attributes."""

    def __getstate__(self):
        return {"saved": self.kept}

    def __setstate__(self, state):
        self.kept = state["saved"]


class NewState(classes.Plain):
    """Its state has what no attribute has."""

    def __getstate__(self):
        return (1, {"lock": LOCK})


class BareState(classes.Plain):
    def __getstate__(self):
        return LOCK


class ByArguments(classes.Plain):
    def __reduce__(self):
        return (ByArguments, (1, self.callback))


class ByReduceEx(classes.Plain):
    def __reduce_ex__(self, protocol):
        return (ByReduceEx, ([LOCK],))


class ByNewobj(classes.Plain):
    def __reduce__(self):
        return (classes.__newobj__, (ByNewobj, 1, (LOCK,)))


class ByCallable(classes.Plain):
    def __reduce__(self):
        return (functools.partial(print, LOCK), ())


class Getnewargs(classes.Plain):
    def __new__(cls, *args):
        return super().__new__(cls)

    def __init__(self, *args):
        pass

    def __getnewargs__(self):
        return (1, [LOCK])


class ByReduceState(classes.Plain):
    def __reduce__(self):
        return (ByReduceState, (), {"made": LOCK})


@dataclasses.dataclass
class Data:
    name: str
    lock: object


@dataclasses.dataclass(frozen=True)
class SlottedData:
    __slots__ = ("name", "lock")
    name: str
    lock: object

    def __getstate__(self):
        return [self.name, self.lock]


class Colour(enum.Enum):
    RED = "red"


def deep(n):
    value = [LOCK]
    for _ in range(n):
        value = [value]
    return value


def array(layout):
    elements = np.empty((2, 3), dtype=object)
    elements[1, 2] = [LOCK]
    return layout(elements)


# containers
put("list", "model[2]", "list > lock", lambda: [1, "a", LOCK])
put("tuple", "model[0][1]", "tuple > tuple > lock", lambda: ((1, LOCK), 2))
put("dict", "model['a']['b c']", "dict > dict > lock", lambda: {"x": 1, "a": {"b c": LOCK}})
put(
    "keys of other types",
    "model[1][None][1.5][b'b'][(1, 'x', None)][True]",
    "dict > dict > dict > dict > dict > dict > lock",
    lambda: {1: {None: {1.5: {b"b": {(1, "x", None): {True: LOCK}}}}}},
)
put(
    "key that has its own repr",
    "model[<Colour>]",
    "dict > lock",
    lambda: {Colour.RED: LOCK},
)
put("long key", f"model['{'k' * 60}...']", "dict > lock", lambda: {"k" * 1000: LOCK})
put("dict key", "model[key <lock>]", "dict > lock", lambda: {LOCK: 1})
put("tuple as a key", "model[key <tuple>][1]", "dict > tuple > lock", lambda: {("a", LOCK): 1})
put("set", "model['s'][0]", "dict > set > lock", lambda: {"s": {LOCK}})
put("frozenset", "model[1][0][0]", "list > frozenset > tuple > lock", lambda: [1, frozenset([(LOCK,)])])
put("list subclass", "model[1]", "ListChild > lock", lambda: kinds.ListChild([1, LOCK]))
put("dict subclass", "model['b'].x", "DictChild > Plain > lock", lambda: kinds.DictChild(a=1, b=classes.Plain(x=LOCK)))
put("tuple subclass", "model[1]", "TupleChild > lock", lambda: kinds.TupleChild([1, LOCK]))
put("namedtuple", "model[0].y", "list > Point > lock", lambda: [kinds.Point(1, LOCK)])
put("deque", "model[2].x", "deque > Plain > lock", lambda: collections.deque([1, 2, classes.Plain(x=LOCK)]))
put(
    "key of a Counter",
    "model.__reduce__()[1][0][key <lock>]",
    "Counter > tuple > dict > lock",
    lambda: collections.Counter({LOCK: 1}),
)
put("deep", f"model{'[0]' * 8}...{'[0]' * 24}", None, lambda: deep(100_000))


@place("model['c'][1]", "OrderedDict > list > lock")
def ordered_dict():
    made = collections.OrderedDict(c=[1, LOCK], a=2, b=3)
    made.move_to_end("c")
    return made


@place("model['k']['b']", "defaultdict > dict > lock")
def defaultdict():
    made = collections.defaultdict(dict)
    made["a"]["b"] = 1
    made["k"]["b"] = LOCK
    return made


# instances
put("attribute", "model.a.b_2", "Plain > Plain > lock", lambda: classes.Plain(z=1, a=classes.Plain(b_2=LOCK)))
put("private attribute", "model._private[0]", "Plain > list > lock", lambda: classes.Plain(_private=[LOCK]))
put("mangled attribute", "model._Mangled__hidden", "Mangled > lock", Mangled)
put("odd attribute", "model.__dict__['a b']", "Plain > lock", lambda: classes.Plain(**{"a b": LOCK}))
put("slot", "model.other[0]", "Slots > list > lock", Slots)
put("attribute beside slots", "model.x", "SlotsAndDict > lock", lambda: SlotsAndDict(x=LOCK))
put("dataclass", "model['d'].lock", "dict > Data > lock", lambda: {"d": Data("a", LOCK)})
put("dataclass with slots", "model.__getstate__()[1]", "SlottedData > list > lock", lambda: SlottedData("a", LOCK))
put("namespace", "model.a", "SimpleNamespace > lock", lambda: types.SimpleNamespace(a=LOCK))
put("exception", "model.args[1]", "ValueError > tuple > lock", lambda: ValueError("a", LOCK))
put("attribute of an exception", "model.lock", "ValueError > lock", lambda: with_attributes(ValueError("a"), lock=LOCK))
put("bound method", "model.__self__.a", "method > Plain > lock", lambda: classes.Plain(a=LOCK).__init__)
put(
    "function of a partial",
    "model.func.__self__.a",
    "partial > method > Plain > lock",
    lambda: functools.partial(classes.Plain(a=LOCK).__init__),
)
put(
    "argument of a partial",
    "model[0].args[1]",
    "list > partial > tuple > lock",
    lambda: [functools.partial(print, 1, LOCK)],
)
put(
    "keyword of a partial",
    "model.keywords['file']",
    "partial > dict > lock",
    lambda: functools.partial(print, file=LOCK),
)
put("slice", "model[0].stop[0]", "tuple > slice > list > lock", lambda: (slice(1, [LOCK]),))
put("shared", "model[0].a", "list > Plain > lock", lambda: [p := classes.Plain(a=LOCK), p, LOCK])


@place("model.next.next.own[1]", "Node > Node > Node > tuple > lock")
def cycle():
    first = classes.Node("a", classes.Node("b"))
    first.next.next = last = classes.Node("c", first)
    last.own = (first, LOCK)
    return first


def with_attributes(obj, **attributes):
    vars(obj).update(attributes)
    return obj


# reduce values
put("renamed state", "model.kept", "RenamingState > lock", lambda: RenamingState(kept=LOCK))
put("made state", "model[0].__getstate__()[1]['lock']", "list > NewState > tuple > dict > lock", lambda: [NewState()])
put("bare state", "model.__getstate__()", "BareState > lock", BareState)
put("argument that is an attribute", "model.callback", "ByArguments > lock", lambda: ByArguments(callback=LOCK))
put("argument of __reduce_ex__", None, "ByReduceEx > tuple > list > lock", ByReduceEx)
put("argument of __newobj__", "model.__reduce__()[1][1:][1][0]", "ByNewobj > tuple > tuple > lock", ByNewobj)
put("__getnewargs__", "model.__getnewargs__()[1][0]", "Getnewargs > tuple > list > lock", Getnewargs)
put(
    "__getnewargs_ex__",
    "model.new_kwargs['key']",
    "GetnewargsEx > dict > lock",
    lambda: classes.GetnewargsEx(1, key=LOCK),
)
put("callable", None, "ByCallable > partial > tuple > lock", ByCallable)
put("state of __reduce__", "model.__reduce__()[2]['made']", "ByReduceState > dict > lock", ByReduceState)
put("list items", "model[1][0]", "ReduceList > list > lock", lambda: classes.ReduceList([1, [LOCK]]))
put("list items of no list", "model[0]", "AppendOnly > lock", lambda: classes.AppendOnly([LOCK]))
put("dict items of no dict", "model[?]", "SetitemOnly > lock", lambda: classes.SetitemOnly({"a": LOCK}))
put("state for a setter", "model.parts", "StateSetter > lock", lambda: classes.StateSetter(parts=LOCK))
put("registered function", "model.__dict__['x']", "Dispatched > dict > lock", lambda: classes.Dispatched(x=LOCK))

# arrays
put("object array", "model[1]", "ndarray > lock", lambda: objects(1, LOCK))
put("array of two axes", "model[1, 2][0]", "ndarray > list > lock", lambda: array(np.array))
put("Fortran array", "model[1, 2][0]", "ndarray > list > lock", lambda: array(np.asfortranarray))
put("transposed array", "model[0][2, 1][0]", "list > ndarray > list > lock", lambda: [array(np.transpose)])
put("array of no axes", "model[()]", "ndarray > lock", lambda: np.array(LOCK, dtype=object))
put("array in an array", "model[1][0]", "ndarray > ndarray > lock", lambda: objects(1, objects(LOCK)))
put("subclass of arrays", "model[1, 2][0]", "Array > list > lock", lambda: array(lambda x: x.view(kinds.Array)))
put(
    "array within an attribute within an array",
    "model[0].a[0].b",
    "ndarray > Plain > ndarray > Plain > lock",
    lambda: objects(classes.Plain(a=objects(classes.Plain(b=LOCK)))),
)


@place("model[1][1]", "ndarray > tuple > lock")
def structured_array():
    made = np.zeros(2, [("a", "i4"), ("b", object)])
    made[1]["b"] = LOCK
    return made
