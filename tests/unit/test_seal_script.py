# SPDX-License-Identifier: BSD-3-Clause
"""A sealed file says which script has saved what `__main__` does not have here."""

import io
import sys
import types

import fastjoblib
import pytest
from fastjoblib._seal import environment
from helpers.compression import ALL_METHODS


class Model:
    __module__ = "__main__"


@pytest.fixture
def dump(monkeypatch, tmp_path):
    """Dump a Model as the script that has the class would."""

    def dump(main, compress=0, value=None, seal=True):
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules["__main__"], "Model", Model, raising=False)
            patch.setattr(environment, "_script", lambda: main)
            fastjoblib.dump([Model(), value], tmp_path / "model", compress, seal=seal)
        return tmp_path / "model"

    return dump


def message(source, **options):
    with pytest.raises(AttributeError, match="Can't get attribute 'Model' on <module '.*__main__'") as caught:
        fastjoblib.load(source, **options)
    return str(caught.value)


@pytest.mark.parametrize("method", [None, *ALL_METHODS])
def test_each_method(dump, method):
    shown = message(dump("train.py", 0 if method is None else method))
    assert "rename={'__main__.Model': 'train.Model'}" in shown
    assert shown.endswith(". The file was saved by train.py")


@pytest.mark.parametrize("options", [{"mmap_mode": "r"}, {"verify": True}, {"rename": {"a": "b"}}])
def test_each_option(dump, options):
    shown = message(dump("package.train"), **options)
    assert "'__main__.Model': 'package.train.Model'" in shown
    assert shown.endswith(". The file was saved by package.train")


@pytest.mark.parametrize("main", [None, 5, "", "x" * 201, "a\x1b[31m", "my script.py", "../x", ["a"]])
def test_facts_of_strangers(dump, main):
    shown = message(dump(main))
    assert "'your_module.Model'" in shown and shown.endswith("dump(..., by_value=True)")


def test_no_seal(dump):
    assert "your_module.Model" in message(dump("train.py", seal=False))


class Fails:
    def __getstate__(self):
        return 5

    def __setstate__(self, state):
        raise AttributeError("of its own")


def test_other_errors_are_left_alone(dump):
    with pytest.raises(AttributeError) as caught:
        fastjoblib.load(dump("train.py", value=Fails()), rename={"__main__.Model": f"{__name__}.Model"})
    assert str(caught.value) == "of its own"


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"__spec__": types.SimpleNamespace(name="package.train"), "__file__": "/x/train.py"}, "package.train"),
        ({"__spec__": None, "__file__": "/home/user/train.py"}, "train.py"),
        ({"__spec__": None}, None),
        ({}, None),
    ],
)
def test_the_name(monkeypatch, attributes, name):
    main = types.ModuleType("__main__")
    vars(main).update(attributes)
    main.Model = Model
    monkeypatch.setitem(sys.modules, "__main__", main)
    for value, expected in ((Model(), name), ([1], None)):
        stream = io.BytesIO()
        fastjoblib.dump(value, stream, seal=True)
        stream.seek(0)
        assert fastjoblib.inspect(stream).seal.facts["main"] == expected
