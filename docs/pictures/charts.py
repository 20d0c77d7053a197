# SPDX-License-Identifier: BSD-3-Clause
"""Charts of how many times faster fastjoblib is: bars on a logarithmic scale from 1, losses to its left."""

import math

from svg import Picture
from tables import number, tables

Rows = list[tuple[str, list[float | None]]]
WIDTH = 430
RIGHT = 392
COLOURS = ("a", "b", "c")


def bars(title: str, series: list[str], rows: Rows, note: str) -> str:
    """Draw a group of bars for each row, one for each series."""
    picture = Picture(WIDTH, title)
    picture.text(0, 18, title, "bold")
    x = 0.0
    for name, colour in zip(series, COLOURS, strict=False):
        picture.box(x, 30, 12, 12, colour, radius=2)
        picture.text(x + 18, 41, name, "small")
        x += 30 + 7.2 * len(name)
    values = [value for _, group in rows for value in group if value is not None]
    low = min(1.0, min(values))
    ticks = [t for t in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if low * 0.8 <= t <= max(values) * 1.05]
    if max(values) / low > 40:
        ticks = [t for t in ticks if t in (0.25, 0.5, 1, 3, 10, 100, 0.1)]
    first, last = math.log(min(low, ticks[0])), math.log(max(max(values), ticks[-1]))

    left = 12 + 6.7 * max(len(name) for name, _ in rows)

    def place(value: float) -> float:
        return left + (RIGHT - left) * (math.log(value) - first) / (last - first)

    thick = 13 if len(series) > 1 else 14
    step = thick * len(series) + 8
    top, bottom = 72, 72 + step * len(rows)
    for tick in ticks:
        picture.line(place(tick), top - 6, place(tick), bottom, "soft" if tick == 1 else "line", dashed=tick != 1)
        picture.text(place(tick), top - 11, f"{tick:g}×", "small soft", "middle")
    y: float = top
    for name, group in rows:
        picture.text(left - 8, y + step / 2, name, "small", "end")
        for place_in_group, (value, colour) in enumerate(zip(group, COLOURS, strict=False)):
            if value is None:
                continue
            above = y + place_in_group * thick
            x1, x2 = sorted((place(1), place(value)))
            picture.box(x1, above, max(x2 - x1, 1), thick - 1, colour, radius=1.5)
            label = max(x2, place(1)) + 4
            picture.text(label, above + thick - 2, f"{value:.3g}", "small bad bold" if value < 1 else "small")
        y += step
    for line, words in enumerate(note.split("\n")):
        picture.text(0, bottom + 20 + 16 * line, words, "small soft")
    return picture.finish(bottom + 26 + 16 * note.count("\n"))


def _value(row: dict[str, str], column: str) -> float | None:
    return number(row[column]) if row.get(column, "-") not in ("", "-") else None


def _joined(left: list[dict[str, str]], right: list[dict[str, str]], columns: tuple[str, str], keys: list[str]) -> Rows:
    """Take one column of each of two tables, for the rows that either has."""
    by_name: dict[str, list[float | None]] = {}
    for i, (rows, column) in enumerate(zip((left, right), columns, strict=True)):
        for row in rows:
            by_name.setdefault(", ".join(row[key] for key in keys), [None, None])[i] = _value(row, column)
    return list(by_name.items())


def objects(than: str) -> str:
    """Dumps and loads of objects, against joblib or pickle."""
    dump, load, _ = tables("results.md")
    rows = _joined(dump, load, (f"× {than}", f"× {than}"), ["case"])
    rows = [(name.replace("_", " "), group) for name, group in rows]
    title = f"Times faster than {than}, by kind of object"
    return bars(title, ["dump", "load"], rows, "Best of 4 rounds, two cores; right is faster, 1× is even. results.md")


def arrays(than: str) -> str:
    """Dumps and loads of large arrays, against joblib or pickle."""
    _, dump, load, cold, _ = tables("results_arrays.md")
    rows = _joined(dump, load, (f"× {than}", f"× {than}"), ["case"])
    if than == "joblib":
        rows += [(f"{row['case']}, cold", [None, _value(row, "× joblib")]) for row in cold]
    title = f"Times faster than {than}, large arrays"
    note = "Two cores; what each case is, and its size: results_arrays.md"
    return bars(title, ["dump", "load"], [(n.replace("_", " "), g) for n, g in rows], note)


def compressed() -> str:
    """Compressed dumps and loads, against joblib."""
    dump, load = tables("results_compress.md")
    rows = [
        (f"{row['method'].replace(' level ', ' ')}, {row['case'].replace('_', ' ')}", group)
        for row, (_, group) in zip(dump, _joined(dump, load, ("× joblib", "× joblib"), ["method", "case"]), strict=True)
        if row["case"] != "geometric mean"
    ]
    return bars("Times faster than joblib, compressed", ["dump", "load"], rows, "Two cores. results_compress.md")


def pickles() -> str:
    """fastjoblib.pickle against pickle, in memory."""
    (rows,) = tables("results_pickle.md")
    found: Rows = [
        (row["case"].replace("_", " "), [_value(row, "×"), _value(row, "× 2")])
        for row in rows
        if not row["case"].startswith("geometric")
    ]
    title = "fastjoblib.pickle: times faster than C pickle, in memory"
    return bars(title, ["dumps", "loads"], found, "Best of 9 rounds, protocol 5. results_pickle.md")


def restricted() -> str:
    """safe_load against pickle's load and skops."""
    (rows,) = tables("results_safe.md")
    columns = ("pickle / safe", "skops / safe")
    found: Rows = [(row["model"], [_value(row, column) for column in columns]) for row in rows]
    title = "safe_load: times faster than pickle and skops"
    note = "pickle checks nothing. Where a row has one bar, skops has no form for it.\nresults_safe.md"
    return bars(title, ["pickle's load", "skops' load"], found, note)
