"""A squarified treemap of the parts of an object, as HTML without scripts."""

from collections.abc import Iterator, Sequence
from html import escape

from fastjoblib._inspect.report import Part
from fastjoblib._inspect.text import plural, shown, size, unwrapped

__all__ = ["KINDS", "treemap"]

# What the layout assumes, in pixels; on the page it stretches to the width there is.
_WIDTH, _HEIGHT = 940.0, 340.0
_LABEL_HEIGHT = 18.0
_GAP = 2.0
_LEVELS = 4  # with the whole itself
_SMALLEST_SIDE = 5.0  # of a tile that can be seen and pointed at
_LARGEST_REST = 0.25  # of its box: of a forest of hundreds of trees, the rest would leave no room to see any tree

# Groups of kinds, and the class of CSS that gives each its colour.
KINDS = {
    "array": "arrays",
    "dict": "dicts",
    "list": "sequences",
    "tuple": "sequences",
    "set": "sequences",
    "frozenset": "sequences",
    "str": "text",
    "bytes": "text",
    "bytearray": "text",
}

_Rectangle = tuple[float, float, float, float]  # left, top, width, height


def _is_rest(part: Part) -> bool:
    return part.name.startswith("and ") and part.name.endswith(" more")


def _group_of(part: Part) -> str:
    """Return the group of kinds that a part is drawn as."""
    return "rest" if _is_rest(part) else KINDS.get(part.kind, "instances")


def _worst(row: Sequence[float], length: float) -> float:
    """How far from a square the least square tile is, if these areas lie along a side of that length."""
    total = sum(row)
    thickness = total / length
    return max(max(area / thickness**2, thickness**2 / area) for area in row)


def _squarify(areas: Sequence[float], left: float, top: float, width: float, height: float) -> Iterator[_Rectangle]:
    """Divide a rectangle into one for each area, the largest first, each as nearly square as can be."""
    start = 0
    while start < len(areas) and min(width, height) > 0:
        length = min(width, height)
        end = start + 1
        while end < len(areas) and _worst(areas[start : end + 1], length) <= _worst(areas[start:end], length):
            end += 1
        row = areas[start:end]
        thickness = sum(row) / length
        at = 0.0
        for area in row:
            side = area / thickness
            yield (left, top + at, thickness, side) if height <= width else (left + at, top, side, thickness)
            at += side
        if height <= width:
            left, width = left + thickness, max(width - thickness, 0.0)
        else:
            top, height = top + thickness, max(height - thickness, 0.0)
        start = end


def _shares(part: Part) -> list[tuple[Part, float]]:
    """The parts of a part that take any room, the largest first, and what share of its box each is drawn with."""
    named = sum(child.nbytes for child in part.parts if not _is_rest(child))
    rest = sum(child.nbytes for child in part.parts if _is_rest(child))
    drawn_rest = min(rest, named * _LARGEST_REST / (1 - _LARGEST_REST)) if named else rest
    whole = max(part.nbytes - rest, named) + drawn_rest
    drawn = [(child, drawn_rest if _is_rest(child) else child.nbytes) for child in part.parts if child.nbytes > 0]
    return [(child, nbytes / whole) for child, nbytes in sorted(drawn, key=lambda each: -each[1])]


def _tiles(part: Part, path: str, width: float, height: float, level: int) -> Iterator[str]:
    """The tiles of a part's parts, in a box of that many pixels, placed by percentages."""
    shares = _shares(part)
    areas = [share * width * height for _, share in shares]
    boxes = _squarify(areas, 0.0, 0.0, width, height)
    for (child, _), (x, y, w, h) in zip(shares, boxes, strict=False):
        if min(w, h) < _SMALLEST_SIDE:
            continue
        style = f"left:{x / width:.3%};top:{y / height:.3%};width:{w / width:.3%};height:{h / height:.3%}"
        yield from _tile(child, path, style, w - _GAP, h - _GAP, level)


def _tile(child: Part, path: str, style: str, width: float, height: float, level: int) -> Iterator[str]:
    inner, label = unwrapped(child)
    inner_path = path + label
    title = f"{shown(inner_path, 300)}\n{shown(inner.kind, 100)}\n{size(inner.nbytes)}, {plural(inner.count, 'object')}"
    yield f'<div class="fj-tile fj-{_group_of(inner)}" style="{style}" title="{escape(title)}">'
    has_label = width > 40 and height > _LABEL_HEIGHT
    if has_label:
        nbytes = f" <i>{size(inner.nbytes)}</i>" if width > 7 * len(label) + 50 or width > 300 else ""
        yield f'<span class="fj-label">{escape(shown(label, 80))}{nbytes}</span>'
    if level < _LEVELS and has_label and inner.parts and height > 2 * _LABEL_HEIGHT:
        yield '<div class="fj-inner">'
        yield from _tiles(inner, inner_path, width, height - _LABEL_HEIGHT, level + 1)
        yield "</div>"
    yield "</div>"


def treemap(root: Part) -> str:
    """Draw the largest parts of an object, a few levels deep.

    Parameters
    ----------
    root : Part

    Returns
    -------
    str
        A div; what the file says is escaped.
    """
    whole = Part("", "", root.nbytes, root.count, (root,))
    return f'<div class="fj-map">{"".join(_tiles(whole, "", _WIDTH, _HEIGHT, 1))}</div>'
