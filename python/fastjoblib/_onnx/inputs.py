"""From the data of a model to the inputs of its ONNX file."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastjoblib._inspect.text import shown
from fastjoblib._onnx.packages import need

__all__ = ["Inputs", "inputs_of", "rounded"]


@dataclass(frozen=True)
class Inputs:
    """What an ONNX file is given.

    Attributes
    ----------
    feeds : dict of str to ndarray
        By the name of the input: matrices, or of single columns arrays of shape (n_rows, 1).
        Their dtypes are float32, float64, int64, or object for strings.
    n_rows : int
    """

    feeds: dict[str, Any]
    n_rows: int

    def has_float64(self) -> bool:
        return any(array.dtype == np.float64 for array in self.feeds.values())

    def as_float32(self) -> "Inputs":
        """The same with float32 in place of float64."""
        with np.errstate(over="ignore"):  # to infinity, which the comparison will tell
            feeds = {
                name: array.astype(np.float32) if array.dtype == np.float64 else array
                for name, array in self.feeds.items()
            }
        return Inputs(feeds, self.n_rows)

    def types(self) -> list[tuple[str, Any]]:
        """Name and type of each input, as skl2onnx takes them; any number of rows."""
        known = need("skl2onnx.common.data_types")
        classes = {
            np.dtype(np.float32): known.FloatTensorType,
            np.dtype(np.float64): known.DoubleTensorType,
            np.dtype(np.int64): known.Int64TensorType,
            np.dtype(object): known.StringTensorType,
        }
        return [(name, classes[array.dtype]([None, array.shape[1]])) for name, array in self.feeds.items()]


def inputs_of(X: Any, by_column: bool) -> Inputs:
    """Make the inputs from what the model is given.

    Parameters
    ----------
    X : ndarray or DataFrame
    by_column : bool
        Whether each column of a DataFrame is an input of its own even where all are numbers.

    Raises
    ------
    ValueError
        For data of which ONNX has no form, with the name of the column.
    """
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        return _of_frame(X, by_column)
    if not isinstance(X, np.ndarray):
        raise ValueError(f"X: expected a NumPy array or a DataFrame, found {type(X).__name__}")
    # One text in each row, as vectorizers take it, is a column for ONNX.
    array = X.reshape(-1, 1) if X.ndim == 1 and X.dtype.kind in "OUT" else X
    if array.ndim != 2:
        raise ValueError(f"X: expected rows and columns, found an array of shape {X.shape}")
    return _with_rows({"X": _fit(array, "X")}, len(X))


def _of_frame(X: Any, by_column: bool) -> Inputs:
    names = list(X.columns)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(f"X: expected names of columns that are strings, found {name!r}")
    if len(set(names)) < len(names):
        raise ValueError("X: expected columns of different names, found one twice")
    columns = {name: _column(X[name], name) for name in names}
    if columns and not by_column and all(array.dtype != object for array in columns.values()):
        return _with_rows({"X": np.hstack(list(columns.values()))}, len(X))
    return _with_rows(columns, len(X))


def _with_rows(feeds: dict[str, Any], n_rows: int) -> Inputs:
    if not n_rows or not feeds:
        raise ValueError("X: expected at least one row and one column, with which predictions are compared")
    return Inputs(feeds, n_rows)


def _column(column: Any, name: str) -> Any:
    where = f"column {shown(name, 100)!r}"
    missing = bool(column.isna().any())
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return _fit(column.to_numpy().reshape(-1, 1), where)
    kind = getattr(dtype, "kind", "O")  # pandas' own dtypes of numbers have one too
    if kind == "f":
        return _fit(column.to_numpy(dtype.numpy_dtype, na_value=np.nan).reshape(-1, 1), where)
    if missing:
        raise ValueError(f"X: {where} has missing values, and {dtype} has none in ONNX: fill them, or use floats")
    if kind in "biu":
        return _fit(column.to_numpy(dtype.numpy_dtype).reshape(-1, 1), where)
    return _fit(column.to_numpy(object).reshape(-1, 1), where)


def _fit(array: Any, where: str) -> Any:
    """Return the array in the dtype that ONNX has for it."""
    kind = array.dtype.kind
    if kind == "f" and array.dtype.itemsize <= 8:
        return np.ascontiguousarray(array, np.float32 if array.dtype.itemsize <= 4 else np.float64)
    if kind in "biu":
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            raise ValueError(f"X: {where} has whole numbers beyond int64")
        return np.ascontiguousarray(array, np.int64)
    if kind in "OUT":
        strings = array.astype(object)
        for value in strings.flat:
            if not isinstance(value, str):
                found = f"a value of {type(value).__name__}"
                raise ValueError(
                    f"X: {where} is of {array.dtype}: expected strings only, found {found} "
                    "(a DataFrame may mix columns of numbers and of strings)"
                )
        return strings
    raise ValueError(f"X: {where} is of {array.dtype}, which ONNX has not: expected floats, whole numbers or strings")


def rounded(X: Any) -> Any | None:
    """Return the data with float64 rounded to float32, in the dtypes it has; None where that changes nothing."""
    if isinstance(X, np.ndarray):
        if X.dtype != np.float64:
            return None
        with np.errstate(over="ignore"):
            array = X.astype(np.float32).astype(np.float64)
        return None if np.array_equal(array, X, equal_nan=True) else array
    changed = {name: rounded(X[name].to_numpy()) for name in X.columns if X[name].dtype == np.float64}
    changed = {name: array for name, array in changed.items() if array is not None}
    return X.assign(**changed) if changed else None
