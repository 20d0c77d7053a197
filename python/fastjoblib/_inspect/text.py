"""A Report as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from fastjoblib._inspect.report import Array, Global, Part, Report

__all__ = ["as_text", "plural", "shown", "size", "unwrapped"]

_N_GLOBALS = 12  # of each verdict
_N_ARRAYS = 12
_N_PICKLES = 3
_N_PARTS = 6  # on each of the two levels that are shown
_PATH_WIDTH = 60
_SMALLEST_PART = 0.01  # of the whole
_NEARLY_ALL = 0.9


def shown(text: str, width: int = 500) -> str:
    """Make a text of a file fit for a terminal: one line, nothing that controls it, not longer than `width`."""
    cut = text if len(text) <= width else f"{text[: width // 2 - 1]}...{text[len(text) - (width - width // 2 - 2) :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def size(nbytes: int) -> str:
    """Write a number of bytes in the unit that fits."""
    if nbytes < 1000:
        return f"{nbytes} B"
    number = float(nbytes)
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 999.5:
            return f"{number:.3g} {unit}"
    return f"{number / 1000:,.3g} TB"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _header(report: Report) -> Iterator[str]:
    yield f"{shown(report.filename, 200) or 'data'}: {report.verdict}"
    details = [report.format, f"protocol {report.protocol}", size(report.nbytes)]
    if report.compressor is not None:
        level = f" ({report.level})" if report.level else ""
        blocks = f", {plural(report.blocks, 'block')}" if report.blocks else ""
        details.append(f"{shown(report.compressor, 40)}{level}{blocks}: {size(report.data_nbytes)} before compression")
    if len(report.pickles) > 1:
        details.append(plural(len(report.pickles), "pickle"))
    yield "  " + ", ".join(details)
    if report.error is not None:
        yield f"  error: {shown(report.error)}"
    for note in report.notes:
        yield f"  note: {shown(note)}"


def _more(items: Sequence[object], limit: int) -> Iterator[str]:
    if len(items) > limit:
        yield f"    and {len(items) - limit:,} more"


def _global(found: Global) -> str:
    at = f" at {shown(found.paths[0], _PATH_WIDTH)}" if found.paths else ""
    return f"    {shown(f'{found.module}.{found.name}', 100)}  {' and '.join(found.uses)} {found.count:,}x{at}"


def _globals(report: Report) -> Iterator[str]:
    for verdict in ("dangerous", "unknown"):
        found = [each for each in report.globals if each.verdict == verdict]
        if found:
            yield f"  {verdict} names:"
            yield from map(_global, found[:_N_GLOBALS])
            yield from _more(found, _N_GLOBALS)
    safe = [each for each in report.globals if each.verdict == "safe"]
    if safe:
        yield f"  {plural(len(safe), 'safe name')}"


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Align columns, the last but one to the right: sizes."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        *cells, number, last = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "    " + "  ".join([*cells, number.rstrip().rjust(widths[-2]), last]).rstrip()


def _row(array: Array) -> tuple[str, ...]:
    place = f"in {shown(array.filename, _PATH_WIDTH)}" if array.filename is not None else ""
    shape = shown(str(array.shape), 40)
    return shown(array.path, _PATH_WIDTH), shown(array.dtype, 30), shape, size(array.nbytes), place


def _arrays(report: Report) -> Iterator[str]:
    if not report.arrays:
        return
    largest = sorted(report.arrays, key=lambda array: -array.nbytes)
    yield f"  {plural(len(largest), 'array')}, {size(sum(array.nbytes for array in largest))}:"
    yield from _table(map(_row, largest[:_N_ARRAYS]))
    yield from _more(largest, _N_ARRAYS)


def unwrapped(part: Part) -> tuple[Part, str]:
    """Go down to where a part divides: where no part of it is nearly all of it; return that part and the path to it."""
    path = part.name
    while part.parts and (largest := part.parts[0]).nbytes >= _NEARLY_ALL * part.nbytes:
        part, path = largest, path + largest.name
    return part, path


def _parts(root: Part) -> Iterator[tuple[str, str, str]]:
    """The two upper levels of the tree, without what is too small to matter."""
    smallest = _SMALLEST_PART * root.nbytes
    for part in root.parts[:_N_PARTS]:
        if part.nbytes >= smallest:
            inner, path = unwrapped(part)
            yield shown(path, _PATH_WIDTH), size(part.nbytes), shown(inner.kind, 60)
            for each in inner.parts[:_N_PARTS]:
                if each.nbytes >= smallest:
                    yield "  " + shown(each.name, _PATH_WIDTH - 2), size(each.nbytes), shown(each.kind, 60)


def _sizes(report: Report) -> Iterator[str]:
    for found in report.pickles[:_N_PICKLES]:
        root = found.root
        yield f"  {shown(root.name, 40)}: {shown(root.kind, 80)}, {size(root.nbytes)}, {plural(root.count, 'object')}"
        part, path = unwrapped(root)
        if part is not root:
            yield f"  {shown(path, 80)}: {shown(part.kind, 80)}, {size(part.nbytes)}"
        yield from _table(_parts(part))


def _seal(report: Report) -> Iterator[str]:
    if report.seal is None:
        return
    yield f"  seal: SHA-256 tree hash {shown(report.seal.digest, 64)}"
    for name, fact in report.seal.facts.items():
        if fact:
            yield f"    {shown(str(name), 30)}: {shown(str(fact), 200)}"


def as_text(report: Report) -> str:
    """Write a report for a terminal, in a screen or two; what is dangerous comes first.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        Lines without colours or control characters, whatever is in the file.
    """
    return "\n".join(line for part in (_header, _globals, _sizes, _arrays, _seal) for line in part(report))
