"""Sparse matrices and arrays of SciPy.

Their compiled code (_sparsetools) reads and writes by the indices that they hold, and
SciPy itself compares these with the shape only when it is asked to.
"""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, attributes, demand, indices, integer, same
from fastjoblib._safe.rules import Refused

__all__ = ["check_block_rows", "check_compressed", "check_coordinates", "check_diagonals", "check_lists"]


def _shape(state: Any, what: str, ndims: tuple[int, ...] = (2,)) -> tuple[int, ...]:
    shape = state.get("_shape")
    demand(type(shape) is tuple and len(shape) in ndims, f"shape of a {what} matrix", "a tuple", shape)
    return tuple(integer(length, f"shape of a {what} matrix", 0, 2**62) for length in shape)


def _check_pointers(pointers: Any, n_major: int, n_stored: int, what: str) -> int:
    """Refuse unless they cut what is stored into rows, in order; return how much they use."""
    array(pointers, f"indptr of a {what} matrix", 1, "i", (n_major + 1,))
    if pointers[0] != 0 or pointers[-1] > n_stored or (pointers[1:] < pointers[:-1]).any():
        raise Refused(f"indptr of a {what} matrix: numbers that rise from 0 to at most {n_stored} were expected")
    return int(pointers[-1])


def _check_indices(values: Any, below: int, what: str) -> None:
    indices(values, f"indices of a {what} matrix", below)
    # Compiled code holds the shape in the type of the indices.
    if below > (2**31 - 1 if values.itemsize == 4 else 2**63 - 1) or values.itemsize < 4:
        raise Refused(f"indices of a {what} matrix: a larger type was expected for the shape")


def check_compressed(matrices: list[Any]) -> None:
    """csr and csc."""
    for matrix in matrices:
        what = type(matrix).__name__
        state = attributes(matrix)
        shape = _shape(state, what, (1, 2))
        major, minor = (1, *shape)[-2:]
        if what.startswith("csc"):
            major, minor = minor, major
        columns = array(state.get("indices"), f"indices of a {what}", 1, "i")
        data = array(state.get("data"), f"data of a {what}", 1)
        _check_pointers(state.get("indptr"), major, min(columns.size, data.size), what)
        _check_indices(columns, minor, what)


def check_block_rows(matrices: list[Any]) -> None:
    """bsr: rows of blocks."""
    for matrix in matrices:
        what = type(matrix).__name__
        state = attributes(matrix)
        n_rows, n_columns = _shape(state, what)
        data = array(state.get("data"), f"data of a {what}", 3)
        columns = array(state.get("indices"), f"indices of a {what}", 1, "i")
        height, width = data.shape[1:]
        good = height > 0 and width > 0 and n_rows % height == 0 and n_columns % width == 0
        demand(good, f"blocks of a {what}", f"parts of {n_rows} times {n_columns}", data)
        _check_pointers(state.get("indptr"), n_rows // height, min(columns.size, len(data)), what)
        _check_indices(columns, n_columns // width, what)


def check_coordinates(matrices: list[Any]) -> None:
    """coo: a position for each number."""
    for matrix in matrices:
        what = type(matrix).__name__
        state = attributes(matrix)
        shape = _shape(state, what, tuple(range(1, 65)))
        coords = state.get("coords", (state.get("row"), state.get("col")))
        demand(type(coords) is tuple and len(coords) == len(shape), f"coords of a {what}", f"{len(shape)}", coords)
        data = array(state.get("data"), f"data of a {what}", 1)
        for each, length in zip(coords, shape, strict=True):
            _check_indices(each, length, what)
            same(each.size, data.size, f"number of coords of a {what}")


def check_diagonals(matrices: list[Any]) -> None:
    """dia: rows of data, one for each diagonal."""
    for matrix in matrices:
        what = type(matrix).__name__
        state = attributes(matrix)
        n_rows, n_columns = _shape(state, what)
        data = array(state.get("data"), f"data of a {what}", 2)
        offsets = array(state.get("offsets"), f"offsets of a {what}", 1, "i", (len(data),))
        same(len(set(offsets.tolist())), offsets.size, f"number of different offsets of a {what}")
        limit = int(np.iinfo(offsets.dtype).max)
        demand(max(n_rows, n_columns, data.shape[1]) <= limit // 2, f"shape of a {what}", "a smaller one", None)
        if offsets.size and not (offsets.min() >= -limit // 2 and offsets.max() <= limit // 2):
            raise Refused(f"offsets of a {what}: smaller numbers were expected")


def check_lists(matrices: list[Any]) -> None:
    """lil: a list of columns, and one of numbers, for each row."""
    for matrix in matrices:
        what = type(matrix).__name__
        state = attributes(matrix)
        n_rows, n_columns = _shape(state, what)
        rows = array(state.get("rows"), f"rows of a {what}", 1, "O", (n_rows,))
        data = array(state.get("data"), f"data of a {what}", 1, "O", (n_rows,))
        for columns, values in zip(rows, data, strict=True):
            good = type(columns) is list and type(values) is list and len(columns) == len(values)
            demand(good, f"rows of a {what}", "lists of the same length", columns)
            if columns:
                indices(np.array(columns, np.int64), f"rows of a {what}", n_columns)
