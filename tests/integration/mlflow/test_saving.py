# SPDX-License-Identifier: BSD-3-Clause
"""save_model and load_model: what is in the folder, and what comes back."""

import os
import pathlib
import subprocess
import sys
import threading

import fastjoblib
import joblib
import numpy as np
import pytest
from integration.mlflow.stores import MISSING, QUIET

mlflow = pytest.importorskip("mlflow", reason=MISSING)
import fastjoblib.mlflow  # noqa: E402

pytestmark = QUIET


def save(model, path="model", **kwargs):
    """Without asking another process for requirements, which takes seconds."""
    fastjoblib.mlflow.save_model(model, path, **{"pip_requirements": [], **kwargs})


def test_round_trip(iris, classifier):
    X, _ = iris
    save(classifier, input_example=X[:5], metadata={"team": "flowers"})
    for loaded in (
        fastjoblib.mlflow.load_model("model"),
        fastjoblib.mlflow.load_model("model", trusted=("sklearn",)),
        joblib.load("model/model.joblib"),
    ):
        assert type(loaded) is type(classifier)
        assert np.array_equal(loaded.predict_proba(X), classifier.predict_proba(X))


def test_the_function_predicts_the_same(iris, classifier):
    X, _ = iris
    save(classifier, input_example=X[:5])
    function = mlflow.pyfunc.load_model("model")
    assert np.array_equal(function.predict(X), classifier.predict(X))
    assert np.array_equal(function.get_raw_model().predict_proba(X), classifier.predict_proba(X))


def test_what_is_in_the_folder(iris, classifier):
    X, _ = iris
    save(classifier, input_example=X[:5], metadata={"team": "flowers"})
    described = mlflow.models.Model.load("model")
    assert described.flavors.keys() == {"fastjoblib", "python_function"}
    assert described.signature.inputs.input_names() == list(X.columns)
    assert described.signature.outputs.to_dict() == [{"type": "long", "required": True}]
    assert described.metadata == {"team": "flowers"}
    assert described.model_size_bytes >= os.path.getsize("model/model.joblib")
    assert described.load_input_example("model").equals(X[:5])
    report = fastjoblib.inspect("model/model.joblib")
    assert report.seal.facts["metadata"]["metadata"] == {"team": "flowers"}
    assert pathlib.Path("model/model.joblib").read_bytes()[:1] == b"\x78"  # zlib's


def test_signature_as_given_or_none(iris, classifier):
    X, y = iris
    given = mlflow.models.infer_signature(X, y.astype("float64"))
    save(classifier, "given", signature=given, input_example=X[:5])
    assert mlflow.models.Model.load("given").signature == given
    save(classifier, "none", signature=False, input_example=X[:5])
    assert mlflow.models.Model.load("none").signature is None


@pytest.mark.parametrize(("compress", "start"), [(0, b"\x80"), ("lz4", b"\x04\x22\x4d"), (("gzip", 1), b"\x1f\x8b")])
def test_compress(iris, classifier, compress, start):
    save(classifier, compress=compress, protocol=5)
    assert pathlib.Path("model/model.joblib").read_bytes().startswith(start)
    assert np.array_equal(fastjoblib.mlflow.load_model("model").predict(iris[0]), classifier.predict(iris[0]))


def test_a_save_that_fails_leaves_nothing(classifier, tmp_path):
    classifier_with_a_lock = [classifier, threading.Lock()]
    with pytest.raises(TypeError, match="cannot pickle"):
        save(classifier_with_a_lock, pyfunc_predict_fn=None)
    assert not os.path.exists("model")
    with pytest.raises(mlflow.exceptions.MlflowException, match="code path"):
        save(classifier, code_paths=["missing.py"])
    assert not os.path.exists("model")
    save(classifier)


def test_a_folder_in_use_stays_as_it_is(classifier, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "precious").write_text("x")
    with pytest.raises(mlflow.exceptions.MlflowException, match="not empty"):
        save(classifier)
    assert os.listdir("model") == ["precious"]


MODULE = """
class Doubling:
    def predict(self, X):
        return X * 2
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True).stdout


def test_code_goes_with_the_model(tmp_path):
    """The process that loads has no such module but for the one in the model's folder."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "doubling.py").write_text(MODULE)
    run(
        "import sys; sys.path.insert(0, 'source'); import doubling, fastjoblib.mlflow\n"
        "fastjoblib.mlflow.save_model(doubling.Doubling(), 'model', code_paths=['source/doubling.py'],"
        " pip_requirements=[])"
    )
    load = "import fastjoblib.mlflow, mlflow; print({}('model').predict(21))"
    assert run(load.format("fastjoblib.mlflow.load_model")) == "42\n"
    assert run(load.format("mlflow.pyfunc.load_model")) == "42\n"


def test_code_by_value():
    """Of a script that is gone when the model is loaded."""
    run(
        MODULE + "import fastjoblib.mlflow\n"
        "fastjoblib.mlflow.save_model(Doubling(), 'model', by_value=True)"
    )
    assert run("import fastjoblib.mlflow; print(fastjoblib.mlflow.load_model('model').predict(21))") == "42\n"
    assert "\ncloudpickle==" in pathlib.Path("model/requirements.txt").read_text()
