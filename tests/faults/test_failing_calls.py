# SPDX-License-Identifier: BSD-3-Clause
"""Each system call of dumps and loads fails in turn: the file is the old or the new one, whole, and alone."""

import os
import re
import subprocess

import pytest
from helpers.failing_calls import SWEEPS
from helpers.run import run_python

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    path = tmp_path_factory.mktemp("shim") / "shim.so"
    compiler = os.environ.get("CC", "cc").split()
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run([*compiler, *flags, os.path.join(HERE, "shim.c"), "-o", path, "-ldl"], check=True)
    return path


@pytest.mark.parametrize(
    "name", [name if name == "some" else pytest.param(name, marks=pytest.mark.slow) for name in SWEEPS]
)
def test_each_call_fails_once_and_from_then_on(tmp_path, monkeypatch, shim, name):
    monkeypatch.setenv("LD_PRELOAD", f"{os.environ.get('LD_PRELOAD', '')} {shim}".strip())
    printed = run_python(
        "import sys; from helpers.failing_calls import main; main(*sys.argv[1:])",
        arguments=[shim, tmp_path, name],
        timeout=600,
    )
    print(printed)
    failed, raised = map(int, re.findall(r"\d+", printed.split(":")[1]))
    assert failed > raised > 50
