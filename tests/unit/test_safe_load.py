# SPDX-License-Identifier: BSD-3-Clause
"""safe_load: what it accepts, what it refuses, and what it says of it."""

import collections
import dataclasses
import datetime
import enum
import io
import operator
import os
import pickle
import re
import sys
import types

import fastjoblib
import numpy as np
import pytest
from fastjoblib import Limits, UntrustedError, safe_load

METHODS = [0, "zlib", "gzip", "bz2", "xz", "lzma", "lz4"]
PROTOCOLS = range(6)


class Own:
    """A class of the user's."""

    def __init__(self, value):
        self.value = value
        self.twice = [value, value]


class OwnDict(dict):
    pass


class OwnList(list):
    pass


class Colour(enum.Enum):
    RED = 1


def own(*args):
    return args


def own_names(*objects):
    return tuple(f"{obj.__module__}.{obj.__qualname__}" for obj in objects)


def plain():
    """One of each kind that needs no policy but Python's and NumPy's."""
    shared = ["x"]
    return {
        "numbers": [0, -1, 2**40, 2**200, 1.5, float("inf"), 2j, True, None],
        "text": ["", "a", "ä\ud800", "x" * 100_000, b"", b"\xff" * 300, bytearray(b"abc")],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), tuple(range(10))],
        "sets": [set(), {1, "a", (1, 2)}, frozenset([frozenset([1]), b"x"])],
        ("a", 1, None): {2.5: {3: {}}},
        "shared": [shared, shared],
        "ordered": collections.OrderedDict(a=1, b=2),
        "arrays": [np.arange(12.0).reshape(3, 4), np.asfortranarray(np.eye(3, dtype=">i4")), np.array("abc")],
        "objects": np.array([None, {"a": [1]}, "x", np.arange(3)], dtype=object),
        "structured": np.zeros(4, [("a", "<i2"), ("b", "<f8", (2,))]),
        "scalars": [np.float32(1.5), np.int64(-3), np.str_("x"), np.datetime64("2026-01-01"), np.bool_(True)],
        np.int64(7): np.dtype("f4"),
        "large": np.zeros(300_000),
    }


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape
        assert a.flags.f_contiguous == b.flags.f_contiguous
        return all(map(same, a.ravel(), b.ravel())) if a.dtype == object else np.array_equal(a, b)
    if isinstance(a, dict):
        return list(map(repr, a)) == list(map(repr, b)) and all(map(same, a.values(), b.values()))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("compress", METHODS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_objects(tmp_path, protocol, compress):
    value = plain()
    fastjoblib.dump(value, path := tmp_path / "value", compress, protocol)
    loaded = safe_load(path)
    assert same(loaded, fastjoblib.load(path))
    assert loaded["shared"][0] is loaded["shared"][1]
    assert same(safe_load(io.BytesIO(path.read_bytes())), loaded)


def test_plain_pickles():
    for protocol in PROTOCOLS:
        data = pickle.dumps(plain(), protocol)
        assert same(safe_load(io.BytesIO(data)), fastjoblib.loads(data))


def refusal(value, **keywords):
    data = value if isinstance(value, bytes) else fastjoblib.dumps(value)
    with pytest.raises(UntrustedError) as caught:
        safe_load(io.BytesIO(data), **keywords)
    return caught.value


def test_it_names_all_that_is_not_trusted(tmp_path):
    value = {"model": {"ok": np.zeros(3), "f": os.system, "g": [Own(1), print]}}
    fastjoblib.dump(value, path := tmp_path / "model.joblib", 3)
    with pytest.raises(UntrustedError) as caught:
        safe_load(path)
    error = caught.value
    system = f"{os.system.__module__}.system"
    assert set(error.names) == {system, "builtins.print", *own_names(Own)}
    assert error.paths[system] == ("model['model']['f']",)
    assert error.paths["builtins.print"] == ("model['model']['g'][1]",)
    assert str(path) in str(error) and system in str(error) and "model['model']['g'][1]" in str(error)
    assert isinstance(error, fastjoblib.FastjoblibError) and isinstance(error, pickle.UnpicklingError)
    assert isinstance(pickle.loads(pickle.dumps(error)), UntrustedError)


def test_a_stream_names_what_was_met_first():
    class Stream(io.BytesIO):
        def seekable(self):
            return False

    with pytest.raises(UntrustedError, match=r"the data is refused: it names 'builtins.print'") as caught:
        safe_load(Stream(pickle.dumps([print, Own])))
    assert caught.value.names == ("builtins.print",)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_callers_own_names(tmp_path, protocol):
    value = [Own(np.arange(3)), OwnDict(a=1), OwnList([1, 2]), own]
    fastjoblib.dump(value, path := tmp_path / "value", protocol=protocol)
    loaded = safe_load(path, trusted=("numpy", *own_names(Own, OwnDict, OwnList, own)))
    assert [type(each) for each in loaded[:3]] == [Own, OwnDict, OwnList]
    assert same(loaded[0].twice[1], np.arange(3)) and loaded[1:3] == value[1:3] and loaded[3] is own
    assert refusal(value, trusted=("numpy", *own_names(Own, OwnDict, own))).names == own_names(OwnList)


@dataclasses.dataclass
class OwnSettings:
    """A class whose defaults are attributes of the class."""

    name: str = "default"
    size: tuple = (1, 2)
    score: object = max


def test_defaults_of_the_callers_own_classes():
    value = OwnSettings("other", (3, 4), min)
    data = pickle.dumps(value)
    assert safe_load(io.BytesIO(data), trusted=[*own_names(OwnSettings), "builtins.min"]) == value


def test_enums_are_left_as_they_are():
    assert safe_load(io.BytesIO(pickle.dumps(Colour.RED)), trusted=own_names(Colour)) is Colour.RED


class Called:
    """Pickled as a call, as Python 3.11.0 to 3.11.3 pickle members of enums."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


def test_enums_by_the_names_of_their_members():
    red = Called(getattr, Colour, "RED")
    assert safe_load(io.BytesIO(pickle.dumps(red)), trusted=own_names(Colour)) is Colour.RED
    flags = Called(operator.or_, Called(getattr, re.RegexFlag, "I"), Called(getattr, re.RegexFlag, "MULTILINE"))
    assert safe_load(io.BytesIO(pickle.dumps(flags))) == re.I | re.M
    others = [(getattr, Colour, "mro"), (getattr, Colour, "__class__"), (operator.or_, red, red), (operator.or_, 1, 2)]
    for call in others:
        with pytest.raises(UntrustedError):
            safe_load(io.BytesIO(pickle.dumps(Called(*call))), trusted=own_names(Colour))


def test_only_what_was_asked_for():
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LinearRegression

    data = fastjoblib.dumps(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]))
    assert safe_load(io.BytesIO(data)).predict([[3.0]])[0] == pytest.approx(3.0)
    error = refusal(data, trusted=["numpy", "scipy"])
    assert error.names == ("sklearn.linear_model._base.LinearRegression",)


@pytest.mark.parametrize(
    ("trusted", "error", "says"),
    [
        (["tensorflow"], ValueError, "no policy 'tensorflow'"),
        ("sklearn", TypeError, "sequence of names"),
        ([print], TypeError, "must be names"),
        (["numpy."], ValueError, "no policy"),
        (None, TypeError, "sequence of names, not None"),
        ([["numpy"]], TypeError, "must be names"),
    ],
)
def test_what_may_be_trusted(trusted, error, says):
    with pytest.raises(error, match=says):
        safe_load(io.BytesIO(pickle.dumps(1)), trusted)


def test_what_limits_are():
    with pytest.raises(TypeError, match=r"limits must be fastjoblib.Limits\(...\), not {'memory': 1}"):
        safe_load(io.BytesIO(pickle.dumps(1)), limits={"memory": 1})


def test_long_names_take_no_time():
    error = refusal(b"c" + b"a." * 500_000 + b"a\nx\n.")
    assert len(str(error)) < 2000


def test_a_name_is_no_prefix():
    assert refusal(np.load).names == ("numpy.load",)
    assert "numpy.load" in str(refusal(np.load, trusted=("numpy.lo", "numpy.load.x", "numpy.loads")))


def test_inspect_says_what_would_be_refused():
    report = fastjoblib.inspect(io.BytesIO(pickle.dumps([np.dtype("f8"), print])), trusted=["numpy"])
    assert {f"{found.module}.{found.name}": found.trusted for found in report.globals} == {
        "builtins.print": False,
        "numpy.dtype": True,
    }
    assert fastjoblib.inspect(io.BytesIO(pickle.dumps(print))).globals[0].trusted is None


def test_names_cannot_write_to_the_terminal():
    error = refusal(b"\x80\x04cos\x1b[2J\nsys\ntem\n.".replace(b"sys\ntem", b"system"))
    assert str(error).isprintable() and "os\\x1b[2J.system" in str(error)


class Keeps:
    """Takes the very dict that it is given."""

    def __setstate__(self, state):
        self.__dict__ = state


def test_a_state_is_not_changed_afterwards():
    name = own_names(Keeps)[0].rpartition(".")
    data = f"c{name[0]}\n{name[2]}\n)\x81}}(Va\nK\x01uq\x00bh\x00Vb\nK\x02s0.".encode("latin1")
    loaded = safe_load(io.BytesIO(b"\x80\x02" + data), trusted=own_names(Keeps))
    assert vars(loaded) == {"a": 1}


def test_a_class_that_does_not_take_its_state():
    class_ = own_names(datetime.timezone)
    data = b"\x80\x04cdatetime\ntimezone\n(K\x01tR."
    with pytest.raises(fastjoblib.InvalidFileError, match="TypeError"):
        safe_load(io.BytesIO(data), trusted=class_)


@pytest.mark.parametrize("name", ["__class__", "__dict__", "__x"])
def test_names_of_python_itself_are_not_set(name):
    value = Own(1)
    value.__dict__[name] = 2
    assert f"sets the attribute {name!r}" in str(refusal(pickle.dumps(value), trusted=own_names(Own)))


def test_the_old_side_files_are_not_opened(tmp_path):
    state = {"filename": "/etc/passwd", "subclass": np.ndarray, "allow_mmap": True}
    data = b"\x80\x04cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81" + pickle.dumps(state)[2:-1] + b"b."
    (path := tmp_path / "old").write_bytes(data)
    with pytest.raises(UntrustedError, match="it names a file: '/etc/passwd'"):
        safe_load(path)


def test_limits_are_numbers():
    for keywords in ({"depth": 0}, {"ratio": -1.0}, {"memory": 0}):
        with pytest.raises(ValueError, match=f"limits.{next(iter(keywords))} must be more than 0"):
            Limits(**keywords)
    with pytest.raises(TypeError, match="limits.objects must be a number"):
        Limits(objects="many")


def test_a_trusted_module_without_the_class(monkeypatch):
    """No damage of the file, but a name that is not there."""
    monkeypatch.setitem(sys.modules, "a_package", types.ModuleType("a_package"))
    data = b"\x80\x03ca_package\nScaler\n)\x81."
    with pytest.raises(AttributeError, match="module 'a_package' has no attribute 'Scaler'"):
        safe_load(io.BytesIO(data), ("a_package.Scaler",))
    with pytest.raises(ModuleNotFoundError, match="no_package"):
        safe_load(io.BytesIO(data.replace(b"a_package", b"no_package")), ("no_package.Scaler",))
