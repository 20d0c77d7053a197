# SPDX-License-Identifier: BSD-3-Clause
"""Links to nowhere are found in a built site."""

import pathlib
import subprocess
import sys

import pytest

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "check-site-links.py"


def check(folder):
    return subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "link, what",
    [
        ("sub/b.html", None),
        ("sub/b.html#there", None),
        ("#here", None),
        ("picture.svg", None),
        ("c.html", "no such file"),
        ("sub/", "no such file"),
        ("sub/b.html#nowhere", "no such place"),
        ("#nowhere", "no such place"),
    ],
)
def test_links(tmp_path, link, what):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text('<p id="there"><a href="../a.html">a</a>')
    (tmp_path / "picture.svg").write_text("<svg/>")
    (tmp_path / "a.html").write_text(f'<h1 id="here">A</h1><a href="{link}">x</a>')
    result = check(tmp_path)
    assert result.returncode == (1 if what else 0), result.stdout
    assert not what or f"a.html: {link}: there is {what}" in result.stdout
    assert f"2 pages, 2 local links, {int(bool(what))} of them lead nowhere" in result.stdout


def test_what_leads_outside_is_listed_and_not_fetched(tmp_path):
    (tmp_path / "a.html").write_text('<a href="a.html">a</a><a href="https://example.invalid/x">x</a>')
    result = check(tmp_path)
    assert result.returncode == 0
    assert "not fetched: https://example.invalid/x" in result.stdout


def test_a_site_without_links_is_no_site(tmp_path):
    assert check(tmp_path).returncode == 1
