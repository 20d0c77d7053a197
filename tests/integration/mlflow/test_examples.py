# SPDX-License-Identifier: BSD-3-Clause
"""The examples in the docstrings, and the first one of docs/mlflow.md."""

import doctest
import importlib
import pathlib
import re

import pytest
from integration.mlflow.stores import MISSING, QUIET

mlflow = pytest.importorskip("mlflow", reason=MISSING)
pytestmark = QUIET

DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / "docs" / "mlflow.md"


@pytest.mark.parametrize("name", ["loading", "saving"])
def test_docstrings(name):
    result = doctest.testmod(importlib.import_module(f"fastjoblib.mlflow.{name}"))
    assert result.attempted > 3 and result.failed == 0


@pytest.mark.filterwarnings("ignore:Hint. Inferred schema contains integer column:UserWarning")
def test_document(store, iris):
    """From training to the registry, in the store of the test."""
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for block in (blocks[0].replace("sqlite:///mlflow.db", store), blocks[1]):
        exec(block, names)
    X, _ = iris
    assert (names["model"].predict(X) == names["function"].predict(X)).all()
