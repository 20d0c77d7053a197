# SPDX-License-Identifier: BSD-3-Clause
"""mypy --strict on what users write, and on what they should not."""

import os
import pathlib
import re
import subprocess
import sys

import fastjoblib
import pytest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = pathlib.Path(fastjoblib.__file__).resolve().parent

pytest.importorskip("mypy", reason="types are checked where mypy is installed")


def mypy(path, tmp_path):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", str(path)],
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_right_calls(tmp_path):
    result = mypy(HERE / "example.py", tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_wrong_calls(tmp_path):
    path = HERE / "wrong.py"
    result = mypy(path, tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = {i for i, line in enumerate(lines, 1) if "# WRONG" in line}
    found = {int(n) for n in re.findall(r"wrong\.py:(\d+): error", result.stdout)}
    assert found == expected, result.stdout + result.stderr
