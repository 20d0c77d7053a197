# SPDX-License-Identifier: BSD-3-Clause
"""Folders that are not what was saved, or that a stranger has made: nothing in them is run."""

import os
import pathlib
import sys

import fastjoblib
import pytest
from helpers.control import error_of
from integration.mlflow.stores import MISSING, QUIET

mlflow = pytest.importorskip("mlflow", reason=MISSING)
import fastjoblib.mlflow  # noqa: E402

pytestmark = QUIET

FILE = pathlib.Path("model/model.joblib")


class Hostile:
    """Makes a file when it is loaded."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def save(model, **kwargs):
    fastjoblib.mlflow.save_model(model, "model", pip_requirements=[], **kwargs)


def edit(change):
    """Change the MLmodel file, as whoever can write the folder can."""
    described = mlflow.models.Model.load("model")
    change(described.flavors)
    described.save("model/MLmodel")


def refused(load, marker):
    """Return the error of a load that must not run anything."""
    error = error_of(load)[1]
    assert not marker.exists()
    return error


def test_trusted_runs_nothing(tmp_path):
    marker = tmp_path / "marker"
    save([1, Hostile(marker)], pyfunc_predict_fn=None)
    error = refused(lambda: fastjoblib.mlflow.load_model("model", trusted=("sklearn",)), marker)
    assert type(error) is fastjoblib.UntrustedError and "posix.mkdir" in error.names
    fastjoblib.mlflow.load_model("model")  # it would have run
    assert marker.exists()


def test_trust_is_never_taken_from_the_file(tmp_path):
    marker = tmp_path / "marker"
    save([1, Hostile(marker)], pyfunc_predict_fn=None)
    edit(lambda flavors: flavors["fastjoblib"].update(trusted=["posix.mkdir"], model_config={"trusted": None}))
    error = refused(lambda: fastjoblib.mlflow.load_model("model", trusted=()), marker)
    assert type(error) is fastjoblib.UntrustedError


def test_another_file_is_not_loaded(tmp_path):
    """The MLmodel file says which file it is for people, and not for us."""
    save([1], pyfunc_predict_fn=None)
    fastjoblib.dump([2], "other.joblib", seal=True)
    edit(lambda flavors: flavors["fastjoblib"].update(model_file="../other.joblib"))
    assert fastjoblib.mlflow.load_model("model") == [1]


def test_code_in_the_folder_is_not_found_by_a_restricted_load(tmp_path, monkeypatch):
    """A module of its own could stand in for one that is trusted."""
    (tmp_path / "colours.py").write_text("class Colour: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import colours

    save(colours.Colour(), pyfunc_predict_fn=None, code_paths=["colours.py"])
    path = list(sys.path)
    fastjoblib.mlflow.load_model("model", trusted=("colours.Colour",))
    assert sys.path == path
    fastjoblib.mlflow.load_model("model")
    assert sys.path[0].endswith(os.path.join("model", "code"))
    monkeypatch.setattr(sys, "path", path)
    FILE.write_bytes(FILE.read_bytes()[:-1])
    assert type(error_of(lambda: fastjoblib.mlflow.load_model("model"))[1]) is fastjoblib.DamagedFileError
    assert sys.path is path


def test_mlflow_forbids_pickles(tmp_path, monkeypatch, classifier):
    """By an environment variable, which can only forbid: restricted loads need no permission."""
    if not hasattr(mlflow.environment_variables, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"):
        pytest.skip("this version of MLflow does not have MLFLOW_ALLOW_PICKLE_DESERIALIZATION")
    save(classifier)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    for load in (fastjoblib.mlflow.load_model, mlflow.pyfunc.load_model):
        with pytest.raises(fastjoblib.UntrustedError, match=r"model.joblib' is refused: MLFLOW_ALLOW_PICKLE_DESERIAL"):
            load("model")
    assert type(fastjoblib.mlflow.load_model("model", trusted=("sklearn",))) is type(classifier)


@pytest.mark.parametrize("trusted", [None, ("sklearn",)])
@pytest.mark.parametrize("compress", [0, 3])
def test_any_byte(tmp_path, trusted, compress):
    """Each byte of the file, changed: found before what is in it runs, and named."""
    marker = tmp_path / "marker"
    save([b"some data" * 10, Hostile(marker)], pyfunc_predict_fn=None, compress=compress)
    data = FILE.read_bytes()
    for i in range(0, len(data), 7):
        FILE.write_bytes(data[:i] + bytes([data[i] ^ 0x10]) + data[i + 1 :])
        error = refused(lambda: fastjoblib.mlflow.load_model("model", trusted=trusted), marker)
        assert isinstance(error, (fastjoblib.DamagedFileError, fastjoblib.NotSealedError)), (i, error)
        assert "model.joblib" in str(error)


def test_without_its_seal(tmp_path):
    marker = tmp_path / "marker"
    save([Hostile(marker)], pyfunc_predict_fn=None)
    FILE.unlink()
    fastjoblib.dump([Hostile(marker)], FILE)
    error = refused(lambda: fastjoblib.mlflow.load_model("model"), marker)
    assert type(error) is fastjoblib.NotSealedError and "model.joblib" in str(error)


def test_no_file_in_its_place(tmp_path):
    save([1], pyfunc_predict_fn=None)
    for file in (FILE, FILE.with_name("MLmodel")):
        file.unlink()
        with pytest.raises(FileNotFoundError, match=file.name):
            fastjoblib.mlflow.load_model("model")
        os.mkfifo(file)  # which would wait for ever where it is opened
        with pytest.raises(fastjoblib.InvalidFileError, match=f"{file.name}' .*expected a file, found "):
            fastjoblib.mlflow.load_model("model")


HALF_A_SIGNATURE = "flavors: {fastjoblib: {}}\nsignature: {inputs: '['}"


@pytest.mark.parametrize("text", ["", "x", "[1]", "a: [", "flavors: [1]", HALF_A_SIGNATURE])
def test_a_description_that_is_none(text):
    save([1], pyfunc_predict_fn=None)
    pathlib.Path("model/MLmodel").write_text(text)
    with pytest.raises((fastjoblib.InvalidFileError, mlflow.exceptions.MlflowException), match="MLmodel|flavor"):
        fastjoblib.mlflow.load_model("model", trusted=())


def test_a_description_that_makes_objects(tmp_path):
    """MLflow reads it as YAML that makes none."""
    save([1], pyfunc_predict_fn=None)
    hostile = f"flavors: {{fastjoblib: {{}}}}\nx: !!python/object/apply:os.mkdir ['{tmp_path / 'marker'}']\n"
    pathlib.Path("model/MLmodel").write_text(hostile)
    error = refused(lambda: fastjoblib.mlflow.load_model("model", trusted=()), tmp_path / "marker")
    assert type(error) is fastjoblib.InvalidFileError and "MLmodel" in str(error)


def test_no_such_model():
    with pytest.raises((OSError, mlflow.exceptions.MlflowException), match="nowhere"):
        fastjoblib.mlflow.load_model("nowhere")
