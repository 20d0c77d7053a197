# SPDX-License-Identifier: BSD-3-Clause
"""The method that python_function calls."""

import copy
import os
import pickle

import fastjoblib
import numpy as np
import pytest
from integration.mlflow.stores import MISSING, QUIET

mlflow = pytest.importorskip("mlflow", reason=MISSING)
import fastjoblib.mlflow  # noqa: E402
from fastjoblib.mlflow.pyfunc import Predictor  # noqa: E402

pytestmark = QUIET


def function_of(model, method, **kwargs):
    fastjoblib.mlflow.save_model(model, "model", pyfunc_predict_fn=method, pip_requirements=[], **kwargs)
    return mlflow.pyfunc.load_model("model")


def fitted(name, X, y):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scaler, classifier = StandardScaler(), LogisticRegression(max_iter=1000)
    return {"pipeline": make_pipeline(scaler, classifier), "classifier": classifier, "scaler": scaler}[name].fit(X, y)


@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("pipeline", "predict"),
        ("pipeline", "predict_proba"),  # whose parameters are called `params`
        ("classifier", "predict_log_proba"),
        ("classifier", "decision_function"),
        ("scaler", "transform"),
    ],
)
def test_method(iris, name, method, as_array):
    X, y = iris
    X = X.to_numpy() if as_array else X
    model = fitted(name, X, y)
    expected = getattr(model, method)(X)
    function = function_of(model, method, input_example=X[:5])
    assert np.array_equal(function.predict(X), expected)
    (output,) = function.metadata.signature.outputs.to_dict()
    if expected.ndim == 1 and not as_array:  # one number for each row of a DataFrame is a column
        assert output["type"] == "long"
    else:
        assert output["tensor-spec"] == {"dtype": str(expected.dtype), "shape": (-1, *expected.shape[1:])}


def test_parameters_become_keywords(iris):
    from sklearn.gaussian_process import GaussianProcessRegressor

    X, y = iris
    model = GaussianProcessRegressor(alpha=0.1).fit(X, y)
    signature = mlflow.models.infer_signature(X, y.astype("float64"), params={"return_std": False})
    function = function_of(model, "predict", signature=signature)
    assert np.array_equal(function.predict(X), model.predict(X))
    mean, std = function.predict(X, params={"return_std": True})
    assert np.array_equal(std, model.predict(X, return_std=True)[1])


def test_a_model_without_the_method(iris):
    model = fitted("scaler", *iris)
    with pytest.raises(AttributeError, match=r"^StandardScaler has no method 'predict', .*'transform', or None"):
        fastjoblib.mlflow.save_model(model, "model")
    with pytest.raises(TypeError, match="pyfunc_predict_fn must be the name of a method, or None, found 5"):
        fastjoblib.mlflow.save_model(model, "model", pyfunc_predict_fn=5)
    assert not os.path.exists("model")


def test_scikit_learn_says_why_there_is_no_such_method(iris):
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(loss="hinge").fit(*iris)
    with pytest.raises(AttributeError, match="has no method 'predict_proba'") as caught:
        fastjoblib.mlflow.save_model(model, "model", pyfunc_predict_fn="predict_proba")
    assert "hinge" in str(caught.value.__cause__.__cause__)


def test_without_a_function(iris):
    fastjoblib.mlflow.save_model({"a": 1}, "model", pyfunc_predict_fn=None)
    assert fastjoblib.mlflow.load_model("model") == {"a": 1}
    with pytest.raises(mlflow.exceptions.MlflowException, match='does not have the "python_function" flavor'):
        mlflow.pyfunc.load_model("model")


def test_another_flavor_is_not_ours(iris):
    mlflow.sklearn.save_model(fitted("scaler", *iris), "model", pip_requirements=[])
    with pytest.raises(mlflow.exceptions.MlflowException, match='does not have the "fastjoblib" flavor'):
        fastjoblib.mlflow.load_model("model")


def test_a_predictor_is_copied_and_pickled(iris):
    """Python looks for methods of objects that have no attributes yet."""
    predictor = Predictor(fitted("scaler", *iris))
    for other in (copy.deepcopy(predictor), pickle.loads(pickle.dumps(predictor))):
        assert np.array_equal(other.transform(iris[0]), predictor.transform(iris[0]))
    assert not hasattr(predictor, "predict")
