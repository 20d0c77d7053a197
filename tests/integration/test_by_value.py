# SPDX-License-Identifier: BSD-3-Clause
"""dump(by_value=...): functions and classes of which another program has only the file."""

import functools
import importlib
import io
import pickle
import sys
import threading
import typing

import cloudpickle
import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.compression import ALL_METHODS
from helpers.local_objects import OBJECTS
from helpers.run import run_python

LOADS = pytest.mark.parametrize("load", [fastjoblib.load, joblib.load, pickle.load], ids=["ours", "joblib", "pickle"])


def dumped(value, **options):
    stream = io.BytesIO()
    fastjoblib.dump(value, stream, by_value=options.pop("by_value", True), **options)
    stream.seek(0)
    return stream


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("protocol", (2, 3, 4, 5))
@LOADS
def test_local_objects(name, protocol, load):
    build, expression = OBJECTS[name]
    found = load(dumped(build(), protocol=protocol))
    assert repr(eval(expression, {"value": found})) == repr(eval(expression, {"value": build()}))


# A class of each kind, and decorators, as scripts have them.
SCRIPT = """
    import dataclasses, enum, functools, sys, typing
    import numpy as np
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    import fastjoblib

    Item = typing.TypeVar("Item")
    Count = typing.NewType("Count", int)
    MAIN = sys.modules[__name__]

    class Base(typing.Generic[Item]):
        def name(self):
            return "base"

    class Imputer(TransformerMixin, Base[int], BaseEstimator):
        def __init__(self, times: Count = 1):
            self.times = times

        def fit(self, X, y=None):
            self.mean_ = np.nanmean(X, axis=0)
            return self

        def transform(self, X):
            return np.where(np.isnan(X), self.mean_, X) * fibonacci(self.times)

        def name(self):
            return super().name() + " of imputer"

        @functools.cached_property
        def twice(self):
            return Count(2 * self.times)

    @functools.lru_cache(maxsize=7)
    def fibonacci(n):
        "One of Fibonacci's numbers."
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    class Color(enum.IntEnum):
        RED = 1

    @dataclasses.dataclass(frozen=True)
    class Point:
        x: int
        color: Color = Color.RED

    def local_cache():
        @functools.cache
        def cached(n):
            return n + 1
        return cached

    model = make_pipeline(Imputer(3), FunctionTransformer(lambda X: X + fibonacci(7)))
    model.fit(np.array([[1, np.nan], [3, 4]]))
    value = {
        "model": model,
        "class": Imputer,
        "points": np.array([Point(1), Point(2)], dtype=object),
        "cached": [fibonacci, local_cache()],
        "types": [Item, Count, lambda: type(MAIN)],
        "large": np.arange(100_000.0),
    }
    fastjoblib.dump(value, sys.argv[1], by_value=True)
    fastjoblib.dump(value, sys.argv[2], by_value=True, compress=3, seal=True)
"""

READER = """
    import sys
    import fastjoblib, joblib
    import numpy as np
    for load in (joblib.load, fastjoblib.load):
        for path in sys.argv[1:]:
            value = load(path)
            model = value["model"]
            print(model.transform(np.array([[np.nan, np.nan]])).tolist())
            print(type(model[0]) is value["class"], model[0].name(), model[0].twice, model[0])
            print(list(value["points"]), value["points"][0] == type(value["points"][0])(1))
            fib, cached = value["cached"]
            print(fib(50), fib.cache_parameters(), fib.__doc__, fib.__wrapped__.__name__, cached(1))
            print(value["types"][:2], value["types"][1](5), value["types"][2](), value["large"].sum())
"""

SHOWN = """\
[[17.0, 21.0]]
True base of imputer 6 Imputer(times=3)
[Point(x=1, color=<Color.RED: 1>), Point(x=2, color=<Color.RED: 1>)] True
12586269025 {'maxsize': 7, 'typed': False} One of Fibonacci's numbers. fibonacci 2
[~Item, __main__.Count] 5 <class 'module'> 4999950000.0
"""


def test_a_script(tmp_path):
    run_python(SCRIPT, arguments=[tmp_path / "plain", tmp_path / "sealed"])
    assert run_python(READER, arguments=[tmp_path / "plain", tmp_path / "sealed"]) == SHOWN * 4
    fastjoblib.verify(tmp_path / "sealed")


@functools.lru_cache(maxsize=3)
def cached(given):
    return given + 1


Number = typing.NewType("Number", int)


@LOADS
def test_what_wraps_functions(load):
    """By value what no module has under its name, by reference what one has."""
    Local = typing.NewType("Local", int)
    made = [functools.cache(lambda given: given + 1), functools.cache(functools.partial(max, 2)), Local]
    found = load(dumped([*made, cached, Number]))
    assert [function(5) for function in found] == [6, 5, 5, 6, 5]
    assert [one is other for one, other in zip(found, [*made, cached, Number], strict=True)] == [False] * 3 + [True] * 2
    assert found[0].cache_parameters() == {"maxsize": None, "typed": False}
    assert found[2].__supertype__ is int
    found = load(dumped([cached, Number], by_value=[HERE]))
    assert [function(5) for function in found] == [6, 5]
    assert found[0] is not cached and found[0].cache_parameters()["maxsize"] == 3 and found[1] is not Number


