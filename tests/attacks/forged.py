# SPDX-License-Identifier: BSD-3-Clause
"""Values that compiled code trusts, forged: real ones are taken apart, changed in places, and put together again."""

import copyreg
import types

import numpy as np

EXTREMES = (-1, 0, 1, 2, 7, 255, 2**15, 2**31 - 1, 2**31, -(2**31), 2**62, -(2**63))


class Reduced:
    """Pickles as a call with these arguments, and then a state."""

    def __init__(self, func, args, state=None):
        self.func, self.args, self.state = func, args, state

    def __reduce__(self):
        return self.func, self.args, self.state


class Built:
    """Pickles as an instance that another state is set to."""

    def __init__(self, obj, state):
        self.obj, self.state = obj, state

    @property
    def __class__(self):  # which picklers compare
        return type(self.obj)

    def __reduce__(self):
        return copyreg.__newobj__, (type(self.obj),), self.state


class Rebuilding:
    """A deep copy in which `visit` may replace each array, number and text; compiled objects become calls."""

    def __init__(self, visit):
        self.visit = visit
        self.memo = {}

    def __call__(self, value):
        if id(value) not in self.memo:
            # The original stays alive, so that its id is not used again.
            self.memo[id(value)] = (self._rebuilt(value), value)
        return self.memo[id(value)][0]

    def _rebuilt(self, value):
        kind = type(value)
        if kind is np.ndarray and value.dtype.hasobject and value.dtype.names is None:
            result = np.empty(value.shape, object)
            for index, each in np.ndenumerate(value):
                result[index] = self(each)
            return result
        if kind in (np.ndarray, int, float, bool, str, type(None)):
            return self.visit(value)
        if kind in (list, tuple):
            return kind([self(each) for each in value])
        if kind is dict:
            return {key: self(each) for key, each in value.items()}
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, np.dtype, np.generic, np.ufunc)):
            return value
        return self._instance(value)

    def _instance(self, value):
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return value
        func, args, state = (*reduced, None)[:3]
        if func is copyreg.__newobj__ and type(value).__module__.startswith("pandas"):
            return Built(value, self(state))
        if func is copyreg.__newobj__ and hasattr(value, "__dict__") and (state is None or type(state) is dict):
            shell = args[0].__new__(*args)
            self.memo[id(value)] = (shell, value)
            shell.__dict__.update(self(state or {}))
            return shell
        if func is copyreg.__newobj__:
            return Built(value, self(state))
        return Reduced(func, self(args), self(state))


def replaced(value, rng):
    """Something that is nearly the same, or far from it."""
    kind = type(value)
    if kind is np.ndarray:
        return _replaced_array(value, rng)
    if kind is bool or value is None:
        return rng.choice([True, False, None, 5, "x"])
    if kind is int:
        return rng.choice([value + 1, value - 1, -value, value * 2 + 1, *EXTREMES])
    if kind is float:
        return rng.choice([0.0, -1.0, 1e300, float("nan"), float("inf"), 3])
    return rng.choice(["", "x", value + value])


def _replaced_array(value, rng):
    what = rng.randrange(9)
    if what == 0:
        return value[: max(0, len(value) - 1)].copy() if value.ndim else value
    if what == 1:
        return np.concatenate([value, value]) if value.ndim else value
    if what == 2:
        return value.T[..., :-1].copy() if value.ndim > 1 else value[:0].copy()
    if what == 3:
        return value.ravel()[:1].copy()
    if what == 4 and value.dtype.kind in "iufb":
        return value.astype(rng.choice(["i1", "i4", "i8", "u1", "f4", "f8", ">f8"]))
    result = value.copy()
    if not result.size:
        return np.zeros((3,) * max(1, value.ndim), value.dtype)
    for _ in range(rng.choice([1, 1, 4])):
        _replace_element(result.reshape(-1), rng.randrange(result.size), rng)
    return result


def _replace_element(items, index, rng):
    if items.dtype.names:
        items = items[rng.choice(items.dtype.names)]
    extreme = rng.choice([*EXTREMES, len(items), len(items) - 1, len(items) + 1])
    if items.dtype.kind in "iu":
        info = np.iinfo(items.dtype)
        items[index] = min(max(extreme, info.min), info.max)
    elif items.dtype.kind in "fcb":
        items[index] = rng.choice([0, extreme, float("nan"), float("inf"), -1e300])


def damaged(value, rng):
    """A copy of a value with one to three of its parts replaced."""
    places = []
    Rebuilding(lambda leaf: places.append(type(leaf)) or leaf)(value)
    # Arrays are what compiled code reads: half of the damage goes there.
    arrays = [index for index, kind in enumerate(places) if kind is np.ndarray]
    chosen = {rng.choice(arrays) if arrays and rng.random() < 0.6 else rng.randrange(len(places))
              for _ in range(rng.choice([1, 1, 1, 2, 3]))}
    count = iter(range(len(places)))
    return Rebuilding(lambda leaf: replaced(leaf, rng) if next(count) in chosen else leaf)(value)


def changed(value, **attributes):
    """A copy of an instance with other attributes; None as a new value removes one."""
    copy = Rebuilding(lambda leaf: leaf)(value)
    state = copy.state if type(copy) is Built else vars(copy)
    for name, new in attributes.items():
        if new is None:
            del state[name]
        else:
            state[name] = new
    return copy


def changed_spline(spline, **attributes):
    """The same for a BSpline of SciPy, of which since 1.18 another object has the numbers."""
    inner = getattr(spline, "_delegate_to", None)
    if inner is None:
        return changed(spline, **attributes)
    vars(inner).update({name.lstrip("_"): new for name, new in attributes.items()})
    return spline
