# SPDX-License-Identifier: BSD-3-Clause
"""Frames, lazy frames, series and expressions of polars."""

import datetime
import decimal

import numpy as np
import polars as pl

__all__ = ["objects"]

WHEN = datetime.datetime(2024, 2, 29, 12, 30)


def columns():
    for name in "Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64 Boolean".split():
        yield name, pl.Series([1, 0, None], dtype=getattr(pl, name), strict=False)
    yield "String", pl.Series(["a", "é", None])
    yield "Binary", pl.Series([b"a", b"\xff", None])
    yield "Date", pl.Series([WHEN.date(), None])
    yield "Time", pl.Series([WHEN.time(), None])
    for unit in ("ms", "us", "ns"):
        yield f"Datetime-{unit}", pl.Series([WHEN, None], dtype=pl.Datetime(unit, "Europe/Berlin"))
        yield f"Duration-{unit}", pl.Series([datetime.timedelta(1, 2), None], dtype=pl.Duration(unit))
    yield "Decimal", pl.Series([decimal.Decimal("1.50"), None], dtype=pl.Decimal(9, 2))
    yield "Categorical", pl.Series(["a", "b", "a", None], dtype=pl.Categorical)
    yield "Enum", pl.Series(["low", "high"], dtype=pl.Enum(["low", "high"]))
    yield "List", pl.Series([[1, 2], [], None])
    yield "Array", pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int16, 2))
    yield "Struct", pl.Series([{"a": 1, "b": "x"}, {"a": None, "b": None}])
    yield "Null", pl.Series([None, None])
    yield "Object", pl.Series([object, dict], dtype=pl.Object)
    yield "empty", pl.Series([], dtype=pl.Int64)
    yield "sliced", pl.Series(np.arange(5000))[100:-3]
    yield "chunks", pl.concat([pl.Series([1, 2]), pl.Series([3])], rechunk=False)
    yield "sorted", pl.Series([3, 1, 2]).sort()


def seen(series):
    return [series.name, repr(series.dtype), series.flags, series.to_list()]


def seen_frame(frame):
    return [frame.shape, frame.columns, [seen(column) for column in frame.get_columns()]]


def frame():
    return pl.DataFrame({"number": np.arange(40) / 7, "group": ["a", "b", "c", "d"] * 10, "day": [WHEN.date()] * 40})


def lazy():
    yield "plain", frame().lazy()
    yield "filtered", frame().lazy().filter(pl.col("number") > 2).select("group", twice=pl.col("number") * 2)
    yield "grouped", frame().lazy().group_by("group", maintain_order=True).agg(pl.col("number").mean())
    yield "joined", frame().lazy().join(frame().lazy().head(3), on="number", maintain_order="left")
    yield "function", frame().lazy().with_columns(root=pl.col("number").map_batches(np.sqrt, return_dtype=pl.Float64))


def objects():
    for name, series in columns():
        yield f"series-{name}", series.alias("it"), seen
        yield f"frame-{name}", pl.DataFrame({"it": series, "number": range(len(series))}), seen_frame
    yield "frame", frame(), seen_frame
    yield "frame-without-columns", pl.DataFrame(), seen_frame
    yield "frame-grouped", frame().group_by("group", maintain_order=True).sum(), seen_frame
    for name, plan in lazy():
        yield f"lazy-{name}", plan, lambda it: seen_frame(it.collect())
    calculation = (pl.col("number") * 2).rolling_mean(3).over("group")
    yield "expression", calculation, lambda it: seen_frame(frame().select(it))
    yield "expression-when", pl.when(pl.col("number") > 1).then(1).otherwise(None), lambda it: str(it)
    yield "schema", frame().schema, repr
    yield "dtypes", [pl.Int8, pl.List(pl.String), pl.Datetime("ns", "UTC"), pl.Enum(["a"])], repr
