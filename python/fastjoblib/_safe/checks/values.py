"""What the checks have in common: plain values, and what to say of others.

The values come from a file: any of them may be missing, or an object of any class
that the policy allows.  So types are compared exactly, and attributes are read from
the instance's own dict.
"""

from typing import Any

import numpy as np

from fastjoblib import _core
from fastjoblib._safe.rules import Refused

__all__ = ["array", "attributes", "demand", "indices", "integer", "same", "shown", "text"]


def shown(value: object) -> str:
    """What a message says of a value: little, whatever it is."""
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if type(value) is str:
        return repr(value[:60])
    if type(value) in (float, bool, type(None)) or (type(value) is int and abs(value) < 1 << 64):
        return repr(value)
    if type(value) is tuple:
        return f"a tuple of {', '.join(type(item).__name__ for item in value[:8])}"
    return f"a {type(value).__name__}"


def demand(condition: bool, what: str | type, expected: str, found: object) -> None:
    """Refuse unless the condition holds; `what` is a class where it is an instance of it."""
    if not condition:
        what = what if isinstance(what, str) else f"a {what.__name__}"
        raise Refused(f"{what}: {expected} was expected, found {shown(found)}")


def integer(value: Any, what: str, low: int, high: int | None = None) -> int:
    """Return a whole number between `low` and `high`, both of which are allowed."""
    good = type(value) is int or isinstance(value, np.integer)
    if not good or value < low or (high is not None and value > high):
        limit = f"from {low} on" if high is None else f"from {low} to {high}"
        raise Refused(f"{what}: a whole number {limit} was expected, found {shown(value)}")
    return int(value)


def text(value: Any, what: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words."""
    if type(value) is not str or value not in allowed:
        raise Refused(f"{what}: one of {', '.join(allowed)} was expected, found {shown(value)}")
    return value


def array(value: Any, what: str, ndim: int | None = None, kinds: str = "", shape: tuple[int, ...] | None = None) -> Any:
    """Return an exact ndarray of those dimensions, kinds of dtype, and shape (-1 for any length)."""
    if _core.is_array(value, -1 if ndim is None else ndim, kinds, shape):
        return value
    if type(value) is not np.ndarray:
        raise Refused(f"{what}: an array was expected, found {shown(value)}")
    if ndim is not None and value.ndim != ndim:
        raise Refused(f"{what}: {ndim} dimensions were expected, found {shown(value)}")
    if kinds and value.dtype.kind not in kinds:
        raise Refused(f"{what}: a dtype of kind {' or '.join(kinds)} was expected, found {shown(value)}")
    raise Refused(f"{what}: shape {shape} was expected, found {shown(value)}")


def indices(value: Any, what: str, below: int, length: int | None = None) -> Any:
    """Return a vector of signed whole numbers, all of them from 0 to `below` - 1."""
    array(value, what, 1, "i", None if length is None else (length,))
    if not _core.are_indices(value, 0, below):
        raise Refused(f"{what}: numbers from 0 to {below - 1} were expected, found {value.min()} to {value.max()}")
    return value


def same(found: Any, expected: Any, what: str) -> None:
    """Refuse unless two numbers, or two shapes, are the same."""
    if found != expected:
        raise Refused(f"{what}: {expected} was expected, found {found}")


def attributes(obj: object) -> Any:
    """The instance's own attributes: a dict of anything."""
    return vars(obj)
