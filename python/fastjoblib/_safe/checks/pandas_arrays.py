"""Arrays of pandas: what takes and hashes their elements compares nothing with their lengths."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from fastjoblib import _core
from fastjoblib._safe.checks.values import array, attributes, demand, integer, same, shown
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_dtype_state",
    "check_backed",
    "check_backed_call",
    "check_backed_state",
    "check_categorical_state",
    "check_interval_arrays",
    "check_interval_call",
    "check_interval_state",
    "check_masked",
    "check_sparse",
    "check_sparse_blocks_call",
    "check_sparse_integers_call",
]

BACKED = ("Categorical", "DatetimeArray", "TimedeltaArray", "PeriodArray", "StringArray", "NumpyExtensionArray")
UNITS = [("s", 1), ("ms", 1), ("us", 1), ("ns", 1)]
# What a state may set beside the array and its dtype.
EXTRAS = {"_cache", "_freq", "_readonly"}


@functools.cache
def _array_class(name: str) -> Any:
    import pandas

    return getattr(pandas.arrays, name, None) or getattr(pandas, name, None)



@functools.cache
def _backed() -> frozenset[Any]:
    return frozenset(map(_array_class, BACKED))


def check_dtype_state(obj: Any, state: Any) -> None:
    """Refuse containers: dtypes hash what they hold, which would take any time for some tuples."""
    for name, value in state.items():
        if name == "_cache" and type(value) is dict:  # properties that pandas has computed
            cached = all(isinstance(each, (np.dtype, type, str, int)) for each in value.values())
            demand(cached, f"_cache of a {type(obj).__name__}", "a dtype and its likes", value)
            continue
        plain = not isinstance(value, (tuple, list, dict, set, frozenset)) or len(value) == 0
        demand(plain, f"{name} of a {type(obj).__name__}", "no container", value)


def check_backed_call(args: tuple[Any, ...]) -> None:
    """__pyx_unpickle_NDArrayBacked(class, checksum, state): the state comes with BUILD."""
    good = len(args) == 3 and type(args[1]) is int and args[2] is None
    good = good and isinstance(args[0], type) and args[0] in _backed()
    demand(good, "an array of pandas", "a class, a checksum and no state", args)


def check_backed_state(target: Any, state: Any) -> None:
    """Refuse all but an array and its dtype: the rest would be set as attributes of any name."""
    cls = type(target)
    if type(state) is tuple and len(state) == 1:
        state = state[0]
    extras: Any = set()
    if type(state) is dict:
        extras = state.keys() - {"_ndarray", "_dtype", "_data", "_codes", "_categories", "_ordered"}
    else:
        demand(type(state) is tuple and len(state) in (2, 3), cls, "a state of 2 or 3 parts", state)
        if len(state) == 3:
            demand(type(state[2]) is dict, cls, "a dict of attributes", state[2])
            extras = state[2].keys()
    demand(extras <= EXTRAS, cls, "no other attributes", extras)


def check_categorical_state(target: Any, state: Any) -> None:
    """The same, and codes of categories that there are."""
    check_backed_state(target, state)
    dtypes, codes = [], []
    for part in state.values() if type(state) is dict else state:
        if type(part) is np.ndarray:
            codes.append(part)
        elif type(part).__name__ == "CategoricalDtype":
            dtypes.append(part)
    demand(len(codes) == 1 and len(dtypes) == 1, "state of a Categorical", "codes and a CategoricalDtype", state)
    _check_codes(codes[0], dtypes[0])


def _check_codes(codes: Any, dtype: Any) -> None:
    import pandas

    categories: Any = getattr(dtype, "_categories", None)
    demand(type(dtype) is pandas.CategoricalDtype, "dtype of a Categorical", "a CategoricalDtype", dtype)
    demand(isinstance(categories, pandas.Index), "categories", "an Index", categories)
    check_positions(codes, len(categories), "codes of a Categorical", (1, 2))


def check_positions(codes: Any, length: int, what: str, ndims: tuple[int, ...] = (1,)) -> None:
    """Refuse codes that are neither -1 nor a position."""
    array(codes, what, None, "i")
    demand(codes.ndim in ndims, what, "fewer or more dimensions", codes)
    if not _core.are_indices(codes, -1, length):
        raise Refused(f"{what}: numbers from -1 to {length - 1} were expected, found {codes.min()} to {codes.max()}")


def check_backed(arrays: list[Any]) -> None:
    """Refuse arrays that never got a state, or of another dtype than they claim."""
    for each in arrays:
        cls, values, dtype = type(each), each._ndarray, each._dtype
        demand(type(values) is np.ndarray and values.ndim in (1, 2), cls, "an array of one or two dimensions", values)
        attributes(each).pop("_cache", None)  # pandas computes it again
        _BY_CLASS.get(cls.__name__, _check_plain)(values, dtype)


def _check_times(values: Any, dtype: Any) -> None:
    import pandas

    array(values, "times", None, "mM")
    demand(values.dtype.isnative and np.datetime_data(values.dtype) in UNITS,
           "times", "a unit of pandas", values)
    if type(dtype) is pandas.DatetimeTZDtype:
        same((values.dtype.kind, np.datetime_data(values.dtype)[0]), ("M", dtype._unit), "unit of times")
    else:
        same(dtype, values.dtype, "dtype of times")


def _check_periods(values: Any, dtype: Any) -> None:
    import pandas

    same(array(values, "periods").dtype, np.dtype(np.int64), "dtype of periods")
    demand(type(dtype) is pandas.PeriodDtype, "periods", "a PeriodDtype", dtype)


def _check_strings(values: Any, dtype: Any) -> None:
    import pandas

    array(values, "strings", None, "O")  # of any objects: compiled code asks each what it is
    demand(type(dtype) is pandas.StringDtype, "strings", "a StringDtype", dtype)


def _check_plain(values: Any, dtype: Any) -> None:
    same(getattr(dtype, "_dtype", None), values.dtype, "dtype of an array of pandas")


_BY_CLASS: dict[str, Callable[[Any, Any], None]] = {
    "Categorical": _check_codes,
    "DatetimeArray": _check_times,
    "PeriodArray": _check_periods,
    "StringArray": _check_strings,
    "TimedeltaArray": _check_times,
}


def check_masked(arrays: list[Any]) -> None:
    """IntegerArray, FloatingArray and BooleanArray: as many marks as values."""
    kinds = {"IntegerArray": "iu", "FloatingArray": "f", "BooleanArray": "b"}
    for each in arrays:
        name, state = type(each).__name__, attributes(each)
        extra = state.keys() - {"_data", "_mask", "_cache", "_dtype", "_readonly"}
        demand(not extra, f"a {name}", "values and marks", extra)
        dtype = state.get("_dtype")
        demand("_dtype" not in state or type(dtype).__name__ == "BooleanDtype", f"a {name}", "a BooleanDtype", dtype)
        values = array(state.get("_data"), f"values of a {name}", None, kinds[name])
        demand(values.ndim in (1, 2), f"values of a {name}", "one or two dimensions", values)
        array(state.get("_mask"), f"marks of a {name}", None, "b", values.shape)
        state.pop("_cache", None)  # pandas computes it again


def check_interval_call(args: tuple[Any, ...]) -> None:
    """__pyx_unpickle_IntervalMixin(class, checksum, state): the state comes with BUILD."""
    good = len(args) == 3 and type(args[1]) is int and args[2] is None and args[0] is _array_class("IntervalArray")
    demand(good, "intervals", "the class, a checksum and no state", args)


def check_interval_state(target: Any, state: Any) -> None:
    """Refuse all but (dict of attributes,)."""
    good = type(state) is tuple and len(state) == 1 and type(state[0]) is dict
    names = {"_left", "_right", "_dtype", "_cache", "_readonly"}
    demand(good and state[0].keys() <= names, "state of intervals", "both ends", state)


def check_interval_arrays(arrays: list[Any]) -> None:
    """IntervalArray: as many left as right ends, of one kind."""
    import pandas

    kinds = (np.ndarray, _array_class("DatetimeArray"), _array_class("TimedeltaArray"))
    for each in arrays:
        state = attributes(each)
        state.pop("_cache", None)  # pandas computes it again
        left, right, dtype = (state.get(name) for name in ("_left", "_right", "_dtype"))
        demand(type(left) in kinds and type(left) is type(right), "ends of intervals", "arrays", left)
        demand(left.ndim == 1 and left.shape == right.shape, "ends of intervals", "as many left as right", right)
        demand(left.dtype == right.dtype and left.dtype != object, "ends of intervals", "one dtype", right)
        demand(type(dtype) is pandas.IntervalDtype, "intervals", "an IntervalDtype", dtype)


def check_sparse_integers_call(args: tuple[Any, ...]) -> None:
    """IntIndex(length, indices): a third argument would turn its own check off."""
    demand(len(args) == 2, "an IntIndex", "2 arguments", args)
    integer(args[0], "length of an IntIndex", 0, 2**31 - 1)
    array(args[1], "indices of an IntIndex", 1, "i")


def check_sparse_blocks_call(args: tuple[Any, ...]) -> None:
    """BlockIndex(length, starts, lengths): its own check takes starts below zero."""
    demand(len(args) == 3, "a BlockIndex", "3 arguments", args)
    length = integer(args[0], "length of a BlockIndex", 0, 2**31 - 1)
    starts = array(args[1], "starts of a BlockIndex", 1, "i").astype(np.int64)
    lengths = array(args[2], "lengths of a BlockIndex", 1, "i", starts.shape).astype(np.int64)
    ends = starts + lengths
    if starts.size and not (
        starts[0] >= 0 and lengths.min() > 0 and ends[-1] <= length and np.all(starts[1:] >= ends[:-1])
    ):
        raise Refused(f"a BlockIndex: blocks in order within {length} were expected")


def check_sparse(arrays: list[Any]) -> None:
    """SparseArray: as many values as the index has points."""
    import pandas
    from pandas._libs.sparse import BlockIndex, IntIndex

    for each in arrays:
        state = attributes(each)
        index: Any = state.get("_sparse_index")
        dtype = state.get("_dtype")
        if type(index) not in (IntIndex, BlockIndex):
            raise Refused(f"index of a SparseArray: an IntIndex or BlockIndex was expected, found {shown(index)}")
        values = array(state.get("_sparse_values"), "values of a SparseArray", 1, "", (index.npoints,))
        demand(type(dtype) is pandas.SparseDtype, "dtype of a SparseArray", "a SparseDtype", dtype)
        same(getattr(dtype, "_dtype", None), values.dtype, "dtype of a SparseArray")
