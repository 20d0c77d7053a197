"""A Report as HTML for notebooks: self-contained, without scripts, on light and dark pages."""

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from fastjoblib._inspect.report import Array, Global, Report
from fastjoblib._inspect.text import plural, shown, size
from fastjoblib._inspect.treemap import KINDS, treemap

__all__ = ["as_html"]

_N_ARRAYS = 20
_N_GLOBALS = 50  # that are dangerous, and as many that are unknown
_N_SAFE = 200
_N_PICKLES = 3
_PATH_WIDTH = 160

# Colours of text and lines are those of the page around; tiles and badges have their own.
# The class is repeated so that these rules win over those that JupyterLab has for tables and code in outputs. The
# classic notebook makes a summary a block, which has no triangle to open it.
_STYLE = """
.fj{font:13px/1.45 system-ui,sans-serif;max-width:960px;overflow-wrap:anywhere}
.fj.fj.fj h4{font-size:14px;font-weight:600;margin:14px 0 4px}
.fj.fj.fj p{margin:4px 0}
.fj.fj.fj code{font:12px/1.45 ui-monospace,monospace;background:none;color:inherit;padding:0;white-space:pre-wrap}
.fj.fj.fj table{font:inherit;color:inherit;border-collapse:collapse;margin:2px 0;width:100%;table-layout:auto}
.fj.fj.fj tr{background:none}
.fj.fj.fj th,.fj.fj.fj td{text-align:left;vertical-align:top;padding:2px 10px 2px 0;
border:solid rgba(128,128,128,.3);border-width:0 0 1px}
.fj.fj.fj th{font-weight:600;white-space:nowrap}
.fj.fj.fj .fj-number{text-align:right;white-space:nowrap}
.fj.fj.fj .fj-short{white-space:nowrap}
.fj.fj.fj summary{cursor:pointer;display:list-item}
.fj-badge{display:inline-block;border-radius:3px;padding:0 6px;color:#fff;white-space:nowrap}
.fj-dangerous{background:#b3261e}.fj-suspicious,.fj-unknown{background:#8a5a00}
.fj-clean,.fj-safe{background:#1b6e3c}.fj-unreadable{background:#5f5f5f}
.fj-map{position:relative;height:340px;margin:4px 0;overflow:hidden}
.fj-tile{position:absolute;box-sizing:border-box;overflow:hidden;border:1px solid rgba(255,255,255,.75);
border-radius:2px;color:#111;font-size:11px;line-height:17px}
.fj-inner{position:absolute;left:0;right:0;top:17px;bottom:0}
.fj-label{display:block;padding:0 4px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.fj-label i{font-style:normal;opacity:.75}
.fj-key{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 4px 0 10px}
.fj-arrays{background:#8ab6e8}.fj-dicts{background:#8fd0c4}.fj-sequences{background:#b3d98f}
.fj-text{background:#f0d080}.fj-instances{background:#cdb5e8}.fj-rest{background:#c4c4c4}
"""


def _text(value: str, width: int = _PATH_WIDTH) -> str:
    return escape(shown(value, width))


def _code(value: str, width: int = _PATH_WIDTH) -> str:
    return f"<code>{_text(value, width)}</code>"


