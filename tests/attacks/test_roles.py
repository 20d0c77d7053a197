# SPDX-License-Identifier: BSD-3-Clause
"""A pipeline is a program: its parts are what they stand for, or the file is refused."""

import functools
import io
import pathlib
import pickle

import fastjoblib
import numpy as np
import pytest
from fastjoblib import UntrustedError, safe_load

pytest.importorskip("sklearn")
from scipy.optimize import OptimizeResult  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.ensemble import StackingClassifier, VotingClassifier  # noqa: E402
from sklearn.feature_extraction.text import CountVectorizer  # noqa: E402
from sklearn.feature_selection import SelectKBest, f_classif  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import make_scorer  # noqa: E402
from sklearn.multioutput import ClassifierChain  # noqa: E402
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer, StandardScaler  # noqa: E402
from sklearn.utils import Bunch  # noqa: E402

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 2


def changed(model, **attributes):
    vars(model).update(attributes)
    return model


def stacking(**attributes):
    return changed(StackingClassifier([("a", LogisticRegression())]).fit(X, Y), **attributes)


ATTACKS = {
    "a method by name": lambda: stacking(stack_method_=["set_params"]),
    "methods by name": lambda: changed(ClassifierChain(LogisticRegression()), chain_method_="__reduce__"),
    "a path for an estimator": lambda: stacking(estimators_=[pathlib.Path("x")]),
    "an array for an estimator": lambda: stacking(estimators_=[X]),
    "an array within others": lambda: stacking(estimators_=[[("a", X)]]),
    "a path in a pipeline": lambda: Pipeline([("a", pathlib.PurePosixPath("x")), ("b", StandardScaler())]),
    "a dtype in a union": lambda: FeatureUnion([("a", np.dtype("f8"))]),
    "an array of estimators": lambda: VotingClassifier(np.array([("a", pathlib.Path("x"))], dtype=object)),
    "a calibrated array": lambda: changed(
        CalibratedClassifierCV(LogisticRegression(), cv=2).fit(X, Y), calibrated_classifiers_=[X]
    ),
    "keywords that make values": lambda: FunctionTransformer(np.sum, kw_args={"initial": "text", "where": False}),
    "keywords that change others": lambda: FunctionTransformer(np.abs, inv_kw_args={"out": X}),
    "a class for a function": lambda: FunctionTransformer(pathlib.Path),
    "a partial for a function": lambda: FunctionTransformer(functools.partial(np.sum)),
    "a class for a tokenizer": lambda: changed(CountVectorizer(), tokenizer=np.ndarray),
    "a class for a score": lambda: changed(SelectKBest(f_classif), score_func=np.dtype),
    "a scorer's method": lambda: changed(make_scorer(f_classif), _response_method="tofile"),
}

HARMLESS = {
    "stacking": lambda: stacking(),
    "chain": lambda: ClassifierChain(LogisticRegression()).fit(X, np.c_[Y, 1 - Y]),
    "pipeline": lambda: make_pipeline(FunctionTransformer(np.log1p), "passthrough", StandardScaler()).fit(X),
    "keywords": lambda: FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": 1}),
    "functions": lambda: SelectKBest(f_classif, k=1).fit(X, Y),
    "scorer": lambda: make_scorer(f_classif, response_method=("predict_proba", "predict")),
}


@pytest.mark.parametrize("protocol", range(6))
def test_items_that_are_attributes(protocol):
    """NumPy would take the address for an array's."""
    interface = {"shape": (1,), "typestr": "<f8", "data": (1 << 40, False), "version": 3}
    for value in (Bunch(__array_interface__=interface), OptimizeResult(__array_interface__=interface)):
        with pytest.raises(UntrustedError, match="it sets the (item|attribute) '__array_interface__'"):
            safe_load(io.BytesIO(pickle.dumps(value, protocol)))
    assert safe_load(io.BytesIO(pickle.dumps(Bunch(a=1), protocol))).a == 1


@pytest.mark.parametrize("name", ATTACKS)
def test_refused(name):
    with pytest.raises(UntrustedError):
        safe_load(io.BytesIO(pickle.dumps(ATTACKS[name]())))


@pytest.mark.parametrize("name", HARMLESS)
def test_accepted(name):
    model = HARMLESS[name]()
    assert type(safe_load(io.BytesIO(fastjoblib.dumps(model)))) is type(model)


class Own:
    """An estimator of the user's, which need not be scikit-learn's."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


def test_the_callers_own_estimators():
    data = pickle.dumps(make_pipeline(Own(), StandardScaler()))
    trusted = ["sklearn", f"{Own.__module__}.Own"]
    assert type(safe_load(io.BytesIO(data), trusted)[0]) is Own


def test_a_pipeline_that_would_write_a_file(tmp_path):
    """The file that was found: it was accepted once, and predict wrote."""
    steps = [("value", FunctionTransformer(np.sum, kw_args={"initial": b"x", "where": False, "dtype": object}))]
    writer = stacking(estimators_=[tmp_path / "written"], stack_method_=["write_bytes"])
    data = pickle.dumps(Pipeline([*steps, ("write", writer)]))
    with pytest.raises(UntrustedError):
        safe_load(io.BytesIO(data)).predict(X)
    assert not (tmp_path / "written").exists()
