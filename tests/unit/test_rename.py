# SPDX-License-Identifier: BSD-3-Clause
"""load(rename=...): classes that have moved, and those of the script that saved a file."""

import io
import pickle
import re
import sys
import types

import fastjoblib
import numpy as np
import pytest
from fastjoblib import UntrustedError, load, safe_load
from helpers.run import run_python


class Scaler:
    """Where `Imputer` is now."""

    class Inner:
        pass

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)


HERE = Scaler.__module__


def saved_as(module, name, value, protocol=4):
    """A pickle of an instance of Scaler, as if its class had that name there."""
    data = pickle.dumps(value, protocol)
    old = [HERE.encode(), b"Scaler"]
    new = [module.encode(), name.encode()]
    for one, other in zip(old, new, strict=True):
        if protocol < 4:
            data = data.replace(one + b"\n", other + b"\n")
        else:
            data = data.replace(b"\x8c" + bytes([len(one)]) + one, b"\x8c" + bytes([len(other)]) + other)
    return data[:2] + data[11:] if protocol >= 4 else data  # without the frame, whose length is another


def scaler():
    value = Scaler()
    value.mean = np.arange(3.0)[0].item()
    value.names = ["a", "b"]
    return value


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("module", "name", "rename"),
    [
        ("__main__", "Imputer", {"__main__.Imputer": f"{HERE}.Scaler"}),
        ("__mp_main__", "Imputer", {"__main__.Imputer": f"{HERE}.Scaler"}),
        ("__mp_main__", "Imputer", {"__mp_main__.Imputer": f"{HERE}.Scaler", "__main__.Imputer": "wrong.x"}),
        ("old.part", "Scaler", {"old.part": HERE}),
        ("old.part", "Scaler", {"old.part": HERE, "old": "wrong", "o": "wrong", "old.part.S": "wrong.x"}),
        ("old.part", "Other", {"old.part.Other": f"{HERE}.Scaler", "old.part": "wrong", "old": "wrong"}),
    ],
)
def test_names(protocol, module, name, rename):
    data = saved_as(module, name, scaler(), protocol)
    assert load(io.BytesIO(data), rename=rename) == scaler()
    trusted = ["numpy", f"{HERE}.Scaler"]
    assert safe_load(io.BytesIO(data), trusted, rename=rename) == scaler()


def test_a_package(monkeypatch):
    """All modules within it."""
    module = types.ModuleType("new.part.deep")
    module.Scaler = Scaler
    for name in ("new", "new.part"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "new.part.deep", module)
    data = saved_as("old.part.deep", "Scaler", scaler())
    assert load(io.BytesIO(data), rename={"old": "new"}) == scaler()
    with pytest.raises(ModuleNotFoundError, match="older"):
        load(io.BytesIO(saved_as("older.part", "Scaler", scaler())), rename={"old": "new"})


def test_a_class_within_a_class():
    data = pickle.dumps(Scaler.Inner, 4).replace(b"\x8c\x0cScaler.Inner", b"\x8c\x09Old.Inner")
    data = data[:2] + data[11:]
    assert load(io.BytesIO(data), rename={f"{HERE}.Old": f"{HERE}.Scaler"}) is Scaler.Inner


# A package and a module in it, each with a class and one within that.
ELSEWHERE = [types.ModuleType("there"), types.ModuleType("there.part")]
for each in ELSEWHERE:
    each.In = type("In", (), {"Deep": type("Deep", (), {})})


@pytest.fixture
def elsewhere(monkeypatch):
    for module in ELSEWHERE:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return ELSEWHERE


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("name", "new", "where"),
    [
        ("P", "there.In", lambda package, module: package.In),
        ("P", "there.In.Deep", lambda package, module: package.In.Deep),
        ("P", "there.part.In", lambda package, module: module.In),
        ("P", "there.part.In.Deep", lambda package, module: module.In.Deep),
        ("P.Q", "there.In", lambda package, module: package.In),
        ("P.Q", "there.In.Deep", lambda package, module: package.In.Deep),
        ("P.Q", "there.part.In", lambda package, module: module.In),
        ("P.Q.R", "there.In", lambda package, module: package.In),
        ("P.Q.R", "there.part.In.Deep", lambda package, module: module.In.Deep),
    ],
)
def test_to_another_depth(protocol, name, new, where, elsewhere):
    """The class may be further within others than it was, or less far, and in a module that is so itself."""
    start = pickle.PROTO + bytes([protocol]) if protocol >= 2 else b""
    data = start + f"cold.part\n{name}\n(tR.".encode()
    rename = {f"old.part.{name}": new}
    assert type(load(io.BytesIO(data), rename=rename)) is where(*elsewhere)
    assert type(safe_load(io.BytesIO(data), [new], rename=rename)) is where(*elsewhere)
    with pytest.raises(UntrustedError) as caught:
        safe_load(io.BytesIO(data), rename=rename)
    assert caught.value.names == (new,)


def test_what_is_within_a_class_that_is_at_another_depth(elsewhere):
    data = b"\x80\x04cold\nP.Q.Deep\n."
    assert load(io.BytesIO(data), rename={"old.P.Q": "there.part.In"}) is elsewhere[1].In.Deep
    data = b"\x80\x04cold\nP.Deep\n."
    assert load(io.BytesIO(data), rename={"old.P": "there.In"}) is elsewhere[0].In.Deep


