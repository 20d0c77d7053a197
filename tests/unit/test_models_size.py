# SPDX-License-Identifier: BSD-3-Clause
"""check_size: sizes as dump writes them, parts, and advice."""

import dataclasses
import os
import re
import tempfile
import threading

import fastjoblib
import numpy as np
import pytest
from fastjoblib._inspect.report import Part
from fastjoblib._models.sizes import SizeReport


@pytest.mark.parametrize("compress", [3, "lz4", "xz", 0])
def test_sizes_are_those_of_dump(tmp_path, compress):
    value = {"a": np.arange(400_000) % 7, "b": ["x" * 1000] * 3, "c": [str(i) for i in range(1000)]}
    report = fastjoblib.check_size(value, compress=compress)
    assert report.nbytes == len(fastjoblib.dumps(value))
    fastjoblib.dump(value, tmp_path / "file", compress)
    assert report.compressed_nbytes == os.path.getsize(tmp_path / "file")
    assert [part.name for part in report.root.parts[:2]] == ["['a']", "['c']"]
    lines = str(report).splitlines()
    assert re.match(r"3\.2\d MB, compressed .*B \(\d+%\)", lines[0]) and lines[-1] == "Under 100 MB: good as it is."
    assert any(line.split()[:2] == ["model['a']", "3.2"] for line in lines), lines


def test_what_consists_of_many():
    many = Part(".trees", "list", 900_000_000, 1, tuple(Part(f"[{i}]", "tree", 2_000_000, 1, ()) for i in range(64)))
    many = dataclasses.replace(many, parts=(Part("and 400 more", "", 700_000_000, 1, ()), *many.parts))
    report = SizeReport(900_000_000, 1_000, Part("model", "forest", 900_000_000, 1, (many,)))
    assert "Most of it is model.trees, 900 MB." in report.advice[0]
    hostile = dataclasses.replace(report, root=Part("model['<b>']", "", 900_000_000, 1, ()))
    assert "<b>" in hostile.advice[0] and "<b>" not in hostile._repr_html_()
    assert "\nand 400 more" in str(report) and len(str(report).splitlines()) == 7


def test_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fastjoblib.check_size([1])
    with pytest.raises(TypeError):
        fastjoblib.check_size([threading.Lock()])
    assert os.listdir(tmp_path) == []


def test_more_than_100_mb():
    report = fastjoblib.check_size([np.zeros(12_600_000), 1], compress="lz4")
    assert report.advice == (
        "Over 100 MB: loading takes noticeable time and memory.",
        "Compress it: 100 MB less to store and to send.",
    )


def report_of(megabytes, compressed):
    tree = Part("[0]", "sklearn.tree.<b>", megabytes * 600_000, 1, ())
    rest = Part(".data", "array", megabytes * 400_000, 1, ())
    root = Part("model", "x", megabytes * 1_000_000, 3, (tree, rest))
    return SizeReport(megabytes * 1_000_000, compressed * 1_000_000, root)


@pytest.mark.parametrize(
    "megabytes, compressed, begins",
    [
        (100, 1, ["Under 100 MB"]),
        (101, 99, ["Over 100 MB", "Compression saves little"]),
        (500, 400, ["Over 100 MB", "Compress it: 100 MB", "Compressed it is over 100 MB"]),
        (501, 90, ["Over 500 MB", "Where several processes", "Compress it: 411 MB"]),
        (9000, 8900, ["Over 500 MB", "Where several processes", "Compression saves little", "Compressed it is over"]),
    ],
)
def test_advice(megabytes, compressed, begins):
    report = report_of(megabytes, compressed)
    assert len(report.advice) == len(begins)
    for line, begin in zip(report.advice, begins, strict=True):
        assert line.startswith(begin) and line in str(report)
    if megabytes > 500:
        assert "Most of it is model[0], " in report.advice[0]
    assert "<b>" not in report._repr_html_() and "&lt;b&gt;" in report._repr_html_()
