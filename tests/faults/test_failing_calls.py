# SPDX-License-Identifier: BSD-3-Clause
"""Each system call of dumps and loads fails in turn: the file is the old or the new one, whole, and alone."""

import re

import pytest
from helpers.failing_calls import SWEEPS
from helpers.run import run_python


@pytest.mark.parametrize(
    "name", [name if name == "some" else pytest.param(name, marks=pytest.mark.slow) for name in SWEEPS]
)
def test_each_call_fails_once_and_from_then_on(tmp_path, shim, name):
    code = "import sys; from helpers.failing_calls import main; main(*sys.argv[1:])"
    printed = run_python(code, arguments=[shim, tmp_path, name], timeout=600)
    print(printed)
    failed, raised = map(int, re.findall(r"\d+", printed.split(":")[1]))
    assert failed > raised > 50
