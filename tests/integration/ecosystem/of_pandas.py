# SPDX-License-Identifier: BSD-3-Clause
"""Series, frames and indexes of pandas: each dtype, each kind of index."""

import datetime
import decimal

import numpy as np
import pandas as pd
from integration.safe.datasets import FRAME, NULLABLE

__all__ = ["arrow", "objects"]

DAYS = pd.date_range("2024-02-28", periods=4, freq="D")
LARGE = 5000

NUMPY = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
    datetime64[s] datetime64[ms] datetime64[us] datetime64[ns] timedelta64[s] timedelta64[ns]""".split()
MASKED = "boolean Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64".split()
# What an index can be of.
INDEXABLE = {"bool", "int8", "int64", "uint64", "float64", "complex128", "datetime64[ns]", "timedelta64[ns]", "Int64"}

ARROW = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 string large_string binary
    date32 date64""".split()


def arrays():
    """An array for each dtype, with missing values where it can have them."""
    numbers = np.array([0, 1, 3, 7])
    for name in NUMPY:
        yield name, numbers.astype("int64").astype(name)
    for name in MASKED:
        yield name, pd.array([1, 0, None, 1], dtype=name)
    yield "object", np.array(["text", None, 3.5, ("a", 1)], dtype=object)
    yield "object-nested", np.array([{"a": 1}, [1, 2], np.arange(3), DAYS], dtype=object)
    yield "str", pd.array(["a", "é", "", None], dtype="str")
    yield "string[python]", pd.array(["a", "é", "", None], dtype=pd.StringDtype("python"))
    yield "category", pd.Categorical(["b", "a", None, "b"])
    yield "category-ordered", pd.Categorical([3, 1, 2, 1], categories=[3, 2, 1], ordered=True)
    yield "category-dates", pd.Categorical(DAYS)
    for zone in ("UTC", "Europe/Berlin", "-05:30"):
        yield f"datetimetz-{zone}", DAYS.tz_localize(zone).array
    yield "datetimetz-fixed", DAYS.tz_localize(datetime.timezone(datetime.timedelta(hours=2))).array
    yield "datetime-missing", pd.array([DAYS[0], pd.NaT], dtype="datetime64[us]")
    for frequency in ("D", "M", "Q-NOV", "h"):
        yield f"period-{frequency}", pd.period_range("2024-01", periods=4, freq=frequency).array
    for closed in ("left", "right", "both", "neither"):
        yield f"interval-{closed}", pd.interval_range(0, 4, closed=closed).array
    yield "interval-dates", pd.IntervalIndex.from_breaks(DAYS).array
    for fill, values in ((0, [0, 0, 3, 0]), (np.nan, [np.nan, 1.5, np.nan, np.nan]), (False, [False, True, False])):
        yield f"sparse-{fill}", pd.arrays.SparseArray(values, fill_value=fill)
    yield "sparse-block", pd.arrays.SparseArray([0, 0, 1, 2], kind="block")
    yield "large", np.arange(LARGE) / 3
    yield "large-str", pd.array([f"text {i}" for i in range(LARGE)], dtype="str")


def indexes():
    yield "range", pd.RangeIndex(2, 20, 3, name="r")
    yield "multi", pd.MultiIndex.from_product([["a", "b"], [1, 2], DAYS[:2]], names=["letter", None, "day"])
    yield "multi-missing", pd.MultiIndex.from_tuples([("a", 1), (None, 2), ("b", pd.NA)])
    yield "multi-category", pd.MultiIndex.from_arrays([pd.Categorical(["x", "y"]), pd.period_range("2024", periods=2)])
    yield "days", DAYS
    yield "business-days", pd.bdate_range("2024-01-01", periods=3)
    yield "month-ends", pd.date_range("2024-01-01", periods=3, freq="ME", tz="America/New_York")
    yield "differences", pd.timedelta_range("1h", periods=3, freq="30min")
    yield "periods", pd.period_range("2024-01", periods=3, freq="M")
    yield "intervals", pd.interval_range(0.0, 1.0, periods=3)
    yield "categories", pd.CategoricalIndex(list("aba"), ordered=True)
    yield "texts", pd.Index(["a", "b", None], name=("a", "tuple"))
    yield "objects", pd.Index([1, "a", (2, 3)], dtype=object)


