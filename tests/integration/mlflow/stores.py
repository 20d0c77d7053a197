# SPDX-License-Identifier: BSD-3-Clause
"""The stores of MLflow that are tried, and where in them a model is."""

import contextlib
import pathlib

import pytest

__all__ = ["MISSING", "QUIET", "model_file", "open_store"]

MISSING = "MLflow is not installed; `make test-mlflow` installs it into an environment of its own"

# What MLflow and its dependencies warn of in their own names, not in ours.
QUIET = [
    pytest.mark.filterwarnings(warning)
    for warning in (
        "ignore:::mlflow",
        "ignore::DeprecationWarning",
        "ignore::FutureWarning",
        "ignore::PendingDeprecationWarning",
    )
]


@contextlib.contextmanager
def open_store(kind, folder, monkeypatch):
    """Let MLflow use a new store in a folder, and give its URI."""
    import mlflow

    # MLflow takes a folder as a store only where it is told to.
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (folder / "mlruns").as_uri() if kind == "files" else f"sqlite:///{folder / 'mlflow.db'}"
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        mlflow.set_experiment("test")
        yield uri
    finally:
        while mlflow.active_run():
            mlflow.end_run()
        mlflow.set_tracking_uri(before)
        mlflow.set_registry_uri(before)


def model_file(folder):
    """The one file of a model that is somewhere below a folder."""
    (found,) = pathlib.Path(folder).rglob("model.joblib")
    return found
