# SPDX-License-Identifier: BSD-3-Clause
"""What must be installed where a model is served."""

import importlib.metadata
import pathlib
import subprocess
import sys

import fastjoblib
import numpy as np
import pytest
from integration.mlflow.stores import MISSING, QUIET

mlflow = pytest.importorskip("mlflow", reason=MISSING)
import fastjoblib.mlflow  # noqa: E402

pytestmark = QUIET

OURS = f"fastjoblib=={fastjoblib.__version__}"


def pinned(*names):
    return {f"{name}=={importlib.metadata.version(name)}" for name in names}


def requirements():
    return set(pathlib.Path("model/requirements.txt").read_text().splitlines())


def test_of_the_seal_and_of_the_prediction(iris, classifier):
    """The seal knows scikit-learn; that predicting takes pandas' frames shows when it is done."""
    fastjoblib.mlflow.save_model(classifier, "model", input_example=iris[0][:5])
    assert requirements() >= {OURS, *pinned("mlflow", "scikit-learn", "numpy", "pandas")}
    assert OURS in pathlib.Path("model/conda.yaml").read_text()
    assert pathlib.Path("model/python_env.yaml").is_file()


def test_of_the_seal_alone(classifier):
    fastjoblib.mlflow.save_model(classifier, "model", pyfunc_predict_fn=None)
    assert requirements() == {OURS, *pinned("mlflow", "scikit-learn", "numpy")}


SCRIPT = """
import fastjoblib.mlflow, sklearn.linear_model
class Mine(sklearn.linear_model.LinearRegression): pass
fastjoblib.mlflow.save_model(Mine().fit([[1], [2]], [1, 2]), "model")
"""


def test_of_a_model_that_no_other_process_loads():
    """MLflow says so, and what the seal knows is there."""
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0 and "unexpected error while inferring pip requirements" in result.stderr
    assert requirements() == {OURS, *pinned("mlflow", "numpy")}


def test_given(classifier):
    save = fastjoblib.mlflow.save_model
    save(classifier, "given", pip_requirements=["scikit-learn"])
    assert pathlib.Path("given/requirements.txt").read_text().splitlines() == [*pinned("mlflow"), "scikit-learn"]
    save({"a": np.zeros(3)}, "model", pyfunc_predict_fn=None, extra_pip_requirements=["tomli>=1"])
    assert requirements() == {OURS, "tomli>=1", *pinned("mlflow", "numpy")}
    pathlib.Path("limits.txt").write_text("numpy<9\n")
    save(classifier, "limited", pip_requirements=["numpy", "-c limits.txt"])
    assert pathlib.Path("limited/constraints.txt").read_text() == "numpy<9"
    environment = {"name": "flowers", "dependencies": ["python=3.11", {"pip": ["scikit-learn==1.6"]}]}
    save(classifier, "conda", conda_env=environment)
    assert "name: flowers" in pathlib.Path("conda/conda.yaml").read_text()
    assert "scikit-learn==1.6" in pathlib.Path("conda/requirements.txt").read_text()


def test_not_both(classifier):
    with pytest.raises(ValueError, match="Only one of"):
        fastjoblib.mlflow.save_model(classifier, "model", conda_env={}, pip_requirements=[])
    assert not pathlib.Path("model").exists()
