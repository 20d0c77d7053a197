# SPDX-License-Identifier: BSD-3-Clause
"""MLflow's server over HTTP, in a process of its own: the same predictions as in this one."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import fastjoblib
import numpy as np
import pytest
from integration.mlflow.stores import MISSING, QUIET

mlflow = pytest.importorskip("mlflow", reason=MISSING)
import fastjoblib.mlflow  # noqa: E402

pytestmark = QUIET

PATIENCE = 120  # seconds until the server answers


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ask(url, rows=None):
    data = None if rows is None else json.dumps(rows).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def wait_for(server, url, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            return ask(url)
        time.sleep(0.2)
    raise AssertionError(f"no answer from the server; it said:\n{log.read_text()}")


@contextlib.contextmanager
def serving(uri, store, tmp_path):
    """Serve a model, and give the address of its predictions."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", uri, "-h", "127.0.0.1", "-p", str(port)]
    log = tmp_path / "server.log"
    programs = os.path.dirname(sys.executable)  # among them uvicorn, which MLflow runs
    with open(log, "wb") as output:
        # Its workers are of the same group, by which all of them are ended.
        server = subprocess.Popen(
            [*command, "--env-manager", "local"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MLFLOW_TRACKING_URI": store, "PATH": f"{programs}:{os.environ['PATH']}"},
            start_new_session=True,
        )
    try:
        wait_for(server, f"{url}/ping", log)
        yield f"{url}/invocations"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)


def test_same_predictions(store, iris, classifier, tmp_path):
    """Of a model by its alias in the registry, in each form in which rows are sent."""
    X, _ = iris
    fastjoblib.mlflow.log_model(
        classifier,
        "iris",
        input_example=X[:5],
        pyfunc_predict_fn="predict_proba",
        registered_model_name="flowers",
        pip_requirements=[],
    )
    mlflow.MlflowClient().set_registered_model_alias("flowers", "champion", 1)
    expected = mlflow.pyfunc.load_model("models:/flowers@champion").predict(X)
    assert np.array_equal(expected, classifier.predict_proba(X))
    rows = {"columns": list(X.columns), "data": X.to_numpy().tolist()}
    with serving("models:/flowers@champion", store, tmp_path) as url:
        for form in ({"dataframe_split": rows}, {"dataframe_records": X.to_dict("records")}):
            assert np.array_equal(json.loads(ask(url, form))["predictions"], expected)
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(url, {"dataframe_split": {"columns": ["a"], "data": [[1.0]]}})
        assert caught.value.code == 400
        caught.value.close()


def test_damage_is_not_served(iris, classifier, tmp_path):
    fastjoblib.mlflow.save_model(classifier, "model", pip_requirements=[])
    file = pathlib.Path("model/model.joblib")
    data = file.read_bytes()
    file.write_bytes(data[:-100] + b"x" + data[-99:])
    with pytest.raises(AssertionError, match=r"model\.joblib' is not what was saved"):
        with serving("model", "", tmp_path):
            pass
