# SPDX-License-Identifier: BSD-3-Clause
"""SVG as strings: shapes whose colours fit a light and a dark page.

Colours are classes. Which of the two sets counts is said by the system, and on the site by its own switch,
which sets `data-theme` where the picture is part of the page.
"""

from xml.sax.saxutils import escape

LIGHT = {
    "ink": "#1c1f23",
    "soft": "#5b6470",
    "line": "#c9ced6",
    "card": "#f3f5f8",
    "a": "#2463c9",
    "a-pale": "#d6e4fb",
    "b": "#a85b00",
    "b-pale": "#fbe6c8",
    "c": "#1d7a4f",
    "c-pale": "#d3efdf",
    "bad": "#b3261e",
}
DARK = {
    "ink": "#eceff3",
    "soft": "#a6b0bd",
    "line": "#4a525e",
    "card": "#22272e",
    "a": "#7fb0ff",
    "a-pale": "#23406e",
    "b": "#f0ad4e",
    "b-pale": "#5c4015",
    "c": "#5fd09a",
    "c-pale": "#1d4d36",
    "bad": "#ff8a80",
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def _colours(scope: str, colours: dict[str, str]) -> str:
    return f"{scope}{{{';'.join(f'--{name}:{value}' for name, value in colours.items())}}}"


def _style() -> str:
    rules = [
        _colours(".fj", LIGHT),
        f"@media (prefers-color-scheme: dark){{{_colours('.fj', DARK)}}}",
        _colours('body[data-theme="light"] .fj', LIGHT),
        _colours('body[data-theme="dark"] .fj', DARK),
        f".fj text{{font-family:{FONT};font-size:14px;fill:var(--ink)}}",
        f".fj .mono{{font-family:{MONO};font-size:13px}}",
        ".fj .small{font-size:12.5px}.fj .bold{font-weight:600}",
        *(f".fj .{name}{{fill:var(--{name})}}.fj .s-{name}{{stroke:var(--{name});fill:none}}" for name in LIGHT),
    ]
    return "".join(rules)


class Picture:
    """An SVG that grows by shapes; numbers are in pixels, from the upper left."""

    def __init__(self, width: int, title: str) -> None:
        self.width = width
        self.title = title
        self.parts: list[str] = []

    def text(self, x: float, y: float, words: str, style: str = "", anchor: str = "start") -> None:
        """Write a line of text; y is its base."""
        self.parts.append(f'<text x="{x:g}" y="{y:g}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>')

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, edge: str = "", radius: float = 4
    ) -> None:
        """Draw a rectangle."""
        style = f' style="stroke:var(--{edge});stroke-width:1.2"' if edge else ""
        place = f'x="{x:.4g}" y="{y:g}" width="{width:.4g}" height="{height:g}" rx="{radius:g}"'
        self.parts.append(f'<rect {place} class="{fill}"{style}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = "line", dashed: bool = False) -> None:
        """Draw a straight line."""
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        self.parts.append(
            f'<path d="M{x1:.4g} {y1:g}L{x2:.4g} {y2:g}" class="s-{colour}" stroke-width="1.5"{dash}/>'
        )

    def arrow(self, x1: float, y1: float, x2: float, y2: float, colour: str = "soft") -> None:
        """Draw a line with a head at its end, along an axis."""
        self.line(x1, y1, x2, y2, colour)
        if y1 == y2:
            back = -6 if x2 > x1 else 6
            head = f"M{x2 + back:.4g} {y2 - 4:g}L{x2:.4g} {y2:g}L{x2 + back:.4g} {y2 + 4:g}"
        else:
            back = -6 if y2 > y1 else 6
            head = f"M{x2 - 4:.4g} {y2 + back:g}L{x2:.4g} {y2:g}L{x2 + 4:.4g} {y2 + back:g}"
        self.parts.append(f'<path d="{head}" class="s-{colour}" stroke-width="1.5"/>')

    def finish(self, height: float) -> str:
        """Return the whole file."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 0 {self.width + 2} {height:g}" width="{self.width}" '
            f'height="{height:g}" class="fj" role="img" aria-label="{escape(self.title)}">'
            f"<title>{escape(self.title)}</title><style>{_style()}</style>\n" + "\n".join(self.parts) + "\n</svg>\n"
        )
