# SPDX-License-Identifier: BSD-3-Clause
"""log_model and the registry, in a store of files and in one of SQLite."""

import fastjoblib
import joblib
import numpy as np
import pytest
from integration.mlflow.stores import MISSING, QUIET, model_file

mlflow = pytest.importorskip("mlflow", reason=MISSING)
import fastjoblib.mlflow  # noqa: E402

pytestmark = QUIET


def log(model, name="iris", **kwargs):
    return fastjoblib.mlflow.log_model(model, name, **{"pip_requirements": [], **kwargs})


def assert_same(uri, model, X):
    """By each way in which a model is loaded."""
    expected = model.predict_proba(X)
    assert np.array_equal(fastjoblib.mlflow.load_model(uri).predict_proba(X), expected)
    assert np.array_equal(fastjoblib.mlflow.load_model(uri, trusted=("sklearn",)).predict_proba(X), expected)
    assert np.array_equal(mlflow.pyfunc.load_model(uri).predict(X), model.predict(X))


def test_of_a_run(store, iris, classifier, tmp_path):
    X, _ = iris
    with mlflow.start_run() as run:
        info = log(classifier, input_example=X[:5], metadata={"team": "flowers"}, tags={"kind": "forest"})
    for uri in (info.model_uri, f"runs:/{run.info.run_id}/iris"):
        assert_same(uri, classifier, X)
    assert info.signature.inputs.input_names() == list(X.columns)
    assert info.flavors.keys() == {"fastjoblib", "python_function"}
    assert mlflow.get_logged_model(info.model_id).tags["kind"] == "forest"
    file = model_file(tmp_path)
    fastjoblib.verify(file)
    assert fastjoblib.inspect(file).seal.facts["metadata"] == {
        "run_id": run.info.run_id,
        "model_id": info.model_id,
        "metadata": {"team": "flowers"},
    }
    assert np.array_equal(joblib.load(file).predict(X), classifier.predict(X))


def test_without_a_run(store, iris, classifier):
    assert_same(log(classifier, params={"trees": 5}).model_uri, classifier, iris[0])


def test_registry_with_aliases(store, iris, classifier):
    from sklearn.naive_bayes import GaussianNB

    X, y = iris
    other = GaussianNB().fit(X, y)
    for model in (classifier, other):
        log(model, registered_model_name="flowers", tags={"kind": type(model).__name__})
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("flowers", "champion", 1)
    assert_same("models:/flowers@champion", classifier, X)
    client.set_registered_model_alias("flowers", "champion", 2)
    assert_same("models:/flowers@champion", other, X)
    assert_same("models:/flowers/1", classifier, X)
    assert client.get_model_version("flowers", "2").tags["kind"] == "GaussianNB"


def test_download_to_a_folder(store, iris, classifier, tmp_path):
    uri = log(classifier).model_uri
    (tmp_path / "here").mkdir()
    loaded = fastjoblib.mlflow.load_model(uri, dst_path=str(tmp_path / "here"))
    assert np.array_equal(loaded.predict(iris[0]), classifier.predict(iris[0]))
    assert model_file(tmp_path / "here").is_file()


def test_what_it_does_not_take_is_an_error(store, classifier):
    with pytest.raises(TypeError, match="unexpected keyword argument 'serialization_format'"):
        log(classifier, serialization_format="pickle")


def test_damage_in_the_store(store, iris, classifier, tmp_path):
    """The artifact is not the one that was logged: nobody gets a model from it, whichever way they ask."""
    uri = log(classifier, registered_model_name="flowers").model_uri
    file = model_file(tmp_path)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    for one in (uri, "models:/flowers/1"):
        for load in (
            fastjoblib.mlflow.load_model,
            lambda uri: fastjoblib.mlflow.load_model(uri, trusted=("sklearn",)),
            mlflow.pyfunc.load_model,
        ):
            with pytest.raises(fastjoblib.DamagedFileError, match=r"model\.joblib' is not what was saved: "):
                load(one)
