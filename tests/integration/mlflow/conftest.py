# SPDX-License-Identifier: BSD-3-Clause
"""A store for each test, and models; nothing here needs MLflow before a test asks for it."""

import pytest
from integration.mlflow.stores import open_store


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Begin in a folder of the test's own, say nothing to anybody, and leave no run behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture(params=["files", "sqlite"])
def store(request, tmp_path, monkeypatch):
    with open_store(request.param, tmp_path, monkeypatch) as uri:
        yield uri


@pytest.fixture(scope="session")
def iris():
    """Features as a DataFrame, and classes."""
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(scope="session")
def classifier(iris):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=5, random_state=0).fit(*iris)
