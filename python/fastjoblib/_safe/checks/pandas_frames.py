"""DataFrame, Series and Index of pandas.

A manager finds the column of a frame by tables that it makes of the places of its
blocks, and rows by positions in an index; compiled code trusts both.
"""

import functools
from typing import Any

import numpy as np

from fastjoblib import _core
from fastjoblib._safe.checks.pandas_arrays import check_positions
from fastjoblib._safe.checks.values import array, attributes, demand, integer, same
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_block_call",
    "check_frame_state",
    "check_frames",
    "check_index_call",
    "check_indexes",
    "check_list_call",
    "check_manager_call",
    "check_managers",
    "check_placement_call",
    "check_series",
    "check_single_managers",
]

INDEXES = (
    "Index", "RangeIndex", "MultiIndex", "CategoricalIndex", "DatetimeIndex", "PeriodIndex", "TimedeltaIndex",
    "IntervalIndex",
)
# What pandas itself writes, by version.
ARGUMENTS = {
    "data", "dtype", "name", "names", "levels", "codes", "labels", "sortorder", "start", "stop", "step", "freq", "tz",
    "left", "right", "closed", "copy",
}
_LONGEST_RANGE = 1_000_000
FRAME = {"_mgr", "_data", "_typ", "_metadata", "attrs", "_attrs", "_flags", "_name", "name"}


@functools.cache
def _indexes() -> frozenset[Any]:
    import pandas

    return frozenset(getattr(pandas, name) for name in INDEXES)


@functools.cache
def _arrays() -> frozenset[Any]:
    """What pandas puts a column into."""
    import pandas

    return frozenset(cls for cls in vars(pandas.arrays).values() if isinstance(cls, type)) | {
        np.ndarray,
        pandas.Categorical,
    }


@functools.cache
def _internals() -> Any:
    from pandas._libs import internals

    return internals


def check_index_call(args: tuple[Any, ...]) -> None:
    """_new_Index and its likes, which turn checks of the constructors off."""
    import pandas

    demand(len(args) == 2 and type(args[1]) is dict, "an Index", "a class and a dict", args)
    cls, given = args
    demand(isinstance(cls, type) and cls in _indexes(), "an Index", "a class of pandas", cls)
    demand(given.keys() <= ARGUMENTS, cls, "known arguments", given)
    if cls is pandas.MultiIndex:
        _check_levels(given.get("levels"), given.get("codes", given.get("labels")))
    elif cls is pandas.IntervalIndex:
        for name in ("left", "right"):
            side = given.get(name)
            small = type(side) is not pandas.RangeIndex or len(side) <= _LONGEST_RANGE
            demand(small, f"{name} of an IntervalIndex", "an array", side)
    elif cls is not pandas.RangeIndex:
        data = given.get("data")
        # A range takes no memory, and what is made of one a lot.
        good = type(data) in _arrays() or (type(data) in _indexes() and type(data) is not pandas.RangeIndex)
        demand(good, cls, "an array as data", data)
        demand(getattr(data, "ndim", 0) == 1, cls, "data of one dimension", data)
        dtype = given.get("dtype")
        if dtype is not None and type(data) is np.ndarray:  # another one would make the index larger
            demand(isinstance(dtype, np.dtype) and dtype == data.dtype, cls, "its data's dtype", dtype)
        times = _TIMES.get(cls.__name__)
        if times is not None:
            _check_times(cls, data, *times)


# The indexes of times: the arrays that they are made of, and the kind of dtype in these.
_TIMES = {
    "DatetimeIndex": ("DatetimeArray", "M"),
    "TimedeltaIndex": ("TimedeltaArray", "m"),
    "PeriodIndex": ("PeriodArray", "i"),
}


def _check_times(cls: type, data: Any, array_class: str, kind: str) -> None:
    """Of plain arrays an index of times is made without a look at their dtype."""
    good = type(data).__name__ in (array_class, cls.__name__) or (type(data) is np.ndarray and data.dtype.kind == kind)
    demand(good, cls, "times as data", data)


def _check_levels(levels: Any, codes: Any) -> None:
    import pandas
    from pandas.core.indexes.frozen import FrozenList

    parts = (list, tuple, FrozenList)
    demand(type(levels) in parts and type(codes) in parts, "a MultiIndex", "lists of levels and codes", levels)
    demand(len(levels) == len(codes) > 0, "a MultiIndex", "codes for each level", codes)
    for level, each in zip(levels, codes, strict=True):
        demand(isinstance(level, pandas.Index), "a MultiIndex", "an Index for each level", level)
        check_positions(each, len(level), "codes of a MultiIndex")
        same(each.size, codes[0].size, "number of codes of a MultiIndex")


def check_indexes(indexes: list[Any]) -> None:
    """The levels of a MultiIndex once more: lists may have changed since the call."""
    import pandas

    for index in indexes:
        if type(index) is pandas.MultiIndex:
            codes = [np.asarray(each) for each in index._codes]
            _check_levels(list(index._levels), codes)


