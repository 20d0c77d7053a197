# SPDX-License-Identifier: BSD-3-Clause
"""The reduce protocol, globals and buffers: joblib's bytes, joblib's errors, and both read them to the same."""

import _compat_pickle
import importlib
import pickle
import warnings

import fastjoblib
import pytest
from helpers import classes
from helpers.cases_objects import OBJECTS
from helpers.control import PROTOCOLS, assert_same_bytes, check_conformance, for_each_protocol, stock_dumps


@pytest.mark.parametrize("case", OBJECTS, ids=str)
def test_objects(case):
    for_each_protocol(check_conformance, case.build)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_names_of_attributes_that_only_the_class_holds(protocol):
    """Instances share them: one reference is that of all."""
    objects = [classes.Unnamed(), classes.Unnamed()]
    for obj in objects:
        obj.__dict__[f"made_{protocol}"] = obj
    assert_same_bytes(fastjoblib.dumps(objects, protocol=protocol), stock_dumps(objects, protocol))


BAD_REDUCE = {
    "an int": 5,
    "None": None,
    "a list": [list, ()],
    "no items": (),
    "one item": (list,),
    "seven items": (list, (), None, None, None, None, None),
    "arguments no tuple": (list, []),
    "arguments None": (list, None),
    "function not callable": (5, ()),
    "list items no iterable": (list, (), None, 5),
    "dict items no iterable": (dict, (), None, None, 5),
    "dict items no pairs": (dict, (), None, None, [1, 2]),
    "dict items triples": (dict, (), None, None, [(1, 2, 3)]),
    "setter not callable": (list, (), {"a": 1}, None, None, 5),
    "__newobj__ of no class": (classes.__newobj__, (5,)),
    "__newobj__ of another class": (classes.__newobj__, (classes.Plain,)),
    "__newobj_ex__ of another class": (classes.__newobj_ex__, (classes.Plain, (), {})),
    "name that does not exist": "no_such_name",
    "name of something else": "Plain",
    "empty name": "",
    "name with dots": "Outer.Inner",
}


@pytest.mark.parametrize("rv", BAD_REDUCE.values(), ids=BAD_REDUCE)
def test_wrong_reduce_values_fail_as_in_joblib(rv):
    for_each_protocol(check_conformance, lambda: ["before", classes.Reduce(rv), "after"])


@pytest.mark.parametrize("protocol", (2, 3, 4, 5))
@pytest.mark.parametrize("rv", [(classes.__newobj__, ()), (classes.__newobj_ex__, (classes.Reduce, ()))])
def test_newobj_without_enough_arguments(rv, protocol):
    """Stock trips over its own unpacking (IndexError, ValueError); ours says what is wrong, as C pickle does."""
    with pytest.raises(pickle.PicklingError, match="__newobj"):
        fastjoblib.dumps(classes.Reduce(rv), protocol=protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("build", [classes.Liar, lambda: classes.Slots(1, 2), lambda: classes.Getnewargs(1, "x")])
def test_what_some_protocols_cannot_do(build, protocol):
    check_conformance(build, protocol)


@pytest.mark.parametrize("protocol", (0, 1, 2, 3))
def test_renamed_modules(protocol):
    """Below protocol 3 the names of Python 2 stand in the file, and are read back to today's."""
    for (module, name), _ in sorted(_compat_pickle.REVERSE_NAME_MAPPING.items()):
        value = find(module, name)
        if value is not None:
            check_conformance(lambda value=value: [value, value], protocol)


def find(module, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            return None  # not in this version of Python, or not on this platform


@pytest.mark.parametrize("protocol", (0, 1, 2, 3))
def test_renamed_modules_by_prefix(protocol):
    for module, name in [
        ("queue", "Queue"),
        ("configparser", "ConfigParser"),
        ("urllib.parse", "quote"),
        ("http.client", "HTTPConnection"),
        ("io", "StringIO"),
        ("collections", "UserList"),
    ]:
        value = find(module, name)
        check_conformance(lambda value=value: value, protocol)
