# SPDX-License-Identifier: BSD-3-Clause
"""A load that misses a module or class says what in the file wants it."""

import io
import sys
import types

import fastjoblib
import fastjoblib.pickle
import numpy as np
import pytest
from fastjoblib import _missing
from helpers import streams
from helpers.cases_object_arrays import objects
from helpers.control import error_of

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have notes since Python 3.11")

WANTED = "wanted: gone_module.Model, for `model['steps'][1][1]`"
COMPRESS = [0, 3, "gzip", "lz4", "bz2", "xz"]


@pytest.fixture
def module():
    """A module that is there when things are saved."""
    module = types.ModuleType("gone_module")
    code = "class Model:\n pass\nclass Kept(Model):\n pass\ndef function():\n pass\n"
    exec(code, vars(module))
    sys.modules["gone_module"] = module
    yield module
    sys.modules.pop("gone_module", None)


def model(module):
    return {"steps": [("a", np.arange(3)), ("b", module.Model())], "f": module.function}


def notes_of(function, *args, **kwargs):
    error = error_of(function, *args, **kwargs)[1]
    assert isinstance(error, (ImportError, AttributeError)), error
    return error.__notes__


@pytest.mark.parametrize("gone", ["module", "class"])
@pytest.mark.parametrize("compress", COMPRESS)
def test_every_kind_of_file(module, tmp_path, compress, gone):
    path = tmp_path / "model"
    fastjoblib.dump(model(module), path, compress)
    data = path.read_bytes()
    if gone == "module":
        del sys.modules["gone_module"]
    else:
        del module.Model
    loading = f"while loading {str(path)!r}"
    assert notes_of(fastjoblib.load, path) == [WANTED, loading]
    assert notes_of(fastjoblib.load, path, verify=False, mmap_mode="r" if not compress else None) == [WANTED, loading]
    with open(path, "rb") as file:
        assert notes_of(fastjoblib.load, file) == [WANTED, loading]
    assert notes_of(fastjoblib.loads, data) == [WANTED]
    assert notes_of(fastjoblib.load, io.BytesIO(data)) == [WANTED]


def test_a_position_within_a_stream(module):
    file = io.BytesIO(b"before" + fastjoblib.dumps(model(module)) + fastjoblib.dumps("after"))
    del module.Model
    file.seek(6)
    with pytest.raises(AttributeError) as info:
        fastjoblib.load(file)
    assert info.value.__notes__ == [WANTED]


def test_streams_that_cannot_be_read_again(module):
    data = fastjoblib.dumps([module.Model()])
    del module.Model
    assert notes_of(fastjoblib.load, streams.OnlyRead(data)) == ["wanted: gone_module.Model"]
    assert notes_of(fastjoblib.pickle.loads, data) == ["wanted: gone_module.Model"]
    assert notes_of(fastjoblib.pickle.load, io.BytesIO(data)) == ["wanted: gone_module.Model"]
    assert notes_of(fastjoblib.pickle.Unpickler(io.BytesIO(data)).load) == ["wanted: gone_module.Model"]


def test_large_files_are_not_read_again(module, tmp_path, monkeypatch):
    monkeypatch.setattr(_missing, "_LARGEST", 1000)
    monkeypatch.setattr(_missing, "_LARGEST_COMPRESSED", 100)
    path = tmp_path / "model"
    value = [np.arange(300), model(module)]
    fastjoblib.dump(value, path)
    fastjoblib.dump(value, path.with_suffix(".gz"))
    del module.Model
    for name in (path, path.with_suffix(".gz")):
        assert notes_of(fastjoblib.load, name)[0] == "wanted: gone_module.Model"


def test_several_places(module):
    value = [module.Model() for _ in range(10)]
    one = fastjoblib.dumps(value[:1] * 5)
    several = fastjoblib.dumps(value)
    del module.Model
    assert notes_of(fastjoblib.loads, one) == ["wanted: gone_module.Model, for `model[0]`"]
    expected = "wanted: gone_module.Model, for `model[0]`, `model[1]`, `model[2]`, ..."
    assert notes_of(fastjoblib.loads, several) == [expected]


def test_in_object_arrays_and_as_values(module):
    data = fastjoblib.dumps({"a": objects(1, [module.function])})
    del module.function
    assert notes_of(fastjoblib.loads, data) == ["wanted: gone_module.function, for `model['a'][1][0]`"]


def test_what_the_module_itself_misses(module, tmp_path, monkeypatch):
    data = fastjoblib.dumps({"a": module.Model()})
    del sys.modules["gone_module"]
    (tmp_path / "gone_module.py").write_text("import not_installed_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    error = error_of(fastjoblib.loads, data)[1]
    assert error.name == "not_installed_at_all"
    assert error.__notes__ == ["wanted: gone_module.Model, for `model['a']`"]


def test_renamed(module, tmp_path):
    path = tmp_path / "model"
    fastjoblib.dump(model(module), path)
    rename = {"gone_module.Model": "gone_module.Other", "gone_module.function": "gone_module.Kept"}
    notes = notes_of(fastjoblib.load, path, rename=rename)
    assert notes[0] == "wanted: gone_module.Other, for `model['steps'][1][1]`"


def test_names_of_packages_that_have_moved():
    data = b"\x80\x02}U\x01acnumpy.core.numeric\nno_such_name\ns."
    assert notes_of(fastjoblib.loads, data) == ["wanted: numpy.core.numeric.no_such_name, for `model['a']`"]


def test_main():
    data = b"\x80\x04]c__main__\nGone\na."
    error = error_of(fastjoblib.loads, data)[1]
    assert "rename={'__main__.Gone'" in str(error)
    assert error.__notes__ == ["wanted: __main__.Gone, for `model[0]`"]


def test_safe_load(module, tmp_path):
    path = tmp_path / "model"
    fastjoblib.dump(model(module), path)
    del sys.modules["gone_module"]
    trusted = ["numpy", "gone_module.Model", "gone_module.function"]
    assert notes_of(fastjoblib.safe_load, path, trusted) == [WANTED, f"while loading {str(path)!r}"]


def test_errors_of_what_is_loaded_have_none(module, tmp_path):
    """An AttributeError of a __setstate__, say, is no missing name."""

    def fail(self, state):
        raise AttributeError("in the state")

    module.Model.__getstate__ = lambda self: 1
    module.Model.__setstate__ = fail
    data = fastjoblib.dumps([module.Model()])
    error = error_of(fastjoblib.loads, data)[1]
    assert str(error) == "in the state" and not hasattr(error, "__notes__")


def test_a_damaged_file(module):
    """What was read before the damage is enough, if it is known where it belongs."""
    data = fastjoblib.dumps([module.Model(), "text" * 50])
    del module.Model
    damaged = data[:2] + data[11:-150]  # without the frame, whose length would tell
    (note,) = notes_of(fastjoblib.loads, damaged)
    assert note.startswith("wanted: gone_module.Model")
