# SPDX-License-Identifier: BSD-3-Clause
"""Read the tables of benchmarks/results*.md, so that no number is typed by hand."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables(name: str) -> list[list[dict[str, str]]]:
    """Return the tables of a file of results, each a list of rows by the names of their columns."""
    found: list[list[dict[str, str]]] = []
    lines = (ROOT / "benchmarks" / name).read_text(encoding="utf-8").splitlines()
    for above, rule, number in zip(lines, lines[1:], range(2, len(lines) + 1), strict=False):
        if not (above.startswith("|") and set(rule) <= set("|-: ") and rule.startswith("|")):
            continue
        columns = _cells(above)
        # Of columns of the same name, the second one and later ones get a number.
        columns = [f"{c} {columns[:i].count(c) + 1}" if c in columns[:i] else c for i, c in enumerate(columns)]
        rows = []
        for line in lines[number:]:
            if not line.startswith("|"):
                break
            rows.append(dict(zip(columns, _cells(line), strict=True)))
        found.append(rows)
    return found


def number(cell: str) -> float:
    """Return the number of a cell, be it bold or not."""
    return float(cell.strip("*").replace(",", ""))
