# SPDX-License-Identifier: BSD-3-Clause
"""The models of the demo, each fitted on data that comes with scikit-learn.

``MODELS`` maps a name to a function without arguments that returns the fitted
model and the inputs to predict on. Nothing is downloaded.
"""

from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler


def linear_regression() -> tuple[Any, Any]:
    x, y = datasets.load_diabetes(return_X_y=True)
    return LinearRegression().fit(x, y), x


def column_pipeline() -> tuple[Any, Any]:
    x, y = datasets.load_breast_cancer(return_X_y=True)
    prepare = make_column_transformer(
        (StandardScaler(), slice(0, 20)), (MinMaxScaler(), slice(20, 30))
    )
    return make_pipeline(prepare, LogisticRegression()).fit(x, y), x


def random_forest() -> tuple[Any, Any]:
    x, y = datasets.load_digits(return_X_y=True)
    return RandomForestClassifier(300, random_state=0).fit(x, y), x


def gradient_boosting() -> tuple[Any, Any]:
    x, y = datasets.load_digits(return_X_y=True)
    return GradientBoostingClassifier(random_state=0).fit(x, y), x


def text_classifier() -> tuple[Any, Any]:
    """Tells from 30 words of a dataset's description which dataset it is."""
    loaders = [
        datasets.load_breast_cancer,
        datasets.load_diabetes,
        datasets.load_digits,
        datasets.load_iris,
        datasets.load_wine,
    ]
    rng = np.random.default_rng(0)
    texts, labels = [], []
    for load in loaders:
        words = load(return_X_y=False).DESCR.split()
        for start in rng.integers(0, len(words) - 30, size=200):
            texts.append(" ".join(words[start : start + 30]))
            labels.append(load.__name__)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    return make_pipeline(vectorizer, LogisticRegression()).fit(texts, labels), texts


def nearest_neighbours() -> tuple[Any, Any]:
    x, y = datasets.load_digits(return_X_y=True)
    return KNeighborsClassifier(algorithm="kd_tree").fit(x, y), x


MODELS = {
    "linear regression": linear_regression,
    "column pipeline": column_pipeline,
    "random forest, 300": random_forest,
    "gradient boosting": gradient_boosting,
    "text, TF-IDF": text_classifier,
    "k nearest neighbours": nearest_neighbours,
}