def check_list_call(args: tuple[Any, ...]) -> None:
    """FrozenList(list)."""
    demand(len(args) <= 1 and all(type(each) is list for each in args), "a FrozenList", "a list", args)


def check_placement_call(args: tuple[Any, ...]) -> None:
    """BlockPlacement: a slice, a number or an array of places."""
    demand(len(args) == 1, "a BlockPlacement", "1 argument", args)
    _check_placement(args[0])


def _check_placement(places: Any) -> None:
    if type(places) is slice:
        start, stop, step = places.start, places.stop, places.step
        good = type(start) is int and type(stop) is int and type(step) is int
        good = good and 0 <= start < 2**62 and 0 <= stop < 2**62 and 0 < step < 2**62
        demand(good, "places of a block", "a slice from a number to a number", places)
    elif type(places) is not int and type(places) is not _internals().BlockPlacement:
        array(places, "places of a block", 1, "i")


def check_block_call(args: tuple[Any, ...]) -> None:
    """_unpickle_block(values, places, ndim)."""
    demand(len(args) == 3, "a block", "3 arguments", args)
    demand(type(args[0]) in _arrays(), "values of a block", "an array", args[0])
    _check_placement(args[1])
    integer(args[2], "ndim of a block", 1, 2)


def check_manager_call(args: tuple[Any, ...]) -> None:
    """BlockManager(blocks, axes)."""
    import pandas

    demand(len(args) in (0, 2), "a BlockManager", "2 arguments", args)
    if args:
        blocks, axes = args
        good = type(blocks) is tuple and all(isinstance(block, _internals().Block) for block in blocks)
        demand(good, "a BlockManager", "a tuple of blocks", blocks)
        good = type(axes) is list and all(isinstance(axis, pandas.Index) for axis in axes)
        demand(good, "a BlockManager", "a list of axes", axes)


def check_managers(managers: list[Any]) -> None:
    """Refuse unless each column is in one block, at one place, and has all rows."""
    for manager in managers:
        blocks, (n_columns, n_rows) = _parts(manager, 2)
        places, left = [], n_columns
        for block in blocks:
            values, located = block.values, block.mgr_locs
            n_places = len(located)
            left -= n_places
            if left < 0:  # they may be slices, of any length
                raise Refused(f"places of the blocks of a frame: {n_columns} were expected, found more")
            shape = values.shape if type(values) is np.ndarray else tuple(block.shape)
            same(shape, (n_places, n_rows), "shape of a block of a frame")
            places.append(located.as_array)
        if not _core.share_places(places, n_columns):
            raise Refused(f"blocks of a frame: each place from 0 to {n_columns - 1} was expected in one of them")


def check_single_managers(managers: list[Any]) -> None:
    """The manager of a Series: one block, as long as its index."""
    for manager in managers:
        blocks, (n_rows,) = _parts(manager, 1)
        same(len(blocks), 1, "number of blocks of a Series")
        block = blocks[0]
        same(np.shape(block.values) if type(block.values) is np.ndarray else (len(block.values),), (n_rows,),
             "shape of the block of a Series")
        same(len(block.mgr_locs), n_rows, "places of the block of a Series")


def _parts(manager: Any, ndim: int) -> tuple[Any, list[int]]:
    """Return the blocks, of arrays and of that many dimensions, and the lengths of the axes."""
    import pandas

    blocks, axes = manager.blocks, manager.axes
    demand(type(blocks) is tuple, "a manager", "blocks", blocks)
    block_class, arrays = _internals().Block, _arrays()
    for block in blocks:
        demand(isinstance(block, block_class) and block.ndim == ndim, "a manager", "blocks of its dimensions", block)
        demand(type(block.values) in arrays, "values of a block", "an array", block.values)
    demand(type(axes) is list and len(axes) == ndim, "a manager", "an axis for each dimension", axes)
    for axis in axes:
        demand(isinstance(axis, pandas.Index), "an axis of a manager", "an Index", axis)
    return blocks, [len(axis) for axis in axes]


def check_frame_state(frame: Any, state: Any) -> None:
    """Refuse attributes that pandas does not write: they would hide those of the class."""
    cls = type(frame)
    demand(type(state) is dict and state.keys() <= FRAME, cls, "known attributes", state)
    names = state.get("_metadata", [])
    demand(type(names) is list and set(names) <= {"_name", "name"}, cls, "no other _metadata", names)
    flags = state.get("_flags", {})
    demand(type(flags) is dict and flags.keys() <= {"allows_duplicate_labels"}, cls, "known flags", flags)


def _check_holders(frames: list[Any], kind: str) -> None:
    for frame in frames:
        manager = attributes(frame).get("_mgr")
        demand(type(manager).__name__ == kind, type(frame), "a manager of its kind", manager)


def check_frames(frames: list[Any]) -> None:
    """A DataFrame has a BlockManager."""
    _check_holders(frames, "BlockManager")


def check_series(series: list[Any]) -> None:
    """A Series has a SingleBlockManager."""
    _check_holders(series, "SingleBlockManager")
