# SPDX-License-Identifier: BSD-3-Clause
"""find_unpicklable(elsewhere=True) lists what another program would not find."""

import builtins
import collections
import datetime
import functools
import importlib
import importlib.metadata
import importlib.util
import json
import sys
import types

import numpy as np
import pytest
from fastjoblib import _elsewhere, find_unpicklable
from helpers.run import run_python
from helpers.unpicklable_places import LOCK
from sklearn.linear_model import LinearRegression


@pytest.fixture
def forget():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def reasons(value):
    return [(part.path, part.reason) for part in find_unpicklable(value, elsewhere=True)]


def test_what_is_installed_is_found():
    value = [
        len,
        builtins.ValueError,
        collections.OrderedDict(a=1),
        functools.partial(print),
        json.loads,
        datetime.date(2020, 1, 1),
        np.zeros(3),
        np.float64,
        np.random.default_rng(0),
        np.dtype("f8"),
        LinearRegression().fit([[0.0], [1.0]], [0, 1]),
        types.SimpleNamespace(a=1),
        sys.intern,
    ]
    assert reasons(value) == []


def test_a_module_in_the_working_directory(tmp_path, monkeypatch, forget):
    (tmp_path / "my_transformers.py").write_text("class Scaler:\n    class Inner:\n        pass\n")
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "part.py").write_text("def function(): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    scalers = importlib.import_module("my_transformers")
    part = importlib.import_module("my_package.part")
    value = {"a": scalers.Scaler(), "b": [scalers.Scaler.Inner, part.function], "c": scalers.Scaler()}
    found = find_unpicklable(value, elsewhere=True)
    assert [item.path for item in found] == ["model['a'].__class__", "model['b'][0]", "model['b'][1]"]
    file = str(tmp_path / "my_transformers.py")
    reason = f"module 'my_transformers', which is in {file!r} and belongs to no installed package"
    assert found[0].reason == f"Scaler is defined in {reason}"
    assert found[0].other_paths == ("model['c'].__class__",)
    assert found[1].reason == f"Scaler.Inner is defined in {reason}"
    assert "module 'my_package.part', which is in" in found[2].reason
    assert find_unpicklable(value) == []


def test_a_distribution_that_is_elsewhere(tmp_path, monkeypatch, forget):
    """As ``pip install -e`` leaves it."""
    (tmp_path / "edited.py").write_text("class Model: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    model = importlib.import_module("edited").Model()
    assert len(reasons(model)) == 1
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: {"edited": ["edited-distribution"]})
    assert reasons([model]) == []


def test_a_module_that_was_loaded_from_a_path(tmp_path, forget):
    (tmp_path / "plugin.py").write_text("class Model: pass\n")
    spec = importlib.util.spec_from_file_location("plugin", tmp_path / "plugin.py")
    plugin = sys.modules["plugin"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    ((path, reason),) = reasons([plugin.Model()])
    assert path == "model[0].__class__"
    assert reason.endswith(f"has loaded from {str(tmp_path / 'plugin.py')!r}, and not by its name")


def test_a_module_that_was_made(forget):
    made = sys.modules["made_up"] = types.ModuleType("made_up")
    exec("class Model: pass", vars(made))
    ((_, reason),) = reasons([made.Model()])
    assert reason == "Model is defined in module 'made_up', which this program has made, and no file holds"


def test_together_with_what_cannot_be_pickled(forget):
    made = sys.modules["made_up"] = types.ModuleType("made_up")
    exec("class Model: pass", vars(made))
    model = made.Model()
    model.lock = LOCK
    assert [path for path, _ in reasons({"m": model})] == ["model['m'].__class__", "model['m'].lock"]


def test_folders_of_pth_files(tmp_path, monkeypatch):
    (tmp_path / "added").mkdir()
    (tmp_path / "a.pth").write_text(f"# comment\nimport os\n\nadded\nmissing\n{tmp_path}\n")
    assert _elsewhere._added_by_pth(str(tmp_path)) == [str(tmp_path / "added"), str(tmp_path)]
    assert _elsewhere._added_by_pth(str(tmp_path / "missing")) == []


SCRIPT = """
import fastjoblib
class Model:
    pass
def function(): pass
found = fastjoblib.find_unpicklable([Model(), {"f": function}, Model()], elsewhere=True)
for part in found:
    print(part)
assert fastjoblib.find_unpicklable([Model(), function]) == []
"""


def test_the_script_itself():
    lines = run_python(SCRIPT).splitlines()
    reason = "is defined in __main__, the script or notebook that runs here; another program has a __main__ of its own"
    assert lines == [
        f"model[0].__class__: type: Model {reason} (also model[2].__class__)",
        f"model[1]['f']: function: function {reason}",
    ]


def test_a_module_that_is_run(tmp_path):
    import subprocess

    (tmp_path / "tool.py").write_text(SCRIPT)
    path = [str(tmp_path), *filter(None, sys.path)]
    code = f"import sys, runpy; sys.path[:0] = {path!r}; runpy.run_module('tool', run_name='__main__', alter_sys=True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Model is defined in __main__, which is tool as it runs; another program has" in done.stdout
