# SPDX-License-Identifier: BSD-3-Clause
"""The bar of progress=True in a notebook: what a front end is given, report by report."""

import re
import sys
import types

import pytest
from fastjoblib import _progress_shown
from helpers.progress import bar


class Page(list):
    """Takes IPython.display's place, and remembers what it was to show."""

    def display(self, data, *, raw, display_id):
        assert raw is display_id is True
        self.append(data)
        return types.SimpleNamespace(update=self.update)

    def update(self, data, *, raw):
        assert raw is True
        assert self, "a display is updated before it is there"
        self.append(data)

    def bars(self):
        return [bar(data["text/html"]) for data in self]

    def texts(self):
        return [re.sub(r", [\d.]+ [kMG]?B/s", "", data["text/plain"]) for data in self]


@pytest.fixture
def page(monkeypatch):
    page = Page()
    ipython = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel="a kernel"))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=page.display))
    return page


def test_a_known_total_fills_the_bar(page):
    with _progress_shown.show("load model") as report:
        for done in (0, 250, 1000):
            report(done, 1000)
    assert page.bars() == [("blue", 0, 0), ("blue", 0, 25), ("green", 0, 100)]
    assert page.texts() == ["load model: 0% of 1 kB", "load model: 25% of 1 kB", "load model: 100% of 1 kB"]


def test_an_unknown_total_moves_a_piece_that_stays_in_the_bar(page):
    with _progress_shown.show("dump model") as report:
        for done in range(100):
            report(done, None)
        report(100, 100)
    *moving, last = page.bars()
    assert last == ("green", 0, 100)
    assert {colour for colour, _, _ in moving} == {"blue"}
    assert all(0 <= left < right <= 100 for _, left, right in moving)
    assert all(one != next_ for one, next_ in zip(moving, moving[1:], strict=False))
    assert min(left for _, left, _ in moving) == 0 and max(right for _, _, right in moving) == 100


@pytest.mark.parametrize(("total", "ends"), [(1000, (0, 40)), (None, (5, 30))])
def test_an_error_stops_it_where_it_is_and_red(page, total, ends):
    with pytest.raises(KeyboardInterrupt), _progress_shown.show("dump model") as report:
        report(400, total)
        raise KeyboardInterrupt
    assert page.bars() == [("blue", *ends), ("red", *ends)]
    assert page.texts()[-1] == f"dump model: {'400 B' if total is None else '40% of 1 kB'}, stopped: KeyboardInterrupt"


def test_an_error_behind_the_last_report_is_red_too(page):
    with pytest.raises(OSError), _progress_shown.show("dump model") as report:
        report(5, 5)
        raise OSError("no space left")
    assert page.bars() == [("green", 0, 100), ("red", 0, 100)]


def test_nothing_is_shown_of_what_fails_at_once(page):
    with pytest.raises(OSError), _progress_shown.show("dump model"):
        raise OSError("no such directory")
    assert page == []


def test_an_empty_file_is_done(page):
    with _progress_shown.show("load model") as report:
        report(0, 0)
    assert page.bars() == [("green", 0, 100)]


def test_names_are_escaped(page):
    with _progress_shown.show("load <img src=x onerror=alert(1)>") as report:
        report(1, 1)
    assert "<img" not in page[0]["text/html"]
    assert "&lt;img" in page[0]["text/html"]


@pytest.mark.parametrize(
    "ipython",
    [
        types.SimpleNamespace(get_ipython=lambda: None),
        types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace()),  # IPython in a terminal
        types.SimpleNamespace(),  # is being imported
    ],
)
def test_elsewhere_there_is_none(page, monkeypatch, ipython):
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with _progress_shown.show("load model") as report:
        report(1, 1)
    assert page == []
