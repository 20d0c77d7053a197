# SPDX-License-Identifier: BSD-3-Clause
"""Fitted models of scikit-learn: each estimator, alone and at the end of a pipeline."""

import warnings

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

# Each of another kind: trees, linear, neighbours, kernels, networks, text, what holds others.
FEW = """AdaBoostClassifier BernoulliNB CalibratedClassifierCV CountVectorizer DecisionTreeRegressor DictVectorizer
    ElasticNetCV GaussianMixture GaussianProcessClassifier GradientBoostingClassifier HistGradientBoostingClassifier
    HuberRegressor IsolationForest IsotonicRegression KBinsDiscretizer KMeans KNeighborsClassifier LinearSVC
    LogisticRegression MLPClassifier OneHotEncoder PCA PoissonRegressor QuantileTransformer RandomForestRegressor SVC
    SimpleImputer SplineTransformer StackingClassifier TfidfVectorizer TruncatedSVD VotingClassifier""".split()

RNG = np.random.RandomState(0)
X = np.abs(RNG.normal(size=(60, 5))) + 0.1
Y = (X[:, 0] > X[:, 1]).astype(int)
WORDS = [f"word{i % 7} text{i % 3} more" for i in range(60)]
# What fit may want: the first that it takes.
DATA = [
    (X, Y),
    (X, X[:, 0] + X[:, 1]),
    (WORDS, Y),
    ([{"a": i, "b": "x"} for i in range(60)], Y),
    (X[:, 0], X[:, 1]),
    (X, np.c_[Y, 1 - Y]),
    ((X > 0.5).astype(int), Y),
    (X @ X.T, Y),
    (Y,),
    ([(0, 1), (2,)] * 30,),
]
INNER = {
    "estimator": DecisionTreeClassifier(max_depth=2),
    "base_estimator": DecisionTreeClassifier(max_depth=2),  # scikit-learn before 1.9
    "estimators": [("tree", DecisionTreeClassifier(max_depth=2)), ("line", LogisticRegression())],
    "transformer_list": [("scaled", StandardScaler())],
    "transformers": [("scaled", StandardScaler(), [0, 1])],
    "steps": [("scaled", StandardScaler()), ("line", LogisticRegression())],
    "param_grid": {"max_depth": [1, 2]},
    "param_distributions": {"max_depth": [1, 2]},
    "dictionary": np.eye(5),
}


def made(name, cls):
    """An estimator with what it cannot do without, and as small as it can be."""
    import inspect

    parameters = inspect.signature(cls).parameters
    arguments = {
        key: INNER[key]
        for key, parameter in parameters.items()
        if parameter.default is parameter.empty and key in INNER
    }
    small = {"n_estimators": 3, "max_iter": 20, "n_init": 1, "cv": 2, "n_components": 2, "perplexity": 5}
    arguments |= {key: small[key] for key in small if key in parameters}
    return cls(**arguments)


def fitted(estimator):
    """Fit it to what it takes, or None: it takes nothing of DATA."""
    for data in DATA:
        try:
            return estimator.fit(*data)
        except (TypeError, ValueError, AttributeError, IndexError):
            continue
    return None


def pipelines():
    yield "grid", GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2), (X, Y)
    yield "random", RandomizedSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}, n_iter=2, cv=2), (X, Y)
    yield "text", make_pipeline(TfidfVectorizer(), MultinomialNB()), (WORDS, Y)
    yield "logs", make_pipeline(FunctionTransformer(np.log1p), SGDClassifier()), (X, Y)
    columns = ColumnTransformer([("scaled", StandardScaler(), [0, 1]), ("hot", OneHotEncoder(), [2])])
    yield "columns", make_pipeline(columns, RandomForestClassifier(3)), (np.round(X), Y)
    union = FeatureUnion([("scaled", StandardScaler()), ("tfidf", "passthrough")])
    yield "union", Pipeline([("union", union), ("model", LogisticRegression())]), (X, Y)


def models(names=None):
    """Yield names and fitted models; `names`: only of these estimators."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, estimator, data in pipelines():
            yield name, estimator.fit(*data)
        for name, cls in all_estimators():
            if names is not None and name not in names:
                continue
            model = fitted(made(name, cls))
            if model is None:
                continue
            yield name, model
            behind = fitted(make_pipeline(StandardScaler(with_mean=False), made(name, cls)))
            if behind is not None:
                yield f"{name}-in-pipeline", behind
