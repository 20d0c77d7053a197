# SPDX-License-Identifier: BSD-3-Clause
"""The pictures are of the results as they are now, losses too, and any reader of SVG takes them."""

import pathlib
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def charts(monkeypatch):
    monkeypatch.syspath_prepend(str(PLACE))
    for name in ("charts", "tables", "svg"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import charts

    yield charts
    for name in ("charts", "tables", "svg"):
        sys.modules.pop(name, None)


def words_of(text):
    return [(node.text, node.get("class")) for node in ElementTree.fromstring(text).iter(f"{SVG}text")]


def test_they_are_up_to_date():
    make = [sys.executable, PLACE / "make.py", "--check"]
    result = subprocess.run(make, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.svg")), ids=lambda path: path.name)
def test_each_is_well_formed_and_shown(path):
    root = ElementTree.parse(path).getroot()
    assert root.find(f"{SVG}title").text
    for node in root.iter(f"{SVG}text"):  # nothing runs out of it: a letter is some 6.5 wide
        width = 6.5 * len(node.text)
        start = float(node.get("x")) - {"start": 0, "middle": 0.5, "end": 1}[node.get("text-anchor")] * width
        assert -8 < start < start + width < float(root.get("width")) + 8, node.text
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert f"](pictures/{path.name})" in pages


def test_numbers_are_those_of_the_table(charts):
    """Read from the file by other means than the charts do."""
    text = (ROOT / "benchmarks" / "results.md").read_text(encoding="utf-8")
    expected = [f"{float(n.strip('*')):.3g}" for n in re.findall(r"\| (\S+) \| \S+ \|$", text, re.MULTILINE)]
    shown = [word for word, _ in words_of(charts.objects("joblib")) if re.fullmatch(r"[\d.e+]+", word)]
    assert len(expected) == 30
    assert sorted(shown) == sorted(expected)


def test_losses_are_shown_as_losses(charts):
    rows = [("even", [1.0, 1.0]), ("lost", [0.5, 2.0]), ("not measured", [None, 3.0])]
    root = ElementTree.fromstring(charts.bars("title", ("dump", "load"), rows, "note"))
    bars = [box for box in root.iter(f"{SVG}rect") if box.get("height") == "12" and box.get("rx") == "1.5"]
    left, right = [(float(box.get("x")), float(box.get("width"))) for box in bars[2:4]]
    assert len(bars) == 5
    assert left[0] + left[1] == pytest.approx(right[0], abs=0.1)
    assert left[1] == pytest.approx(right[1], abs=0.1)
    assert ("0.5", "small bad bold") in words_of(charts.bars("title", ("dump", "load"), rows, "note"))


def test_a_table_that_is_cut_is_an_error(charts, tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "x.md").write_text("| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 |\n", encoding="utf-8")
    import tables

    monkeypatch.setattr(tables, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="shorter"):
        tables.tables("x.md")