def _badge(verdict: str) -> str:
    return f'<span class="fj-badge fj-{_text(verdict)}">{_text(verdict)}</span>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str]) -> str:
    """A table of cells that are HTML already, with heads if any; a class for each column, "" for none."""
    head = ""
    if heads:
        cells = (f'<th class="{name}">{text}</th>' for text, name in zip(heads, classes, strict=True))
        head = f"<thead><tr>{''.join(cells)}</tr></thead>"
    body = "".join(
        "<tr>" + "".join(f'<td class="{name}">{cell}</td>' for cell, name in zip(row, classes, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table>{head}<tbody>{body}</tbody></table>"


def _more(count: int, limit: int) -> str:
    return f"<p>and {count - limit:,} more</p>" if count > limit else ""


def _header(report: Report) -> Iterator[str]:
    yield f"<p>{_badge(report.verdict)} <b>{_text(report.filename) or 'data'}</b></p>"
    details = [report.format, f"protocol {report.protocol}", size(report.nbytes)]
    if report.compressor is not None:
        level = f" ({report.level})" if report.level else ""
        blocks = f", {plural(report.blocks, 'block')}" if report.blocks else ""
        details.append(f"{report.compressor}{level}{blocks}: {size(report.data_nbytes)} before compression")
    yield f"<p>{_text(', '.join(details))}</p>"
    if report.error is not None:
        yield f"<p>{_badge('unreadable')} {_text(report.error, 500)}</p>"
    for note in report.notes:
        yield f"<p>{_badge('suspicious')} {_text(note, 500)}</p>"


def _global_row(found: Global) -> tuple[str, ...]:
    uses = f"{', '.join(found.uses)} {found.count:,}\u00d7"
    name = _code(f"{found.module}.{found.name}")
    return _badge(found.verdict), name, _text(uses), "<br>".join(map(_code, found.paths))


def _globals(report: Report) -> Iterator[str]:
    heads, classes = ("", "name", "use", "where"), ("fj-short", "", "", "")
    safe = [each for each in report.globals if each.verdict == "safe"]
    if report.globals:
        yield "<h4>Classes and functions</h4>"
    flagged = [[each for each in report.globals if each.verdict == verdict] for verdict in ("dangerous", "unknown")]
    rows = [_global_row(found) for group in flagged for found in group[:_N_GLOBALS]]
    if rows:
        yield _table(heads, rows, classes)
        yield _more(sum(map(len, flagged)), len(rows))
    if safe:
        table = _table(heads, map(_global_row, safe[:_N_SAFE]), classes) + _more(len(safe), _N_SAFE)
        yield f"<details><summary>{plural(len(safe), 'safe name')}</summary>{table}</details>"


def _sizes(report: Report) -> Iterator[str]:
    order = dict.fromkeys([*KINDS.values(), "instances", "rest"])
    for found in report.pickles[:_N_PICKLES]:
        root = found.root
        counts = f"{size(root.nbytes)}, {plural(root.count, 'object')}"
        yield f"<h4>Sizes: {_text(root.name)}, {_text(root.kind)}, {counts}</h4>"
        tiles = treemap(root)
        yield tiles
        # What the file says is escaped, so that it cannot look like a tile.
        drawn = [group for group in order if f'"fj-tile fj-{group}"' in tiles]
        keys = [f'<span class="fj-key fj-{group}"></span>{group}' for group in drawn]
        yield f"<p>{''.join(keys)}</p>"
    yield _more(len(report.pickles), _N_PICKLES)


def _array_row(array: Array) -> tuple[str, ...]:
    where = array.kind if array.filename is None else f"{array.kind} {array.filename}"
    return _code(array.path), _code(array.dtype, 40), _text(str(array.shape), 40), size(array.nbytes), _text(where, 40)


def _arrays(report: Report) -> Iterator[str]:
    if not report.arrays:
        return
    largest = sorted(report.arrays, key=lambda array: -array.nbytes)
    total = size(sum(array.nbytes for array in largest))
    yield f"<h4>{plural(len(largest), 'array')}, {total}</h4>"
    heads, classes = ("path", "dtype", "shape", "size", "kind"), ("", "", "fj-short", "fj-number", "fj-short")
    yield _table(heads, map(_array_row, largest[:_N_ARRAYS]), classes)
    yield _more(len(largest), _N_ARRAYS)


def _seal(report: Report) -> Iterator[str]:
    if report.seal is None:
        return
    yield "<h4>Seal</h4><p>What the file says of itself; <code>verify</code> tells whether it is so.</p>"
    rows = [("SHA-256 tree hash", report.seal.digest), *(fact for fact in report.seal.facts.items() if fact[1])]
    cells = [(_text(name), _code(value if isinstance(value, str) else json.dumps(value), 2000)) for name, value in rows]
    yield _table((), cells, ("fj-short", ""))


def as_html(report: Report) -> str:
    """Write a report for a notebook.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        A div with its own style.  Nothing is loaded from elsewhere, and what the file
        says is escaped.
    """
    parts = (_header, _globals, _sizes, _arrays, _seal)
    body = "".join(line for part in parts for line in part(report))
    return f'<div class="fj"><style>{_STYLE}</style>{body}</div>'
