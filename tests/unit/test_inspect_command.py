# SPDX-License-Identifier: BSD-3-Clause
"""`fastjoblib inspect`."""

import json
import os
import pickle
import subprocess
import sys

import fastjoblib
import numpy as np
import pytest
from fastjoblib.__main__ import main

EVIL = b"cos\nsystem\n(Vecho\ntR."
UNKNOWN = b"\x80\x02cmypackage\nModel\n)\x81."


@pytest.fixture
def files(tmp_path):
    fastjoblib.dump({"coef": np.zeros((3, 4))}, tmp_path / "clean", compress=3)
    (tmp_path / "evil").write_bytes(EVIL)
    (tmp_path / "unknown").write_bytes(UNKNOWN)
    (tmp_path / "cut").write_bytes(pickle.dumps(["a" * 1000])[:-200])
    (tmp_path / "text").write_bytes(b"\x89PNG")
    return tmp_path


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("clean", 0),
        ("evil", 1),
        ("unknown", 1),
        ("cut", 2),
        ("text", 2),
        ("missing", 2),
        ("clean cut", 2),
        ("text evil", 1),
        ("missing unknown clean", 1),
    ],
)
def test_exit_status(files, names, status, capsys):
    paths = [str(files / name) for name in names.split()]
    assert main(["inspect", *paths]) == status
    assert main(["inspect", "--json", *paths]) == status
    capsys.readouterr()


def test_text(files, capsys):
    paths = [str(files / "clean"), str(files / "evil")]
    assert main(["inspect", *paths]) == 1
    assert capsys.readouterr().out == "\n\n".join(str(fastjoblib.inspect(path)) for path in paths) + "\n"


def test_json(files, capsys):
    paths = [str(files / name) for name in ("clean", "missing", "evil")]
    assert main(["inspect", "--json", *paths]) == 1
    printed = capsys.readouterr()
    reports = json.loads(printed.out)
    assert reports == [json.loads(fastjoblib.inspect(path).to_json()) for path in (paths[0], paths[2])]
    assert reports[0]["arrays"][0]["shape"] == [3, 4]
    assert "No such file" in printed.err


def test_a_file_that_is_no_pickle_is_named(files, capsys):
    assert main(["inspect", str(files / "text")]) == 2
    printed = capsys.readouterr()
    assert printed.out.strip() == ""
    assert printed.err.startswith("fastjoblib: ")
    assert str(files / "text") in printed.err


@pytest.mark.parametrize("command", ["inspect", "inspect --json", "scan", "scan --json", "verify"])
def test_nobody_reads_what_is_printed(tmp_path, command):
    """As with grep: no traceback, and the status of a broken pipe, never that of a clean file."""
    for i in range(3):
        fastjoblib.dump(i, tmp_path / str(i), seal=True)
    read_end, write_end = os.pipe()
    os.close(read_end)
    words = [sys.executable, "-m", "fastjoblib", *command.split(), *sorted(map(str, tmp_path.iterdir()))]
    with open(write_end, "wb") as pipe:
        ended = subprocess.run(words, stdout=pipe, stderr=subprocess.PIPE, timeout=60)
    assert (ended.returncode, ended.stderr) == (141, b"")
