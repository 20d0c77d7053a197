"""Masked arrays of NumPy: bytes of a state become the array's memory."""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import demand, integer, same

__all__ = ["check_masked_call", "check_masked_state"]


def check_masked_call(args: tuple[Any, ...]) -> None:
    """_mareconstruct(class, base, (0,), b"b"): an empty array, whose data comes with BUILD."""
    from numpy.ma import MaskedArray

    good = len(args) == 4 and args[0] is MaskedArray and args[1] is np.ndarray
    good = good and type(args[2]) is tuple and args[2] == (0,) and args[3] in (b"b", "b")
    demand(good, "a masked array", "an empty one", args)


def check_masked_state(target: Any, state: Any) -> None:
    """(version, shape, dtype, is_fortran, data, mask, fill_value), data being bytes or a list of objects."""
    demand(type(state) is tuple and len(state) == 7, "a masked array", "a state of 7", state)
    version, shape, dtype, is_fortran, data, mask, _ = state
    integer(version, "version of a masked array", 0, 1)
    demand(type(shape) is tuple and len(shape) <= 32, "shape of a masked array", "a tuple", shape)
    n_items = 1
    for length in shape:
        n_items *= integer(length, "shape of a masked array", 0, 2**62)
    demand(type(is_fortran) in (bool, int), "order of a masked array", "a bool", is_fortran)
    demand(isinstance(dtype, np.dtype) and dtype.kind in "biufcmMSUO", "a masked array", "a plain dtype", dtype)
    if dtype.kind == "O":
        demand(type(data) is list, "data of a masked array", "a list", data)
        same(len(data), n_items, "length of a masked array")
    else:
        demand(type(data) is bytes, "data of a masked array", "bytes", data)
        same(len(data), n_items * dtype.itemsize, "bytes of a masked array")
    demand(type(mask) is bytes, "mask of a masked array", "bytes", mask)
    same(len(mask), n_items, "bytes of a mask")