def test_where_the_new_name_is_not_there(elsewhere):
    """The message is about the module that was most likely meant."""
    data = b"\x80\x04cold\nP\n."
    with pytest.raises(ModuleNotFoundError, match="there.nowhere"):
        load(io.BytesIO(data), rename={"old.P": "there.nowhere.In"})
    with pytest.raises(AttributeError, match="Other"):
        load(io.BytesIO(data), rename={"old.P": "there.part.Other"})


def test_nothing_that_is_not_trusted_is_imported_to_find_the_new_name(tmp_path, monkeypatch):
    (tmp_path / "imports_a_lot.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    rename = {"old.P": "imports_a_lot.part.In"}
    with pytest.raises(RuntimeError, match="imported"):
        load(io.BytesIO(b"\x80\x04cold\nP\n."), rename=rename)
    with pytest.raises(UntrustedError) as caught:
        safe_load(io.BytesIO(b"\x80\x04cold\nP\n."), rename=rename)
    assert caught.value.names == ("imports_a_lot.part.In",)


def test_in_arrays_of_objects(tmp_path):
    value = np.array([scaler()], dtype=object)
    fastjoblib.dump(value, path := tmp_path / "value")
    assert load(path, rename={"x": "y"})[0] == scaler()
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        load(path, rename={HERE: "nowhere"})


def test_names_are_renamed_before_the_policy_sees_them():
    data = saved_as("__main__", "Imputer", scaler())
    with pytest.raises(UntrustedError, match="names '__main__.Imputer'") as caught:
        safe_load(io.BytesIO(data))
    assert caught.value.names == ("__main__.Imputer",)
    with pytest.raises(UntrustedError, match=f"names '{HERE}.Scaler'") as caught:
        safe_load(io.BytesIO(data), rename={"__main__.Imputer": f"{HERE}.Scaler"})
    assert caught.value.names == (f"{HERE}.Scaler",)
    assert caught.value.paths == {f"{HERE}.Scaler": ("model",)}
    with pytest.raises(UntrustedError):
        safe_load(io.BytesIO(pickle.dumps(print)), ["builtins.print"], rename={"builtins": "os"})


def test_what_is_to_be_trusted_has_the_new_name():
    """Once, with all its places, though the file has two names of it."""
    data = b"\x80\x02]q\x00(c__main__\nT\nc__mp_main__\nT\ne."
    rename = {"__main__.T": f"{HERE}.Scaler"}
    with pytest.raises(UntrustedError) as caught:
        safe_load(io.BytesIO(data), trusted=("__main__.T",), rename=rename)
    assert caught.value.names == (f"{HERE}.Scaler",)
    assert caught.value.paths == {f"{HERE}.Scaler": ("model[0]", "model[1]")}
    assert safe_load(io.BytesIO(data), trusted=caught.value.names, rename=rename) == [Scaler, Scaler]


def test_both_names_are_audited():
    code = """
        import io, pickle, sys
        import fastjoblib
        seen = []
        sys.addaudithook(lambda event, args: seen.append(args) if event == "pickle.find_class" else None)
        fastjoblib.load(io.BytesIO(pickle.dumps(print)), rename={"builtins.print": "builtins.len"})
        print(seen)
    """
    assert run_python(code).strip() == "[('builtins', 'print'), ('builtins', 'len')]"


@pytest.mark.parametrize(
    ("rename", "error", "says"),
    [
        ({"a": 1}, TypeError, "mapping of str to str, found 1"),
        ({1: "a"}, TypeError, "mapping of str to str, found 1"),
        ({"a..b": "c"}, ValueError, "names like 'package.module.Name', found 'a..b'"),
        ({"": "c"}, ValueError, "found ''"),
        ({"__main__.Imputer": "Imputer"}, ValueError, "module and what is in it, like 'module.Imputer'"),
    ],
)
def test_what_cannot_be_renamed(rename, error, says):
    with pytest.raises(error, match=says):
        load(io.BytesIO(saved_as("__main__", "Imputer", scaler())), rename=rename)
    with pytest.raises(error, match=says) as caught:
        safe_load(io.BytesIO(saved_as("__main__", "Imputer", scaler())), rename=rename)
    assert type(caught.value) is error


def test_the_message_says_both_ways_out(tmp_path):
    path = tmp_path / "model.joblib"
    path.write_bytes(saved_as("__main__", "CustomImputer", scaler()))
    with pytest.raises(AttributeError) as caught:
        load(path)
    message = str(caught.value)
    assert re.match("Can't get attribute 'CustomImputer' on <module '(pytest.)?__main__'", message)
    assert "rename={'__main__.CustomImputer': 'your_module.CustomImputer'}" in message
    assert "define or import it in the program's own __main__" in message
    assert "script or notebook that saved the file" in message
    assert "dump(..., by_value=True)" in message


def test_what_a_spawned_process_has_saved_is_in_the_script():
    code = """
        import fastjoblib
        class Model: pass
        Model.__module__ = "__mp_main__"
        print(fastjoblib.loads(b"c__mp_main__\\nModel\\n.") is Model)
        try:
            fastjoblib.loads(b"c__mp_main__\\nOther\\n.")
        except AttributeError as error:
            print(error)
    """
    found, message = run_python(code).splitlines()
    assert found == "True"
    assert message.startswith("Can't get attribute 'Other' on <module '__main__'")
    assert "rename={'__mp_main__.Other': 'your_module.Other'}" in message
