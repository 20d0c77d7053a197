# SPDX-License-Identifier: BSD-3-Clause
"""Fitted models of many kinds, each with the data that it predicts from."""

import functools

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC

_RANDOM = np.random.default_rng(0)
X = _RANDOM.normal(size=(120, 4))
NOISE = _RANDOM.normal(scale=0.3, size=120)
Y = np.digitize(X[:, 0] + X[:, 1] + NOISE, [-0.7, 0.7])
LABELS = np.array(["setosa", "versicolor", "virgin\u00efca"])[Y]
TWO = np.column_stack([Y, Y % 2])
FRAME = pd.DataFrame(
    {
        "age": X[:, 0],
        "height": X[:, 1].astype(np.float32),
        "visits": _RANDOM.integers(0, 50, 120),
        "city": np.array(["Paris", "Oslo", "Z\u00fcrich"])[_RANDOM.integers(0, 3, 120)],
    }
)
# Not in lower case by the vectorizer: for that ONNX Runtime asks for a locale that systems may not have.
TEXTS = np.array([f"iris of {number} in the {place} place" for number, place in zip(Y + 10, Y[::-1] + 20, strict=True)])
HOLES = FRAME.assign(age=FRAME["age"].where(FRAME["age"] < 1))


def columns(final, numbers):
    """A pipeline that takes columns of a frame by their names."""
    chosen = [("numbers", numbers, ["age", "height", "visits"]), ("texts", OneHotEncoder(), ["city"])]
    return make_pipeline(ColumnTransformer(chosen), final)


MODELS = {
    "linear regression": (LinearRegression(), X, X[:, 0] + NOISE),
    "logistic regression": (LogisticRegression(), X, Y),
    "string labels": (LogisticRegression(), X, LABELS),
    "two classes": (LogisticRegression(), X, Y > 0),
    "float32": (LogisticRegression(), X.astype(np.float32), Y),
    "SVC with probabilities": (CalibratedClassifierCV(SVC(), ensemble=False), X, Y),
    "SVC": (SVC(), X, Y),
    "linear SVC, two classes": (LinearSVC(random_state=0), X, Y > 0),
    "random forest": (RandomForestClassifier(20, random_state=0), X, LABELS),
    "forest of whole numbers": (RandomForestClassifier(20, random_state=0), FRAME[["visits"]].to_numpy(), Y),
    "gradient boosting": (GradientBoostingClassifier(n_estimators=10, random_state=0), X, Y),
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=10, random_state=0), X, Y),
    "histogram regression": (HistGradientBoostingRegressor(max_iter=10, random_state=0), X, X[:, 0] + NOISE),
    "k-NN": (KNeighborsClassifier(), X, Y),
    "k-NN regression": (KNeighborsRegressor(), X, X[:, 0]),
    "pipeline": (make_pipeline(StandardScaler(), LogisticRegression()), X, Y),
    "pipeline of a frame": (make_pipeline(StandardScaler(), LogisticRegression()), FRAME[["age", "height"]], Y),
    "columns": (columns(LogisticRegression(), StandardScaler()), FRAME, LABELS),
    "columns with holes": (columns(LogisticRegression(max_iter=1000), SimpleImputer()), HOLES, LABELS),
    "texts": (make_pipeline(CountVectorizer(lowercase=False), LogisticRegression()), TEXTS, LABELS),
    "grid search": (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}), X, Y),
    "MLP": (MLPClassifier((8,), max_iter=2000, random_state=0, tol=1e-2), X, Y),
    "KMeans": (KMeans(3, n_init=1, random_state=0), X, None),
    "mixture": (GaussianMixture(2, random_state=0), X, None),
    "outliers": (IsolationForest(n_estimators=20, random_state=0), X, None),
    "PCA": (PCA(2), X, None),
    "one-hot, sparse": (OneHotEncoder(), FRAME[["city"]], None),
    "multi-output regression": (RandomForestRegressor(10, random_state=0), X, X[:, :2]),
    "multi-output forest": (RandomForestClassifier(10, random_state=0), X, TWO),
    "multi-output": (MultiOutputClassifier(LogisticRegression()), X, TWO),
}


@functools.cache
def fitted(name):
    """A model that is fitted once, and its data."""
    model, data, target = MODELS[name]
    return model.fit(data, target), data
