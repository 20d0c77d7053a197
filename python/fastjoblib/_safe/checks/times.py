"""Scalars of pandas that are restored by functions: their units index tables."""

import datetime
from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import demand, integer

__all__ = [
    "check_interval_call",
    "check_fiscal_call",
    "check_offset_call",
    "check_period_call",
    "check_period_dtype_call",
    "check_string_dtype_call",
    "check_timedelta_call",
    "check_timestamp_call",
]

LIMIT = 2**63
# NPY_FR_s to NPY_FR_ns
UNITS = (7, 10)
PLAIN = (int, float, str, bytes, bool, type(None), datetime.timedelta, datetime.time, datetime.datetime, datetime.date)


def check_timestamp_call(args: tuple[Any, ...]) -> None:
    """_unpickle_timestamp(value, freq, tz, reso)."""
    demand(len(args) in (3, 4), "a Timestamp", "4 arguments", args)
    integer(args[0], "value of a Timestamp", -LIMIT, LIMIT - 1)
    demand(args[2] is None or isinstance(args[2], datetime.tzinfo), "a Timestamp", "a time zone", args[2])
    for unit in args[3:]:
        integer(unit, "unit of a Timestamp", *UNITS)


def check_timedelta_call(args: tuple[Any, ...]) -> None:
    """_timedelta_unpickle(value, reso)."""
    demand(len(args) == 2, "a Timedelta", "2 arguments", args)
    integer(args[0], "value of a Timedelta", -LIMIT, LIMIT - 1)
    integer(args[1], "unit of a Timedelta", *UNITS)


def check_period_call(args: tuple[Any, ...]) -> None:
    """Period(None, freq, ordinal)."""
    demand(len(args) == 3 and args[0] is None, "a Period", "(None, freq, ordinal)", args)
    demand(type(args[1]) is str or _is_offset(args[1]), "a Period", "a frequency", args[1])
    integer(args[2], "ordinal of a Period", -LIMIT, LIMIT - 1)


def check_interval_call(args: tuple[Any, ...]) -> None:
    """Interval(left, right, closed), whose ends pandas compares."""
    import pandas

    demand(len(args) == 3 and type(args[2]) is str, "an Interval", "(left, right, closed)", args)
    for end in args[:2]:
        good = type(end) in (int, float, pandas.Timestamp, pandas.Timedelta) or isinstance(end, np.number)
        demand(good, "an Interval", "a number or a time", end)


def _is_plain(value: Any, depth: int = 0) -> bool:
    if type(value) in (tuple, list):
        return depth < 3 and all(_is_plain(each, depth + 1) for each in value)
    return type(value) in PLAIN or type(value).__module__ == "numpy"


def _is_offset(value: Any) -> bool:
    from pandas.tseries.offsets import BaseOffset

    return isinstance(value, BaseOffset)


def check_offset_call(args: tuple[Any, ...]) -> None:
    """Offsets: numbers, text, times, and other offsets."""
    for each in args:
        demand(_is_plain(each) or _is_offset(each), "an offset", "plain arguments", each)
    for each in args[2:]:
        if type(each) is int:  # a day, a week or a month: compiled code looks it up in tables
            demand(0 <= each <= 31, "an offset", "a day or a month", each)


def check_fiscal_call(args: tuple[Any, ...]) -> None:
    """FY5253 and FY5253Quarter: n, normalize, weekday, startingMonth, ..."""
    check_offset_call(args)
    for each in args[2:]:
        demand(type(each) is not int or each <= 12, "a fiscal year", "a weekday and a month", each)


def check_period_dtype_call(args: tuple[Any, ...]) -> None:
    """PeriodDtype("period[D]")."""
    demand(len(args) == 1 and type(args[0]) is str, "a PeriodDtype", "a str", args)


def check_string_dtype_call(args: tuple[Any, ...]) -> None:
    """StringDtype(storage, na_value)."""
    import pandas

    demand(len(args) <= 2, "a StringDtype", "2 arguments", args)
    demand(args[:1] in ((), ("python",), ("pyarrow",)), "a StringDtype", "a storage", args)
    for na_value in args[1:]:
        demand(na_value is pandas.NA or type(na_value) is float, "a StringDtype", "NA or nan", na_value)
