"""Small tables, as text for a terminal and as HTML for a notebook."""

from collections.abc import Sequence
from html import escape

from fastjoblib._inspect.text import shown

__all__ = ["html_table", "text_table"]

Rows = Sequence[Sequence[str]]


def text_table(heads: Sequence[str], rows: Rows, right: Sequence[int] = (), width: int = 60) -> str:
    """Write columns, at most so wide, under heads if any; those with numbers in `right` end where their heads end."""
    cells = [[shown(cell, width) for cell in row] for row in (heads, *rows) if row]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(widths[i]) if i in right else cell.ljust(widths[i])
            for i, cell in enumerate(row)
        ).rstrip()
        for row in cells
    )


def html_table(heads: Sequence[str], rows: Rows, right: Sequence[int] = ()) -> str:
    """The same for a notebook, which has a style for tables of its own."""

    def line(cells: Sequence[str], tag: str) -> str:
        aligned = (
            f'<{tag} style="text-align:{"right" if i in right else "left"}">{escape(shown(cell, 500))}</{tag}>'
            for i, cell in enumerate(cells)
        )
        return f"<tr>{''.join(aligned)}</tr>"

    head = f"<thead>{line(heads, 'th')}</thead>" if heads else ""
    body = "".join(line(row, "td") for row in rows)
    return f"<table>{head}<tbody>{body}</tbody></table>"
