# SPDX-License-Identifier: BSD-3-Clause
"""Reports as text and HTML: what a file says stays in its place, large reports stay small, the tiles are right."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import fastjoblib
import numpy as np
import pytest
from fastjoblib._inspect.html import as_html
from fastjoblib._inspect.report import Array, Global, Part, Pickle, Report
from fastjoblib._inspect.text import as_text, shown, size, unwrapped
from fastjoblib._inspect.treemap import treemap
from fastjoblib._models.card import ModelCard
from fastjoblib._models.listing import Comparison, ModelList
from fastjoblib._models.sizes import SizeReport

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\x1b[31m\r\n\x07",
    "A" * 10_000,
    "&amp;\u202e",
    "{x}%s",
]


def part(name, nbytes, *parts, kind="list"):
    return Part(name, kind, nbytes, 1 + len(parts), parts)


def report(**changes):
    root = part("model", 1000, part(".a", 600, kind="array"), part(".b", 400, kind="dict"), kind="pkg.Model")
    plain = {
        "filename": "model.joblib",
        "nbytes": 1000,
        "format": "joblib",
        "protocol": 4,
        "compressor": None,
        "level": None,
        "blocks": None,
        "data_nbytes": 1000,
        "pickles": (Pickle(4, 0, 1000, root),),
        "globals": (Global("numpy", "ndarray", "safe", 1, ("value",), ("model.a",)),),
        "arrays": (Array("model.a", "<f8", (75,), "C", 600, 100, "joblib", None),),
        "seal": None,
        "notes": (),
        "error": None,
    }
    return Report(**{**plain, **changes})


def hostile(text):
    """A report in which each text that a file can choose is this one."""
    return report(
        filename=text,
        compressor=text,
        pickles=(Pickle(4, 0, 1000, part(text, 1000, part(text, 900, part(text, 500), kind=text), kind=text)),),
        globals=(Global(text, text, "dangerous", 3, ("called",), (text,) * 5), Global(text, "x", "unknown", 1, (), ())),
        arrays=(Array(text, text, (3,) * 64, "C", 24, None, "side file", text),),
        seal=SimpleNamespace(digest=text, facts={text: text, "python": {text: [text]}}),
        notes=(text,),
        error=text,
    )


def large():
    many = range(3000)
    parts = tuple(part(f"[{i}]", 3000, part(".x", 2000), part(".y", 900)) for i in many[:64])
    return report(
        pickles=(Pickle(4, 0, 1, part("model", 64 * 3000, *parts)),) * 10,
        globals=tuple(
            Global("pkg", f"X{i}", verdict, 1, ("called",), ())
            for verdict in ("dangerous", "unknown", "safe")
            for i in many
        ),
        arrays=tuple(Array(f"model[{i}]", "<f8", (i,), "C", 8 * i, i, "joblib", None) for i in many),
    )


class Parser(HTMLParser):
    """Checks that tags nest, and collects them."""

    VOID = {"br"}

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.texts, self.titles = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.titles += [value for key, value in attrs if key == "title"]
        assert {key for key, _ in attrs} <= {"class", "style", "title"}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(html):
    parser = Parser()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


TAGS = set("div style p b i h4 table thead tbody tr th td code span br details summary".split())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_html_of_hostile_files(text):
    html = as_html(hostile(text))
    parser = parsed(html)
    assert parser.seen <= TAGS
    assert not re.search(r"https?:|url\(|@import|javascript:|expression\(", html)
    assert "\x1b" not in html
    assert len(html) < 50_000
    if len(text) < 40:
        assert shown(text) in "".join(parser.texts)
        assert any(shown(text) in title for title in parser.titles)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_hostile_files(text):
    lines = as_text(hostile(text)).split("\n")
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) <= 600


def test_large_reports_stay_small():
    assert len(as_text(large()).split("\n")) <= 100
    html = as_html(large())
    assert len(html) < 300_000
    parsed(html)


def test_what_is_dangerous_comes_first():
    text = as_text(large())
    assert text.index("dangerous names") < text.index("unknown names") < text.index("safe name") < text.index("array")
    html = as_html(large())
    assert html.index("pkg.X0") < html.index(">unknown<") < html.index("safe names")


def test_text():
    assert as_text(report(error="cut", notes=("odd",))).split("\n") == [
        "model.joblib: suspicious",
        "  joblib, protocol 4, 1 kB",
        "  error: cut",
        "  note: odd",
        "  1 safe name",
        "  model: pkg.Model, 1 kB, 3 objects",
        "    .a  600 B  array",
        "    .b  400 B  dict",
        "  1 array, 600 B:",
        "    model.a  <f8  (75,)  600 B",
    ]


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (123456, "123 kB"),
        (999_999, "1 MB"),
        (5.5e9, "5.5 GB"),
        (2e15, "2e+03 TB"),
    ],
)
def test_sizes(nbytes, text):
    assert size(int(nbytes)) == text


def test_unwrapped_goes_down_to_where_an_object_divides():
    inner = part(".steps", 990, part("[0]", 500), part("[1]", 490))
    assert unwrapped(part("model", 1000, inner, part(".x", 10))) == (inner, "model.steps")
    assert unwrapped(inner) == (inner, ".steps")


def rectangles(html):
    """Percentages of all tiles, and how deep each is."""
    found, depth = [], 0
    for tag in re.findall(r"<div[^>]*>|</div>", html):
        depth += 1 if tag.startswith("<div") else -1
        if style := re.search(r"left:([\d.]+)%;top:([\d.]+)%;width:([\d.]+)%;height:([\d.]+)%", tag):
            found.append((depth, *map(float, style.groups())))
    return found


@pytest.mark.parametrize("sizes", [[5, 4, 3, 2, 1], [100] * 20, [1000, 1], [2**i for i in range(12, 0, -1)], [7]])
def test_tiles_are_apart_and_as_large_as_their_parts(sizes):
    children = [part(f"[{i}]", nbytes) for i, nbytes in enumerate(sizes)]
    root = part("model", sum(sizes), *children)
    if len(sizes) == 1:
        root = part("model", 3 * sum(sizes), *children)
    depth = max(depth for depth, *_ in rectangles(treemap(root)))
    tiles = [tile for tile_depth, *tile in rectangles(treemap(root)) if tile_depth == depth]
    assert 0 < len(tiles) <= len(sizes)
    for tile, nbytes in zip(tiles, sizes, strict=False):
        left, top, width, height = tile
        assert left >= 0 and top >= 0 and left + width <= 100.01 and top + height <= 100.01
        assert width * height / 10_000 == pytest.approx(nbytes / root.nbytes, rel=0.02)
        for other in tiles:
            across = min(left + width, other[0] + other[2]) - max(left, other[0])
            down = min(top + height, other[1] + other[3]) - max(top, other[1])
            assert other is tile or across < 0.01 or down < 0.01


@pytest.mark.parametrize(
    "root", [part("model", 0), part("model", 10), part("model", 10, part("x", 0)), part("m", 0, part("x", 5))]
)
def test_tiles_of_next_to_nothing(root):
    parsed(treemap(root))


def test_notebooks_and_terminals_show_a_report(tmp_path):
    fastjoblib.dump({"coef": np.zeros((30, 4)), "names": ["a" * 100] * 3}, tmp_path / "m")
    found = fastjoblib.inspect(tmp_path / "m")
    assert str(found) == as_text(found)
    assert "['coef']" in str(found)
    assert found._repr_html_() == as_html(found)
    assert "model[&#x27;coef&#x27;]" in found._repr_html_()


@pytest.mark.parametrize("rest", [10, 320, 100_000])
def test_the_rest_leaves_room_for_the_parts_with_names(rest):
    """A sum of many parts is drawn with a quarter of the box at most, and with its true size as text."""
    parts = [part(f"[{i}]", 100, kind="pkg.Tree") for i in range(8)]
    html = treemap(part("model", 800 + rest, *parts, part("and 300 more", rest)))
    areas = [width * height / 10_000 for _, _, _, width, height in rectangles(html)][1:]
    assert sum(areas) == pytest.approx(1, abs=0.02)
    drawn = min(rest / (800 + rest), 0.25)
    assert sorted(areas) == pytest.approx(sorted([drawn] + 8 * [(1 - drawn) / 8]), abs=0.005)
    assert "and 300 more\n" in html and f"\n{size(rest)}, 1 object" in html


@pytest.mark.parametrize("name", ["[1]", '"fj-tile fj-text"'])
def test_the_key_names_the_colours_that_are_there(name):
    root = part("model", 1000, part("[0]", 500, kind="array"), part(name, 450, kind="pkg.Model"), kind="dict")
    html = as_html(report(pickles=(Pickle(4, 0, 1, root),)))
    assert re.findall(r'fj-key fj-\w+"></span>(\w+)', html) == ["arrays", "dicts", "instances"]


@pytest.mark.parametrize("kind", [Report, ModelCard, ModelList, Comparison, SizeReport])
def test_ipython_shows_the_short_text(kind):
    """IPython takes a class's own `_repr_pretty_` first, but a base's only after the class's own `repr`."""
    texts = []
    kind.__dict__["_repr_pretty_"]("a value", SimpleNamespace(text=texts.append), False)
    assert texts == ["a value"]