class Model:
    """Of a module that can be imported here, and in no other program."""

    def __init__(self):
        self.weights = np.arange(30_000.0)

    def predict(self, values):
        return values * self.weights[: len(values)]


HERE = sys.modules[__name__]


def names_in(stream):
    return {(found.module, found.name) for found in fastjoblib.inspect(stream).globals}


def test_modules_that_are_not_named_are_imported():
    for by_value in (True, [], [importlib], ["json"]):
        assert (__name__, "Model") in names_in(dumped(Model(), by_value=by_value))
    for by_value in ([HERE], (__name__,), {__name__}, iter(["json", HERE])):
        assert (__name__, "Model") not in names_in(dumped(Model(), by_value=by_value))


@pytest.mark.parametrize("compress", [0, *ALL_METHODS])
@pytest.mark.parametrize("seal", [False, True])
def test_everything_else_is_as_without(tmp_path, compress, seal):
    calls = []
    path = tmp_path / "model"
    value = [model := Model(), model.weights, np.array([model, None], dtype=object)]
    options = {"share_arrays": True, "seal": seal, "progress": lambda *call: calls.append(call)}
    fastjoblib.dump(value, path, compress, by_value=[HERE], **options)
    assert calls[-1][0] == calls[-1][1] == sum(one.end - one.start for one in fastjoblib.inspect(path).pickles)
    if seal:
        fastjoblib.verify(path)
    kinds = [array.kind for array in fastjoblib.inspect(path).arrays]
    assert kinds[:2] == ["joblib", "objects"]
    found, weights, objects = fastjoblib.load(path)
    assert found.weights is weights
    assert_same(weights, model.weights)
    assert type(found) is type(objects[0]) is Model  # which this program has


def test_arrays_are_mapped(tmp_path):
    fastjoblib.dump(Model(), tmp_path / "model", by_value=[HERE])
    assert isinstance(fastjoblib.load(tmp_path / "model", mmap_mode="r").weights, np.memmap)


def test_depth():
    value = last = []
    for _ in range(20_000):
        last.append([])
        last = last[0]
    last.append(lambda: "bottom")
    found = fastjoblib.load(dumped(value))
    while isinstance(found, list):
        (found,) = found
    assert found() == "bottom"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose modules know one another, on a path that other programs do not have."""
    folder = tmp_path / "source" / "by_value_package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("import enum\nKind = enum.Enum('Kind', 'ONE TWO', module=__name__)\n")
    (folder / "first.py").write_text(
        "from . import second, Kind\nFACTOR = 3\ndef times(x):\n    return second.plus(x) * FACTOR, Kind.ONE.name\n"
    )
    (folder / "second.py").write_text("from . import first\ndef plus(x):\n    return x + first.FACTOR\n")
    monkeypatch.syspath_prepend(tmp_path / "source")
    yield importlib.import_module("by_value_package.first")
    for name in [name for name in sys.modules if name.startswith("by_value_package")]:
        del sys.modules[name]


READS_FUNCTION = """
    import importlib, sys
    for tool in ("joblib", "fastjoblib"):
        print(importlib.import_module(tool).load(sys.argv[1])(1))
    print([name for name in sys.modules if name.startswith("by_value_package")])
"""


def test_a_package(package, tmp_path):
    fastjoblib.dump(package.times, tmp_path / "function", by_value=["by_value_package"])
    shown = run_python(READS_FUNCTION, arguments=[tmp_path / "function"])
    assert shown == "(12, 'ONE')\n(12, 'ONE')\n[]\n"


def test_nobody_else_s_pickles_change(package):
    """Of functions of the same module, while a dump writes it by value in another thread."""
    within, go_on = threading.Event(), threading.Event()

    class Waits:
        def __reduce__(self):
            within.set()
            assert go_on.wait(30)
            return int, ()

    thread = threading.Thread(target=dumped, args=([package.times, Waits()],), kwargs={"by_value": [package]})
    thread.start()
    assert within.wait(30)
    try:
        assert cloudpickle.list_registry_pickle_by_value() == set()
        assert b"_make_function" not in cloudpickle.dumps(package.times)
        assert (package.__name__, "times") in names_in(dumped(package.times))
    finally:
        go_on.set()
        thread.join()


def test_cloudpickle_s_registry_counts_too(package):
    cloudpickle.register_pickle_by_value(package)
    try:
        assert ("cloudpickle.cloudpickle", "_make_function") in names_in(dumped(package.times))
    finally:
        cloudpickle.unregister_pickle_by_value(package)