def frames():
    yield "mixed", FRAME
    yield "nullable", NULLABLE
    yield "transposed", FRAME[["size", "count"]].T
    yield "slice", FRAME.iloc[3:40:2, [0, 4]]
    yield "empty", pd.DataFrame()
    yield "no-rows", FRAME.iloc[:0]
    yield "no-columns", FRAME[[]]
    yield "same-names", pd.DataFrame([[1, 2.0], [3, 4.0]], columns=["a", "a"])
    yield "multi-columns", pd.DataFrame(np.eye(4), columns=pd.MultiIndex.from_product([[0, 1], ["x", "y"]]))
    yield "multi-index", FRAME.set_index(["colour", "grade", "count"])
    yield "grouped-result", FRAME.groupby(["colour", "flag"], observed=True)[["size", "weight"]].agg(["mean", "count"])
    numbers = np.arange(LARGE)
    yield "frame-large", pd.DataFrame({"a": numbers, "b": numbers / 7, "c": numbers.astype(str)})
    named = FRAME[["size"]].copy()
    named.attrs = {"unit": "kg", "scale": np.arange(3)}
    yield "attributes", named.set_flags(allows_duplicate_labels=False)


def scalars():
    yield "timestamp", pd.Timestamp("2024-02-29 12:00:00.123456789", tz="Europe/Berlin")
    yield "timedelta", pd.Timedelta("1 days 00:00:00.5")
    yield "period", pd.Period("2024-02", "M")
    yield "interval", pd.Interval(1, 2, closed="both")
    yield "na", [pd.NA, pd.NaT]
    yield "offset", pd.offsets.CustomBusinessDay(holidays=["2024-01-01"])


def seen(value):
    """It, or a series of an array, and what `==` of pandas does not look at."""
    attributes = ("dtype", "dtypes", "attrs", "flags", "freq", "name", "names", "levels", "codes")
    compared = pd.Series(value) if isinstance(value, pd.api.extensions.ExtensionArray) else value
    return [compared, {name: as_text(getattr(value, name)) for name in attributes if hasattr(value, name)}]


def as_text(value):
    return repr(value.to_dict()) if isinstance(value, pd.Series) else repr(value)


def of_arrays(found, indexable):
    for name, array in found:
        if not isinstance(array, np.ndarray):
            yield f"{name}-array", array, seen
        yield f"{name}-series", pd.Series(array, name="it"), seen
        yield f"{name}-frame", pd.DataFrame({"it": array, "again": array, "number": range(len(array))}), seen
        if indexable(name):
            yield f"{name}-index", pd.Index(array, name="it"), seen


def objects():
    yield from of_arrays(arrays(), lambda name: name in INDEXABLE or name.startswith(("string", "category", "period")))
    for name, value in [*indexes(), *frames()]:
        yield name, value, seen
    for name, value in scalars():
        yield f"scalar-{name}", value, repr


def arrow_arrays():
    import pyarrow as pa

    numbers = [1, 0, None, 1]
    for name in ARROW:
        given = {"string": ["a", "é"], "large_string": ["a", None], "binary": [b"a", b"\xff"], "date32": DAYS.date}
        kind = pd.ArrowDtype(getattr(pa, name + "_" if name == "bool" else name)())
        values = given.get("date32" if name.startswith("date") else name, numbers)
        yield name, pd.array(values, dtype=kind)
    for unit in ("s", "ns"):
        yield f"timestamp-{unit}", pd.array(DAYS, dtype=pd.ArrowDtype(pa.timestamp(unit, "Europe/Berlin")))
        yield f"duration-{unit}", pd.array([1, None], dtype=pd.ArrowDtype(pa.duration(unit)))
    yield "time", pd.array([datetime.time(1, 2), None], dtype=pd.ArrowDtype(pa.time64("us")))
    yield "decimal", pd.array([decimal.Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(9, 2)))
    yield "list", pd.array([[1, 2], [], None], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    yield "struct", pd.array([{"a": 1, "b": "x"}], dtype=pd.ArrowDtype(pa.struct({"a": pa.int8(), "b": pa.string()})))
    yield "dictionary", pd.array(["a", "b", "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())))
    yield "string[pyarrow]", pd.array(["a", "é", "", None], dtype=pd.StringDtype("pyarrow"))
    yield "str[pyarrow]", pd.array(["a", "é", "", None], dtype=pd.StringDtype("pyarrow", na_value=np.nan))
    yield "sliced", pd.array([f"text {i}" for i in range(LARGE)], dtype="string[pyarrow]")[100:-7:3]


def arrow():
    yield from of_arrays(arrow_arrays(), lambda name: name in ("int64", "string", "str[pyarrow]", "timestamp-ns"))
    yield "frame-converted", FRAME.convert_dtypes(dtype_backend="pyarrow"), seen
