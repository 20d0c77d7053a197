# SPDX-License-Identifier: BSD-3-Clause
"""A model whose class a script has in `__main__`, in six ways to run the program that loads it and saves one too."""

import contextlib
import http.client
import importlib.util
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

import fastjoblib
import joblib
import numpy as np
import pytest

TESTS = pathlib.Path(__file__).parents[1]
PROGRAMS = TESTS / "helpers" / "programs"
PROGRAM = PROGRAMS / "package" / "program.py"
PATH = [str(pathlib.Path(fastjoblib.__file__).parents[1]), str(PROGRAMS)]
PREDICTED = [[2.0, 4.0], [5.0, 6.0]]


def needs(package):
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed; the extra dev of fastjoblib has it")


def run(arguments, **variables):
    result = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATH), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def ask_unix(path):
    """GET / from a server that may not have begun to listen."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    with contextlib.closing(connection):
        for _ in range(300):
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                connection.sock.connect(path)
                break
            time.sleep(0.1)
        connection.request("GET", "/")
        return connection.getresponse().status


def serve(**variables):
    """Let a worker of gunicorn do it."""
    path = os.path.join(variables["STORY_OUT"], "socket")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"unix:{path}", "web:application"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATH), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        status = ask_unix(path)
    finally:
        server.terminate()
        output, _ = server.communicate(timeout=60)
    assert status == 200, output


def start_kernel(**variables):
    folders = dict.fromkeys(["IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"], variables["STORY_OUT"])
    run([PROGRAMS / "notebook.py", PROGRAM], **folders, **variables)


# What runs the program, what its `__main__` is, and in what module its own class is then.
WAYS = {
    "script": (lambda **variables: run([PROGRAM], **variables), "program.py", "__main__"),
    "module": (lambda **variables: run(["-m", "package.program"], **variables), "program.py", "__main__"),
    "notebook": (start_kernel, "<module '__main__'>", "__main__"),
    "spawn": (lambda **variables: run([PROGRAM], STORY_SPAWN="1", **variables), "program.py", "__mp_main__"),
    "server": (serve, "gunicorn", "package.program"),
    "test runner": (
        lambda **variables: run(["-m", "pytest", "-c", os.devnull, PROGRAMS / "in_a_test_runner.py"], **variables),
        "pytest",
        "in_a_test_runner",
    ),
}
MARKS = {"notebook": needs("ipykernel"), "server": needs("gunicorn")}
each_way = pytest.mark.parametrize("way", [pytest.param(way, marks=MARKS.get(way, ())) for way in WAYS])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    run([PROGRAMS / "train.py", folder])
    return folder


@each_way
def test_the_story(way, trained, tmp_path, monkeypatch):
    start, main, module = WAYS[way]
    start(STORY_FOLDER=str(trained), STORY_OUT=str(tmp_path))
    told = json.loads((tmp_path / "told.json").read_text())
    assert main in told["main"]
    for predicted in ("renamed", "by value", "by value, joblib"):
        assert told[predicted] == PREDICTED

    # The message names the class and all ways out, and of a sealed file the script.
    assert told["message"].startswith(f"Can't get attribute 'Imputer' on {told['main']}: Imputer was defined in")
    for part in ("rename={'__main__.Imputer': 'your_module.Imputer'}", "own __main__ first", "by_value=True"):
        assert part in told["message"]
    assert told["message of sealed"].endswith("by_value=True). The file was saved by train.py")
    assert "rename={'__main__.Imputer': 'train.Imputer'}" in told["message of sealed"]

    # What it has saved itself loads here.
    monkeypatch.syspath_prepend(PROGRAMS)
    for load in (fastjoblib.load, joblib.load):
        model = load(tmp_path / "own_by_value.joblib")
        assert model.predict(np.arange(3)).tolist() == [0, 3, 6]
        assert type(model).__module__ == module
    path = tmp_path / "own_by_reference.joblib"
    assert f"{module}.Own" in [f"{found.module}.{found.name}" for found in fastjoblib.inspect(path).globals]
    if module == "__mp_main__":
        module = "__main__"  # which it is to whoever wrote the program
    model = fastjoblib.load(path, rename={f"{module}.Own": "imputers.Own"})
    assert model.predict(np.arange(3)).tolist() == [0, 3, 6]
    if module == "__main__":
        with pytest.raises(AttributeError, match=re.escape("main__.Own': 'your_module.Own'}")):
            fastjoblib.load(path)
