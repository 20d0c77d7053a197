# SPDX-License-Identifier: BSD-3-Clause
"""Charts of how many times faster fastjoblib is: bars on a logarithmic scale from 1, losses to its left."""

import math

from svg import Picture
from tables import number, tables

Rows = list[tuple[str, list[float | None]]]
WIDTH = 430
RIGHT = 392  # where the longest bar ends: its number follows
TOP = 72
THICK = 13  # of a bar, with the gap to the next one
COLOURS = ("a", "b")


class Scale:
    """Where numbers are on a logarithmic axis between `left` and RIGHT, and which of them are written at it."""

    def __init__(self, left: float, values: list[float]) -> None:
        low, high = min(1.0, *values), max(values)
        marks = (0.1, 1, 10, 100, 1000) if high / low > 40 else (0.25, 0.5, 1, 2, 5, 10, 20)
        self.marks = [mark for mark in marks if low * 0.8 <= mark <= high * 1.05]
        self.left = left
        self.low = math.log(min(low, *self.marks))
        self.high = math.log(max(high, *self.marks))

    def place(self, value: float) -> float:
        """Return where a number is."""
        return self.left + (RIGHT - self.left) * (math.log(value) - self.low) / (self.high - self.low)

    def draw(self, picture: Picture, bottom: float) -> None:
        """Draw a line for each mark; that of 1 is where nothing is won or lost."""
        for mark in self.marks:
            x = self.place(mark)
            picture.line(x, TOP - 6, x, bottom, "soft" if mark == 1 else "line", dashed=mark != 1)
            picture.text(x, TOP - 11, f"{mark:g}×", "small soft", "middle")


def _legend(picture: Picture, series: tuple[str, str]) -> None:
    x = 0.0
    for name, colour in zip(series, COLOURS, strict=True):
        picture.box(x, 30, 12, 12, colour, radius=2)
        picture.text(x + 18, 41, name, "small")
        x += 30 + 7.2 * len(name)


def _bar(picture: Picture, scale: Scale, value: float, y: float, colour: str) -> None:
    left, right = sorted((scale.place(1), scale.place(value)))
    picture.box(left, y, max(right - left, 1), THICK - 1, colour, radius=1.5)
    picture.text(right + 4, y + THICK - 2, f"{value:.3g}", "small bad bold" if value < 1 else "small")


def bars(title: str, series: tuple[str, str], rows: Rows, note: str) -> str:
    """Draw two bars for each row, one for each series."""
    picture = Picture(WIDTH, title)
    picture.text(0, 18, title, "bold")
    _legend(picture, series)
    values = [value for _, pair in rows for value in pair if value is not None]
    scale = Scale(12 + 6.7 * max(len(name) for name, _ in rows), values)
    step = 2 * THICK + 8
    bottom = TOP + step * len(rows)
    scale.draw(picture, bottom)
    for y, (name, pair) in zip(range(TOP, bottom, step), rows, strict=True):
        picture.text(scale.left - 8, y + step / 2, name, "small", "end")
        for i, (value, colour) in enumerate(zip(pair, COLOURS, strict=True)):
            if value is not None:
                _bar(picture, scale, value, y + i * THICK, colour)
    for i, line in enumerate(note.split("\n")):
        picture.text(0, bottom + 20 + 16 * i, line, "small soft")
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
    return bars(title, ("dump", "load"), rows, "Best of 4 rounds, two cores; 1× is even. results.md")


def arrays(than: str) -> str:
    """Dumps and loads of large arrays, against joblib or pickle."""
    _, dump, load, cold, _ = tables("results_arrays.md")
    rows = _joined(dump, load, (f"× {than}", f"× {than}"), ["case"])
    if than == "joblib":
        rows += [(f"{row['case']}, cold", [None, _value(row, "× joblib")]) for row in cold]
    title = f"Times faster than {than}, large arrays"
    note = "Two cores; what each case is, and its size: results_arrays.md"
    return bars(title, ("dump", "load"), [(n.replace("_", " "), g) for n, g in rows], note)


def compressed() -> str:
    """Compressed dumps and loads, against joblib."""
    dump, load = tables("results_compress.md")
    rows = [
        (f"{row['method'].replace(' level ', ' ')}, {row['case'].replace('_', ' ')}", group)
        for row, (_, group) in zip(dump, _joined(dump, load, ("× joblib", "× joblib"), ["method", "case"]), strict=True)
        if row["case"] != "geometric mean"
    ]
    return bars("Times faster than joblib, compressed", ("dump", "load"), rows, "Two cores. results_compress.md")


def pickles() -> str:
    """fastjoblib.pickle against pickle, in memory."""
    (rows,) = tables("results_pickle.md")
    found: Rows = [
        (row["case"].replace("_", " "), [_value(row, "×"), _value(row, "× 2")])
        for row in rows
        if not row["case"].startswith("geometric")
    ]
    title = "Times faster than C pickle, in memory"
    return bars(title, ("dumps", "loads"), found, "Best of 9 rounds, protocol 5. results_pickle.md")


def restricted() -> str:
    """safe_load against pickle's load and skops."""
    (rows,) = tables("results_safe.md")
    columns = ("pickle / safe", "skops / safe")
    found: Rows = [(row["model"], [_value(row, column) for column in columns]) for row in rows]
    title = "safe_load: times faster than pickle and skops"
    note = "pickle checks nothing; where a bar is missing, skops has no form.\nresults_safe.md"
    return bars(title, ("pickle's load", "skops' load"), found, note)
