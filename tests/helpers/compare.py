# SPDX-License-Identifier: BSD-3-Clause
"""assert_same: strict deep equality, on a worklist of its own, so that depth and cycles do no harm.

Types must be equal, not only values; order of dicts counts; NaN equals NaN bit by bit; arrays must agree in dtype
(byte order and layout included, metadata not) and in the flags a user can see. OWNDATA is not compared.
"""

import collections
import enum
import functools
import pathlib
import types

import numpy as np

from helpers.compare_arrays import compare_array, compare_dtype

IDENTICAL_TYPES = (
    type,
    types.FunctionType,
    types.ModuleType,
    type(None),
    type(...),
    type(NotImplemented),
    bool,
    enum.Enum,
    np.ufunc,
)
SCALARS = (int, str, bytes, bytearray)
PLAIN = {int, str, bytes}  # of which their == says all there is to say, unlike of subclasses
_ABSENT = object()


class Comparison:
    """The pairs still to compare, and those already met."""

    def __init__(self, sharing):
        self.todo = []
        self.sharing = sharing
        self.partner_of = {}
        self.partner_back = {}
        self.kept_alive = []

    def push(self, path, label, left, right):
        self.todo.append(((path, label), left, right))

    def fail(self, path, why, left=_ABSENT, right=_ABSENT):
        labels = []
        while path is not None and len(labels) < 12:
            path, label = path
            labels.append(str(label))
        place = " < ".join(labels)
        shown = "" if left is _ABSENT else f"\n  left:  {short(left)}\n  right: {short(right)}"
        raise AssertionError(f"{why}, at {place}{shown}")

    def check(self, ok, path, why, left=_ABSENT, right=_ABSENT):
        if not ok:
            self.fail(path, why, left, right)

    def met_before(self, path, left, right):
        """Say whether this pair was seen; with sharing, one object may have one partner only."""
        if id(left) in self.partner_of:
            same = self.partner_of[id(left)] == id(right)
            if self.sharing and is_mutable(left):
                self.check(same, path, "shared on one side only", left, right)
            if same:
                return True
        elif self.sharing and is_mutable(left):
            self.check(id(right) not in self.partner_back, path, "shared on one side only", left, right)
        self.partner_of[id(left)] = id(right)
        self.partner_back[id(right)] = id(left)
        self.kept_alive.append((left, right))
        return False


def short(value):
    """The repr of a shared graph may be longer than memory: only simple values are shown."""
    simple = isinstance(
        value, (type, int, float, complex, str, bytes, bytearray, np.generic, np.dtype, range, BaseException)
    )
    if simple or (isinstance(value, np.ndarray) and not value.dtype.hasobject):
        return f"{value!r:.300}"
    return object.__repr__(value)


def is_mutable(value):
    """Whether identity of a loaded `value` matters; tuples, strings and numbers may be shared or not."""
    return isinstance(value, (list, dict, set, bytearray, np.ndarray)) or hasattr(value, "__dict__")


def assert_same(left, right, *, sharing=False):
    """Fail unless `left` and `right` are equal in every way a user can see.

    Parameters
    ----------
    left, right : object
    sharing : bool
        Also demand that whatever mutable object is one object on the left is one on the right.
    """
    work = Comparison(sharing)
    work.push(None, "value", left, right)
    while work.todo:
        path, a, b = work.todo.pop()
        if type(a) is not type(b):
            work.fail(path, f"type {type(a)} is not {type(b)}", a, b)
        if type(a) in PLAIN and a == b:
            continue
        if isinstance(a, IDENTICAL_TYPES):
            work.check(a is b, path, "not the same object", a, b)
        elif isinstance(a, (float, complex)) and not isinstance(a, np.generic):
            compare_float(work, path, a, b)
        elif not work.met_before(path, a, b):
            compare_object(work, path, a, b)


def compare_float(work, path, a, b):
    left, right = np.asarray(a).tobytes(), np.asarray(b).tobytes()
    work.check(left == right, path, "floats differ", a, b)
    compare_attributes(work, path, a, b)


def compare_object(work, path, a, b):
    if isinstance(a, np.ndarray):
        compare_array(work, path, a, b)
        if not isinstance(a, (np.ma.MaskedArray, np.memmap)):  # their attributes have been compared
            compare_attributes(work, path, a, b)
        return
    for kinds, compare in COMPARE_BY_TYPE:
        if isinstance(a, kinds):
            compare(work, path, a, b)
            return
    if str(type(a).__module__).partition(".")[0] == "pandas":  # Cython's may be no str
        compare_pandas(work, path, a, b)
    elif not compare_attributes(work, path, a, b):
        compare_opaque(work, path, a, b)


def compare_scalar(work, path, a, b):
    base = next(kind for kind in SCALARS if isinstance(a, kind))
    work.check(base.__eq__(a, b) is True, path, "values differ", a, b)
    compare_attributes(work, path, a, b)


