# SPDX-License-Identifier: BSD-3-Clause
"""What cloudpickle and dill pickle by value, fastjoblib.pickle loads; cloudpickle's Pickler works on top of ours."""

import collections
import importlib.util
import io
import json
import pickle
import sys

import cloudpickle
import dill
import fastjoblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.control import assert_same_bytes
from helpers.local_objects import OBJECTS
from helpers.pickle_module import NAME, ours_only, tested
from helpers.run import run_python

# Its import changes what pickle.py's Pickler does, for all in this process; dill's own Pickler needs none of that.
dill.extend(use_dill=False)

PROTOCOLS = (2, 3, 4, 5)  # cloudpickle's functions need NEWOBJ's protocol

# dill says itself that it cannot pickle local enums
OBJECTS_FOR_DILL = [name for name in OBJECTS if name != "enum"]

each_object = pytest.mark.parametrize("name", OBJECTS)
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


def cloudpickle_dumps(value, protocol=None):
    return cloudpickle.dumps(value, protocol)


def dill_dumps(value, protocol=None):
    return dill.dumps(value, protocol)


def check(name, dumps, loads, protocol):
    build, expression = OBJECTS[name]
    data = dumps(build(), protocol)
    assert repr(eval(expression, {"value": loads(data)})) == repr(eval(expression, {"value": build()}))


@each_object
@each_protocol
@pytest.mark.parametrize("loads", (tested.loads, fastjoblib.loads), ids=("pickle.loads", "loads"))
def test_cloudpickle_to_ours(name, protocol, loads):
    check(name, cloudpickle_dumps, loads, protocol)


@pytest.mark.parametrize("name", OBJECTS_FOR_DILL)
@each_protocol
@pytest.mark.parametrize("loads", (tested.loads, fastjoblib.loads), ids=("pickle.loads", "loads"))
def test_dill_to_ours(name, protocol, loads):
    check(name, dill_dumps, loads, protocol)


class CloudStylePickler(tested.Pickler):
    """As users write them: cloudpickle's rules, on another base class."""

    dispatch_table = cloudpickle.Pickler.dispatch_table
    reducer_override = cloudpickle.Pickler.reducer_override
    _function_reduce = cloudpickle.Pickler._function_reduce
    _dynamic_function_reduce = cloudpickle.Pickler._dynamic_function_reduce
    _function_getnewargs = cloudpickle.Pickler._function_getnewargs

    def __init__(self, file, protocol=None, buffer_callback=None):
        super().__init__(file, protocol=protocol, buffer_callback=buffer_callback)
        self.globals_ref = {}
        self.proto = protocol


def cloud_style_dumps(value, protocol=None):
    target = io.BytesIO()
    CloudStylePickler(target, protocol).dump(value)
    return target.getvalue()


@each_object
@each_protocol
@pytest.mark.parametrize("loads", (pickle.loads, tested.loads), ids=("C pickle", "ours"))
def test_ours_with_cloudpickle_rules(name, protocol, loads):
    check(name, cloud_style_dumps, loads, protocol)


@each_object
@each_protocol
def test_ours_with_cloudpickle_rules_writes_cloudpickles_bytes(name, protocol):
    value = OBJECTS[name][0]()
    assert_same_bytes(cloud_style_dumps(value, protocol), cloudpickle.dumps(value, protocol))


@pytest.fixture
def cloudpickle_on_ours(monkeypatch):
    """cloudpickle, imported anew while `pickle.Pickler` is ours; in sys.modules, because its functions go by name."""
    monkeypatch.setattr(pickle, "Pickler", tested.Pickler)
    spec = importlib.util.find_spec("cloudpickle.cloudpickle")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    assert issubclass(module.Pickler, tested.Pickler)
    return module


@each_object
def test_cloudpickle_itself_on_ours(name, cloudpickle_on_ours):
    check(name, cloudpickle_on_ours.dumps, tested.loads, None)


@ours_only
def test_cloudpickle_on_ours_takes_depth(cloudpickle_on_ours):
    """The recursion limit, which cloudpickle turns into a PicklingError, does not concern us."""
    value = last = []
    for _ in range(100_000):
        last.append([])
        last = last[0]
    last.append(lambda: "bottom")
    found = tested.loads(cloudpickle_on_ours.dumps(value))
    while isinstance(found, list):
        (found,) = found
    assert found() == "bottom"


def test_buffers_through_cloudpickle_rules():
    array = np.arange(1000.0)
    value = {"function": lambda: array.sum(), "array": array}
    buffers = []
    target = io.BytesIO()
    CloudStylePickler(target, 5, buffers.append).dump(value)
    assert len(target.getvalue()) < array.nbytes == sum(buffer.raw().nbytes for buffer in buffers)
    found = tested.loads(target.getvalue(), buffers=buffers)
    assert_same(found["array"], array)
    assert found["function"]() == array.sum()


def test_dispatch_table_of_a_subclass_is_a_chain_map():
    """A table that changes after the class is made counts; the override comes first."""

    class Chained(tested.Pickler):
        dispatch_table = collections.ChainMap({}, cloudpickle.Pickler.dispatch_table)

        def reducer_override(self, obj):
            return (str, ("overridden",)) if isinstance(obj, complex) else NotImplemented

    def dumps(value):
        target = io.BytesIO()
        Chained(target).dump(value)
        return target.getvalue()

    Chained.dispatch_table[slice] = lambda value: (str, ("from the table",))
    Chained.dispatch_table[complex] = lambda value: (str, ("never",))
    assert tested.loads(dumps([slice(1), 1j, {}.keys()]))[:2] == ["from the table", "overridden"]


@pytest.mark.parametrize("dumps", (cloudpickle_dumps, dill_dumps, cloud_style_dumps))
def test_in_a_fresh_process(tmp_path, dumps):
    """Nothing there knows the classes and functions but from the pickle."""
    names = OBJECTS_FOR_DILL if dumps is dill_dumps else list(OBJECTS)
    expressions = [OBJECTS[name][1] for name in names]
    values = [OBJECTS[name][0]() for name in names]
    for number, value in enumerate(values):
        (tmp_path / str(number)).write_bytes(dumps(value))
    (tmp_path / "expressions").write_text(json.dumps(expressions))
    found = run_python(
        f"""
        import importlib, json, pathlib, sys
        loads = importlib.import_module({NAME!r}).loads
        directory = pathlib.Path(sys.argv[1])
        for number, expression in enumerate(json.loads((directory / "expressions").read_text())):
            value = loads((directory / str(number)).read_bytes())
            print(repr(eval(expression, {{"value": value}})))
        """,
        arguments=[tmp_path],
    )
    expected = [repr(eval(expression, {"value": value})) for expression, value in zip(expressions, values, strict=True)]
    assert dict(zip(names, found.splitlines(), strict=True)) == dict(zip(names, expected, strict=True))
