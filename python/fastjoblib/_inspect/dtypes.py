"""What dtypes in a pickle are, without making them.

NumPy pickles a dtype as ``numpy.dtype('f8', False, True)`` and a state with byte
order and, of structured ones, fields.
"""

import re
import struct
import sys
from typing import Any, NamedTuple

__all__ = ["Dtype", "describe"]

_SIZES = {
    "b": {1},
    "i": {1, 2, 4, 8},
    "u": {1, 2, 4, 8},
    "f": {2, 4, 8, 12, 16},
    "c": {8, 16, 24, 32},
    "m": {8},
    "M": {8},
}
_NATIVE = "<" if sys.byteorder == "little" else ">"
_LONGEST_TEXT = 1 << 16
_OBJECTS = {"O", "|O", "O8", "|O8", ("builtins", "object"), ("numpy.dtypes", "ObjectDType")}
_STRINGS = {
    *("T", "|T"),
    ("numpy.dtypes", "StringDType"),
    ("numpy._core._internal", "_convert_to_stringdtype_kwargs"),
}
_MAX_DEPTH = 32


class Dtype(NamedTuple):
    """A dtype.  C reads the first four.

    Parameters
    ----------
    text : str
        See `Array.dtype`.
    itemsize : int
    has_objects : bool
    subarray : tuple of (Dtype, tuple of int), or None
        Of each element.
    kind : str
        NumPy's letter.
    descr : str or list
        As ``dtype.descr``, but that it is no list for simple types.
    depth : int
        Of dtypes in dtypes.
    """

    text: str
    itemsize: int
    has_objects: bool
    subarray: Any
    kind: str
    descr: Any
    depth: int = 0


def describe(before: Dtype | None, arguments: Any) -> Dtype | None:
    """Say what a dtype is.

    Parameters
    ----------
    before : Dtype or None
        What it was before it gets a state; None if it is made now.
    arguments : object
        Those of the call, or the state.

    Returns
    -------
    Dtype or None
        None if it cannot be known.
    """
    try:
        return _make(arguments) if before is None else _set_state(before, arguments)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError):
        return None  # not what NumPy writes


def _make(arguments: Any) -> Dtype | None:
    spec, _, is_copy = (*arguments, False, False)[:3]
    if spec in _OBJECTS:
        return _simple("O", 0, _NATIVE)
    if spec in _STRINGS:  # 'StringDType()' whatever it has for missing values
        return Dtype("StringDType()", 16, True, None, "T", "StringDType()")
    if not is_copy:  # may be one that NumPy has anyway, and that other opcodes can change
        return None
    if spec in (("numpy", "record"), ("numpy", "void")):
        return _simple("V", 0, _NATIVE)
    match = re.fullmatch(r"([biufcmMOSUV])([0-9]{1,18})", spec)
    if match is None:
        return None
    kind, size = match[1], int(match[2])
    if kind in _SIZES and size not in _SIZES[kind]:
        return None
    return _simple(kind, size * 4 if kind == "U" else size, _NATIVE)


def _simple(kind: str, itemsize: int, order: str, unit: str = "") -> Dtype:
    if kind == "O":
        return Dtype("O", struct.calcsize("P"), True, None, kind, "|O")
    if kind in "bSV" or (kind in "iu" and itemsize == 1):
        order = "|"
    text = f"{order}{kind}{itemsize // 4 if kind == 'U' else itemsize}{unit}"
    return Dtype(text, itemsize, False, None, kind, text)


def _set_state(before: Dtype, state: Any) -> Dtype | None:
    version, order, subarray, names, fields, elsize = state[:6]
    if (version, len(state)) not in ((2, 7), (3, 8), (4, 9)):
        return None
    order = {"<": "<", ">": ">", "=": _NATIVE, "|": _NATIVE}[order]
    itemsize = elsize if before.kind in "SUV" else before.itemsize
    if itemsize < 0 or before.kind == "T" or (before.kind != "V" and (names, subarray) != (None, None)):
        return None
    if names:
        made = _structured(names, fields, itemsize)
    elif subarray is not None:
        base, shape = subarray
        shape = (shape,) if isinstance(shape, int) else shape
        made = Dtype(f"|V{itemsize}", itemsize, base.has_objects, (base, shape), "V", f"|V{itemsize}", base.depth + 1)
    else:
        unit = _unit(state[8]) if before.kind in "mM" and version == 4 else ""
        made = _simple(before.kind, itemsize, order, unit)
    if made.depth > _MAX_DEPTH:
        return None
    # NumPy believes what the file says of objects.
    return None if version >= 3 and bool(state[7] & 1) != made.has_objects else made


def _unit(metadata: Any) -> str:
    unit, number = metadata[1][:2]
    name = unit.decode("ascii") if isinstance(unit, bytes) else str(unit)
    return "" if name == "generic" else f"[{'' if number == 1 else int(number)}{name}]"


def _structured(names: Any, fields: Any, itemsize: int) -> Dtype:
    parts = [(name, *fields[name]) for name in names]
    has_objects = any(field.has_objects for _, field, *_ in parts)
    length = sum(len(name) + len(field.text) for name, field, *_ in parts)
    fields_of = _descr(parts, itemsize) if length < _LONGEST_TEXT else None
    descr = f"|V{itemsize}" if fields_of is None else fields_of
    depth = 1 + max(field.depth for _, field, *_ in parts)
    return Dtype(str(descr), itemsize, has_objects, None, "V", descr, depth)


def _descr(parts: list[Any], itemsize: int) -> list[Any] | None:
    """Return the list that NumPy has as `descr`; None where it has none, for fields that overlap."""
    descr: list[Any] = []
    end = 0
    for name, field, offset, *title in parts:
        if offset < end:
            return None
        if offset > end:
            descr.append(("", f"|V{offset - end}"))
        full_name = (title[0], name) if title else name
        if field.subarray is not None:
            base, shape = field.subarray
            descr.append((full_name, base.descr, shape))
        else:
            descr.append((full_name, field.descr))
        end = offset + field.itemsize
    if itemsize > end:
        descr.append(("", f"|V{itemsize - end}"))
    return descr
