# SPDX-License-Identifier: BSD-3-Clause
"""Pyright on what users write, and on the package as it is for them; `make types` runs this where it is installed."""

import json
import pathlib
import subprocess
import sys

import fastjoblib
import pytest

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
PACKAGES = pathlib.Path(fastjoblib.__file__).resolve().parent.parent

# Pyright as PyPI has it, with the Node.js that it needs.
pytest.importorskip("basedpyright", reason="large, and so in an environment of its own: make types")


def run(*arguments):
    result = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--outputjson", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )
    return json.loads(result.stdout)


def errors(tmp_path, mode, *paths):
    """Return the errors as pairs of a line, from 1, and a text."""
    config = {
        "include": [str(path) for path in paths],
        "extraPaths": [str(PACKAGES), str(EXAMPLES)],
        "typeCheckingMode": mode,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    report = run("--project", str(tmp_path))
    assert report["summary"]["filesAnalyzed"] == len(paths)
    found = [d for d in report["generalDiagnostics"] if d["severity"] == "error"]
    return [(d["range"]["start"]["line"] + 1, f"{d['file']}: {d['message']}") for d in found]


def test_right_calls(tmp_path):
    assert errors(tmp_path, "strict", HERE / "example.py") == []


def test_wrong_calls(tmp_path):
    path = HERE / "wrong.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = {i for i, line in enumerate(lines, 1) if "# WRONG" in line}
    assert {line for line, _ in errors(tmp_path, "standard", path)} == expected


def test_examples(tmp_path):
    """Not strictly, since scikit-learn says nothing of its types."""
    assert errors(tmp_path, "standard", *sorted(EXAMPLES.glob("*.py"))) == []


def test_all_that_is_public_has_a_type(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(PACKAGES))
    report = run("--verifytypes", "fastjoblib", "--ignoreexternal")["typeCompleteness"]
    vague = [s["name"] for s in report["symbols"] if s["isExported"] and not s["isTypeKnown"]]
    vague += [s["name"] for s in report["symbols"] if s["isExported"] and s["isTypeAmbiguous"]]
    assert vague == []
    assert report["exportedSymbolCounts"]["withKnownType"] >= 90
