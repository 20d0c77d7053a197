# SPDX-License-Identifier: BSD-3-Clause
"""Every estimator of scikit-learn, fitted on NumPy and on pandas input, alone and in what holds others.

A case is a name, a fitted model and what its methods are given to compare it with another.
"""

import zlib

import numpy as np
import pandas as pd
from attacks.models import DATA, INNER, made
from sklearn.base import ClassifierMixin, RegressorMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import all_estimators

REGRESSORS = {
    "estimator": DecisionTreeRegressor(max_depth=2),
    "estimators": [("tree", DecisionTreeRegressor(max_depth=2)), ("line", Ridge())],
}
# What they want to be fitted to DATA.
SPECIAL = {
    "LinearDiscriminantAnalysis": {"n_components": 1},
    "SelfTrainingClassifier": {"estimator": INNER["estimator"]},
    "SpectralBiclustering": {"n_clusters": 2, "n_best": 2},
    "SpectralCoclustering": {"n_clusters": 2},
    "TSNE": {"max_iter": 250},
}
VECTORIZERS = [CountVectorizer, TfidfVectorizer, HashingVectorizer]


def new(name, cls):
    """One that is not fitted, and predicts the same each time."""
    estimator = made(name, cls)
    if name == "FrozenEstimator":
        return FrozenEstimator(LogisticRegression().fit(*DATA[0]))
    parameters = estimator.get_params(deep=False)
    chosen = {"random_state": 0} if "random_state" in parameters else {}
    if "Regressor" in name:
        chosen |= {key: value for key, value in REGRESSORS.items() if parameters.get(key) is INNER.get(key)}
    return estimator.set_params(**chosen, **SPECIAL.get(name, {}))


def in_pandas(data):
    """The same in frames and series, with names of columns and an index."""
    names = "abcdefgh"
    for each in data:
        if isinstance(each, np.ndarray) and each.ndim == 2 and each.shape[1] <= len(names):
            yield pd.DataFrame(each, columns=list(names[: each.shape[1]]), index=np.arange(len(each)) + 100)
        elif isinstance(each, np.ndarray) and each.ndim == 2:
            yield pd.DataFrame(each)
        elif isinstance(each, np.ndarray) or (isinstance(each, list) and isinstance(each[0], str)):
            yield pd.Series(each, name="target", index=np.arange(len(each)) + 100)
        else:
            yield each


DATA_OF = {"numpy": DATA, "pandas": [tuple(in_pandas(data)) for data in DATA]}


def fit_first(estimator, choices):
    """Fit it on the first of these that it takes; return it and that, or None."""
    for data in choices:
        try:
            return clone(estimator).fit(*data), data
        except (TypeError, ValueError, AttributeError, IndexError, KeyError):
            continue
    return None


def columns(estimator):
    """It behind, or among, transformers of single columns."""
    if hasattr(estimator, "predict") or not hasattr(estimator, "transform"):
        parts = [("scaled", MinMaxScaler(), [0, 1]), ("bins", KBinsDiscretizer(2, quantile_method="linear"), [2])]
        return make_pipeline(ColumnTransformer(parts, remainder="passthrough", sparse_threshold=0), estimator)
    return ColumnTransformer([("it", estimator, [0, 1, 2])], remainder="passthrough")


def stacked(estimator):
    if isinstance(estimator, ClassifierMixin):
        others = [("it", estimator), ("line", LogisticRegression())]
        return StackingClassifier(others, LogisticRegression(), cv=2, stack_method="predict")
    if isinstance(estimator, RegressorMixin):
        return StackingRegressor([("it", estimator), ("line", Ridge())], Ridge(), cv=2)
    return None


def searched(estimator):
    if isinstance(estimator, ClassifierMixin) or isinstance(estimator, RegressorMixin):
        return GridSearchCV(make_pipeline(StandardScaler(with_mean=False), estimator), {}, cv=2, error_score="raise")
    return None


def calibrated(estimator):
    if not isinstance(estimator, ClassifierMixin):
        return None
    method = ["sigmoid", "isotonic"][zlib.crc32(type(estimator).__name__.encode()) % 2]
    return CalibratedClassifierCV(estimator, method=method, cv=2)


def behind_text(estimator):
    vectorizer = VECTORIZERS[zlib.crc32(type(estimator).__name__.encode()) % 3]
    more = {"n_features": 64, "alternate_sign": False} if vectorizer is HashingVectorizer else {}
    return make_pipeline(vectorizer(**more), estimator)


HOLDERS = {
    "alone": lambda estimator: estimator,
    "pipeline": lambda estimator: make_pipeline(StandardScaler(with_mean=False), estimator),
    "columns": columns,
    "grid": searched,
    "calibrated": calibrated,
    "stacked": stacked,
    "text": behind_text,
}


def of_every_estimator(holders=tuple(HOLDERS), inputs=("numpy", "pandas"), only=lambda name: True):
    """Yield a case for each estimator, holder and input that go together, and of whose names `only` approves."""
    for name, cls in all_estimators():
        for holder in holders:
            kinds = [kind for kind in inputs if only(f"{name}-{holder}-{kind}")]
            estimator = HOLDERS[holder](new(name, cls)) if kinds else None
            for kind in kinds if estimator is not None else ():
                choices = DATA_OF[kind]
                found = fit_first(estimator, choices[2:3] if holder == "text" else choices)
                if found is not None:
                    yield f"{name}-{holder}-{kind}", found[0], found[1][0]