def compare_equal(work, path, a, b):
    work.check(a == b, path, "values differ", a, b)


def compare_sequence(work, path, a, b):
    left, right = list(a), list(b)
    work.check(len(left) == len(right), path, f"length {len(left)} is not {len(right)}", a, b)
    if isinstance(a, collections.deque):
        work.check(a.maxlen == b.maxlen, path, "maxlen differs", a.maxlen, b.maxlen)
    work.kept_alive.append((left, right))
    for i, (x, y) in enumerate(zip(left, right, strict=True)):
        work.push(path, i, x, y)
    compare_attributes(work, path, a, b)


def compare_mapping(work, path, a, b):
    work.check(len(a) == len(b), path, f"length {len(a)} is not {len(b)}", list(a), list(b))
    if isinstance(a, collections.defaultdict):
        work.push(path, "default_factory", a.default_factory, b.default_factory)
    for (k, v), (j, w) in zip(dict.items(a), dict.items(b), strict=True):
        work.push(path, "key", k, j)
        work.push(path, k if isinstance(k, (str, int)) else type(k).__name__, v, w)
    compare_attributes(work, path, a, b)


def compare_set(work, path, a, b):
    """Pair equal elements; what has no equal (NaN, objects hashed by identity) is paired in a stable order."""
    work.check(len(a) == len(b), path, f"length {len(a)} is not {len(b)}", a, b)
    table = {x: x for x in b}
    rest = []
    for x in a:
        y = table.pop(x, _ABSENT)
        if y is _ABSENT:
            rest.append(x)
        else:
            work.push(path, "element", x, y)
    order = lambda x: (type(x).__qualname__, getattr(x, "name", ""), "" if hasattr(x, "__dict__") else repr(x))  # noqa: E731
    for x, y in zip(sorted(rest, key=order), sorted(table, key=order), strict=True):
        work.push(path, "element", x, y)
    compare_attributes(work, path, a, b)


def compare_generic(work, path, a, b):
    compare_dtype(work, path, a.dtype, b.dtype)
    compare_array(work, path, np.asarray(a), np.asarray(b))


def compare_partial(work, path, a, b):
    for name in ("func", "args", "keywords"):
        work.push(path, name, getattr(a, name), getattr(b, name))
    compare_attributes(work, path, a, b)


def compare_exception(work, path, a, b):
    work.push(path, "args", a.args, b.args)
    compare_attributes(work, path, a, b)


def compare_method(work, path, a, b):
    work.check(a.__name__ == b.__name__, path, "names differ", a, b)
    if isinstance(a.__self__, (types.ModuleType, type)):
        work.check(a.__self__ is b.__self__, path, "not of the same object", a, b)
    else:
        work.push(path, "__self__", a.__self__, b.__self__)


def compare_pandas(work, path, a, b):
    import pandas.testing

    for name in ("DataFrame", "Series", "Index"):
        if hasattr(pandas, name) and isinstance(a, getattr(pandas, name)):
            getattr(pandas.testing, f"assert_{name.lower() if name != 'DataFrame' else 'frame'}_equal")(a, b)
            return
    work.check(a == b, path, "pandas values differ", a, b)


@functools.cache  # every object asks, and few kinds have any
def slot_names(kind):
    names = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def compare_attributes(work, path, a, b):
    """Compare instance dict and slots; say whether there was anything to compare."""
    left, right = getattr(a, "__dict__", None), getattr(b, "__dict__", None)
    found = isinstance(left, dict)
    if found:
        work.push(path, "__dict__", left, right)
    for name in slot_names(type(a)):
        x, y = getattr(a, name, _ABSENT), getattr(b, name, _ABSENT)
        work.check((x is _ABSENT) == (y is _ABSENT), path, f"slot {name} set on one side only")
        if x is not _ABSENT:
            work.push(path, name, x, y)
            found = True
    return found


def compare_opaque(work, path, a, b):
    """No attributes to look at: trust the type's own equality, else what it tells pickle."""
    if type(a).__eq__ is not object.__eq__:
        work.check(bool(a == b), path, "values differ", a, b)
        return
    left, right = a.__reduce_ex__(4), b.__reduce_ex__(4)
    work.kept_alive.append((left, right))
    if isinstance(left, str):
        work.check(a is b, path, "not the same global", a, b)
        return
    expand = lambda rv: tuple(list(x) if i in (3, 4) and x is not None else x for i, x in enumerate(rv))  # noqa: E731
    work.push(path, "__reduce_ex__", expand(left), expand(right))


COMPARE_BY_TYPE = (
    (np.generic, compare_generic),
    (pathlib.PurePath, compare_equal),  # its slots are caches
    (np.dtype, compare_dtype),
    (SCALARS, compare_scalar),
    ((list, tuple, collections.deque), compare_sequence),
    (dict, compare_mapping),
    ((set, frozenset), compare_set),
    (functools.partial, compare_partial),
    (BaseException, compare_exception),
    ((types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType), compare_method),
)
