# SPDX-License-Identifier: BSD-3-Clause
"""What the pages show runs: the Python blocks of each, in order, as one program, with what prompts print compared."""

import doctest
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)

IRIS = """
import fastjoblib
import fastjoblib as joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
X, y = load_iris(return_X_y=True)
X_train, y_train, X_test, y_test = X[::2], y[::2], X[1::2], y[1::2]
model = RandomForestClassifier(n_estimators=5, random_state=0).fit(X, y)
"""
VERSIONS = """
fastjoblib.save_model(model, "store", "iris_classifier", "1.1.0")
"""
# What a page takes for granted: of models.md there is a second version before it is listed.
BEFORE = {
    "README.md": [IRIS],
    "index.md": [IRIS],
    "models.md": [IRIS, "", VERSIONS],
    "onnx.md": [IRIS],
}
# Blocks that are not run, by a text that only they have, and why.
LEFT_OUT = {
    "elsewhere.md": {
        ">>> fastjoblib.load": "a server's __main__ is needed: tests/integration/test_main_elsewhere.py has them",
        'rename={"old_package"': "packages that the reader has; tests/unit/test_rename.py",
        'by_value=["mypackage': "a package that the reader has; tests/integration/test_main_elsewhere.py",
    },
    "migrate.md": {"import skops.io": "the tests do without skops"},
    "recipes.md": {
        "except fastjoblib.UntrustedError": "a path that the reader has",
        "get_context": "it spawns a process, which needs a script of its own",
    },
    "stores.md": {"s3://models": "a bucket is needed; tests/integration/stores has one"},
    "verify.md": {"4,711": "a file that was damaged by hand; tests/unit/test_seal.py"},
}
# Here prompts show times, dates and sizes; they are run, and not compared.
VARYING = {"models.md", "onnx.md"}
# MLflow is in an environment of its own, and tests/integration/mlflow/test_examples.py runs its page there.
ELSEWHERE = {"mlflow.md"}


def blocks_of(path):
    """Return the blocks that are to be run."""
    blocks = BLOCK.findall(path.read_text(encoding="utf-8"))
    for text in LEFT_OUT.get(path.name, {}):
        found = [block for block in blocks if text in block]
        assert len(found) == 1, f"{path.name}: {len(found)} blocks have {text!r}"
        blocks.remove(found[0])
    return blocks


def run_prompts(text, name, names, varying):
    """Run one block of prompts; return how many there were."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(text, names, name, name, 0)
    if varying:
        for example in test.examples:
            exec(compile(example.source, name, "single"), names)
        return len(test.examples)
    said = []
    result = doctest.DocTestRunner(optionflags=flags).run(test, out=said.append, clear_globs=False)
    assert not result.failed, "".join(said)
    names.update(test.globs)
    return result.attempted


@pytest.mark.parametrize("path", [p for p in PAGES if p.name not in ELSEWHERE], ids=lambda path: path.name)
def test_blocks(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    before = BEFORE.get(path.name, [])
    count = 0
    for number, block in enumerate(blocks_of(path)):
        exec(before[number] if number < len(before) else "", names)
        if ">>>" in block:
            count += run_prompts(block, path.name, names, path.name in VARYING)
        else:
            exec(compile(block, path.name, "exec"), names)
            count += 1
    print(f"{path.name}: {count} examples")


def test_there_are_blocks():
    assert sum(bool(blocks_of(path)) for path in PAGES) >= 8


def test_a_wrong_output_is_found():
    with pytest.raises(AssertionError, match="Expected"):
        run_prompts(">>> 1 + 1\n3\n", "page", {}, varying=False)


def test_every_block_has_a_language_that_is_known():
    for path in PAGES:
        fences = re.findall(r"^```(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)[::2]
        assert set(fences) <= {"", "python", "sh", "{toctree}"}, path.name
