# SPDX-License-Identifier: BSD-3-Clause
"""What dump(by_value=...) refuses, and what loads of its files say where something is missing."""

import enum
import importlib
import importlib.util
import io
import sys
from decimal import Decimal
from pickle import PicklingError

import cloudpickle
import fastjoblib
import joblib
import pytest
from fastjoblib import UntrustedError

LOADS = pytest.mark.parametrize("load", [fastjoblib.load, joblib.load], ids=["ours", "joblib's"])
COPY = "joblib.externals.cloudpickle"  # which joblib had until 1.5


def dumped(value):
    stream = io.BytesIO()
    fastjoblib.dump(value, stream, by_value=True)
    stream.seek(0)
    return stream


def test_compiled_classes_are_refused(tmp_path):
    fastjoblib.dump([1], path := tmp_path / "old")
    with pytest.raises(PicklingError, match="<class 'decimal.Decimal'> is compiled, so it cannot be written by value"):
        fastjoblib.dump(Decimal(1), path, by_value=["decimal"])
    assert fastjoblib.load(path) == [1]


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"by_value": "json"}, TypeError, "a bool or a list of modules or their names, found 'json'"),
        ({"by_value": None}, TypeError, "found None"),
        ({"by_value": [5]}, TypeError, "takes modules or their names, found 5"),
        ({"by_value": ["no_such_module"]}, ValueError, "names 'no_such_module', and no module of that name has been"),
        ({"by_value": True, "protocol": 1}, ValueError, "needs pickle protocol 2 or newer, found 1"),
    ],
)
def test_wrong_arguments(tmp_path, options, error, says):
    with pytest.raises(error, match=says):
        fastjoblib.dump(1, tmp_path / "file", **options)
    assert not list(tmp_path.iterdir())


@LOADS
def test_another_python_says_so(load, monkeypatch):
    """Its bytecode would crash."""
    stream = dumped([(lambda: 1), enum.Enum("Kind", "ONE")])
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"other")
    version = "{}.{}".format(*sys.version_info)
    with pytest.raises(AttributeError, match=f"only Python {version} loads functions that it has written by value"):
        load(stream)


@pytest.fixture
def without_cloudpickle(monkeypatch):
    for name in ("cloudpickle", "cloudpickle.cloudpickle", COPY, f"{COPY}.cloudpickle"):
        monkeypatch.setitem(sys.modules, name, None)


def test_without_cloudpickle(without_cloudpickle, tmp_path):
    with pytest.raises(ImportError, match="by_value needs cloudpickle 3 or newer .* neither is installed") as caught:
        fastjoblib.dump(1, tmp_path / "file", by_value=True)
    assert caught.value.name == "cloudpickle"
    fastjoblib.dump(1, tmp_path / "file")


def test_loading_without_cloudpickle(request):
    stream = dumped(lambda: 1)
    request.getfixturevalue("without_cloudpickle")
    with pytest.raises(ModuleNotFoundError, match="the file holds functions or classes by value, which cloudpickle"):
        fastjoblib.load(stream)


@pytest.fixture
def copy(without_cloudpickle, monkeypatch):
    spec = importlib.util.spec_from_file_location(f"{COPY}.cloudpickle", cloudpickle.cloudpickle.__file__)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)


def test_joblib_s_copy_of_cloudpickle(copy, monkeypatch):
    """What either has written loads with the other."""
    stream = dumped(lambda x: x + 1)
    names = {(found.module, found.name) for found in fastjoblib.inspect(stream).globals}
    assert (f"{COPY}.cloudpickle", "_make_function") in names
    stream.seek(0)
    assert fastjoblib.load(stream)(2) == 3
    monkeypatch.undo()
    stream.seek(0)
    assert fastjoblib.load(stream)(2) == 3


def test_a_cloudpickle_that_is_too_old(monkeypatch):
    monkeypatch.delattr(cloudpickle.cloudpickle, "_dynamic_class_reduce")
    monkeypatch.setitem(sys.modules, f"{COPY}.cloudpickle", None)
    with pytest.raises(ImportError, match="cloudpickle 3 or newer"):
        dumped(1)


def test_they_are_code():
    stream = dumped([lambda: 1])
    with pytest.raises(UntrustedError, match="which is not trusted, and it holds functions or classes by value"):
        fastjoblib.safe_load(stream)
    stream.seek(0)
    report = fastjoblib.inspect(stream)
    assert report.verdict == "dangerous"
    assert report.notes[0] == "it holds functions or classes by value: code of whoever wrote the file"
