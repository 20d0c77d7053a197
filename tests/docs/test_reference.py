# SPDX-License-Identifier: BSD-3-Clause
"""The reference has all that is public."""

import pathlib
import re

import fastjoblib
import fastjoblib.__main__
from fastjoblib import _joblib

API = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "api"


def documented(name):
    text = (API / name).read_text(encoding="utf-8")
    names = re.findall(r"^\.\. auto\w+:: (?:fastjoblib\.)?(\S+)$", text, re.MULTILINE)
    return [name for name in names if not name.startswith("_")]  # what is returned, and has no public name


def test_every_name_is_there_once():
    names = documented("files.rst") + documented("safety.rst") + documented("models.rst")
    of_others = {"Global", "Array", "Part", "Pickle", "Seal"}
    of_others |= {"mlflow.save_model", "mlflow.log_model", "mlflow.load_model"}
    assert len(names) == len(set(names))
    assert set(names) - of_others == set(fastjoblib.__all__) - set(_joblib.NAMES) - {"__version__", "pickle"}


def test_pickle_has_what_is_not_pythons():
    names = documented("pickle.rst")
    assert names == ["pickle", "dump", "dumps", "load", "loads", "Pickler", "Unpickler"]


def test_every_command_is_there(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    try:
        fastjoblib.__main__.main(["--help"])
    except SystemExit:
        pass
    commands = re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)
    text = (API / "command-line.rst").read_text(encoding="utf-8")
    assert len(commands) >= 9
    assert commands == re.findall(r"^\.\. command-help:: (\w+)$", text, re.MULTILINE)
