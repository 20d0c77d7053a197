# SPDX-License-Identifier: BSD-3-Clause
"""`fastjoblib models` and `fastjoblib compare`."""

import json
import subprocess
import sys

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _joblib
from fastjoblib.__main__ import main
from fastjoblib._models import commands, tools
from sklearn.linear_model import LogisticRegression

X = np.random.default_rng(0).random((40, 3))
MODEL = LogisticRegression().fit(X, np.arange(40) % 2)


def test_models(tmp_path, capsys):
    for version in ("1.0", "1.1"):
        fastjoblib.save_model([version], tmp_path, "model", version)
    fastjoblib.save_model([1], tmp_path, "other", "1.0")
    assert main(["models", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{fastjoblib.list_models(tmp_path)}\n"
    assert main(["models", str(tmp_path), "model", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(card["version"], card["status"]) for card in found] == [("1.0", ""), ("1.1", "latest")]


def test_models_that_are_broken(tmp_path, capsys):
    fastjoblib.save_model([1], tmp_path, "model", "1.0")
    for path in (tmp_path / "models").iterdir():
        path.unlink()
    assert main(["models", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == "no models\n" and shown.err.startswith("fastjoblib: left out: ")
    assert main(["models", str(tmp_path / "missing")]) == 2
    assert "missing" in capsys.readouterr().err


def test_models_with_a_damaged_rollback(tmp_path, capsys):
    fastjoblib.save_model([1], tmp_path, "model", "1.0")
    fastjoblib.save_model([1], tmp_path, "other", "1.0")
    (tmp_path / "metadata" / "model_rollback.json").write_text("{bad")
    assert main(["models", str(tmp_path), "--json"]) == 1
    shown = capsys.readouterr()
    assert [(card["name"], card["status"]) for card in json.loads(shown.out)] == [("model", ""), ("other", "latest")]
    assert "model_rollback.json" in shown.err and shown.err.count("\n") == 1


@pytest.fixture
def files(tmp_path):
    fastjoblib.dump(MODEL, tmp_path / "model.joblib")
    np.save(tmp_path / "X.npy", X)
    return str(tmp_path / "model.joblib"), str(tmp_path / "X.npy")


def test_compare(files, capsys):
    assert main(["compare", files[0], "--data", files[1]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["size", "dump", "load", "predictions"]
    names = [line.split("  ")[0].strip() for line in lines[1:]]
    assert names == ["pickle", "joblib", "joblib, compress=3", "fastjoblib", "fastjoblib, compress=3"]
    assert all(line.endswith("identical") and line.count(" ms") == 2 for line in lines[1:])
    assert main(["compare", files[0]]) == 0
    assert "identical" not in capsys.readouterr().out


def test_compare_without_joblib(monkeypatch):
    monkeypatch.setattr(tools, "is_installed", lambda: False)
    assert [row.tool for row in tools.compare_tools(MODEL, X)] == ["pickle", "fastjoblib", "fastjoblib, compress=3"]
    assert _joblib.is_installed()


class Forgetful:
    """Predicts something else after a load."""

    def __init__(self, forgotten=False):
        self.forgotten = forgotten

    def __reduce__(self):
        return Forgetful, (True,)

    def predict(self, inputs):
        return np.full(len(inputs), self.forgotten)


def test_compare_tells_different_predictions(capsys, monkeypatch, files):
    assert {row.identical for row in tools.compare_tools(Forgetful(), X)} == {False}
    monkeypatch.setattr(commands, "load", lambda path: Forgetful())
    assert main(["compare", *files[:1], "--data", files[1]]) == 1
    assert capsys.readouterr().out.count("DIFFERENT") == 5


def test_compare_what_cannot_be(files, tmp_path, capsys):
    fastjoblib.dump([1], tmp_path / "list.joblib")
    np.save(tmp_path / "wrong.npy", X[:, :2])
    np.save(tmp_path / "objects.npy", np.array([None, {}], object))
    for words, message in (
        ([str(tmp_path / "missing")], "missing"),
        ([str(tmp_path / "list.joblib"), "--data", files[1]], "expected a model with predict_proba, predict"),
        ([files[0], "--data", str(tmp_path / "wrong.npy")], "2 features"),
        ([files[0], "--data", str(tmp_path / "objects.npy")], "Python objects in dtype"),
        ([files[0], "--data", files[0]], "ValueError"),
    ):
        assert main(["compare", *words]) == 2
        shown = capsys.readouterr()
        assert message in shown.err and shown.err.count("\n") == 1 and shown.out == ""


class Lazy:
    def predict(self, inputs):
        raise KeyError("no such row")


def test_compare_with_errors_of_any_kind(files, tmp_path, capsys):
    np.savez(tmp_path / "X.npz", X=X)
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04garbage")
    (tmp_path / "X.csv").write_text("1,2,3\n")
    huge = (tmp_path / "X.npy").read_bytes().replace(b"(40, 3), ", b"(4000000000000, 3), ")[:200]
    (tmp_path / "huge.npy").write_bytes(huge)
    fastjoblib.dump(Lazy(), tmp_path / "lazy.joblib")
    for model, data, message in (
        (files[0], "X.npz", "an archive, such as .npz"),
        (files[0], "bad.npz", "an archive, such as .npz"),
        (files[0], "X.csv", "one array, as numpy.save writes it, found what begins with b'1,2,3"),
        (files[0], "huge.npy", "mmap length is greater than file size"),
        (str(tmp_path / "lazy.joblib"), "X.npy", "KeyError: 'no such row'"),
    ):
        assert main(["compare", model, "--data", str(tmp_path / data)]) == 2
        shown = capsys.readouterr()
        assert message in shown.err and shown.err.count("\n") == 1 and shown.out == ""


def test_compare_says_which_tool_fails(tmp_path, capsys):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    fastjoblib.dump(nested, tmp_path / "nested.joblib")
    assert main(["compare", str(tmp_path / "nested.joblib")]) == 0
    lines = {line.partition("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["pickle"].split()[1:] == ["fails", "RecursionError"]
    assert lines["fastjoblib"].split()[2:] != ["fails"] and " ms " in lines["fastjoblib"]


def test_output_on_a_full_disk(tmp_path):
    fastjoblib.save_model([1], tmp_path, "model", "1.0")
    command = [sys.executable, "-m", "fastjoblib", "models", str(tmp_path)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1) and "No space left" in done.stderr
