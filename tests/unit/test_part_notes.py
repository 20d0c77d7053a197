# SPDX-License-Identifier: BSD-3-Clause
"""What a failed dump says is what this Python's own pickle says: the error, and, since 3.14, a note for each part.

`dumps` is compared with joblib, which uses pickle.py, and fastjoblib.pickle with C pickle. Before 3.14 neither has
notes.
"""

import collections
import copyreg
import io
import pickle
import sys

import fastjoblib
import fastjoblib.pickle
import joblib
import pytest
from helpers import classes
from helpers.cases_object_arrays import objects
from helpers.control import error_of
from helpers.notes import failure, split_notes
from helpers.unpicklable_places import LOCK, PLACES

PROTOCOLS = range(6)
HAS_NOTES = sys.version_info >= (3, 14)
needs_notes = pytest.mark.skipif(not HAS_NOTES, reason="pickle notes the parts of objects since Python 3.14")


def joblib_dumps(value, protocol):
    joblib.dump(value, io.BytesIO(), protocol=protocol)


def our_dumps(value, protocol):
    fastjoblib.dumps(value, protocol=protocol)


PAIRS = {"joblib": (our_dumps, joblib_dumps), "pickle": (fastjoblib.pickle.dumps, pickle.dumps)}
each_pair = pytest.mark.parametrize("ours, theirs", PAIRS.values(), ids=PAIRS)


def facts(error):
    if error is None:  # protocols 0 and 1 write less
        return None
    if not HAS_NOTES:  # C pickle words some errors otherwise
        return type(error), split_notes(error)[1]
    context = error.__context__
    return type(error), error.args, split_notes(error)[1], type(context), context and context.args


def assert_same_failure(ours, theirs, build, protocols=PROTOCOLS):
    for protocol in protocols:
        expected = facts(error_of(theirs, build(), protocol)[1])
        assert facts(error_of(ours, build(), protocol)[1]) == expected, f"protocol {protocol}"
    assert expected is not None, "it did not fail"


@each_pair
@pytest.mark.parametrize("name", sorted(set(PLACES) - {"deep"}))  # where Python's own recursion fails first
def test_places(name, ours, theirs):
    assert_same_failure(ours, theirs, PLACES[name][0])


class Key:
    """Can be hashed and shown, but not pickled."""

    __hash__ = object.__hash__

    def __repr__(self):
        return "the key"

    def __reduce__(self):
        raise ValueError("no key")


class Items(classes.Plain):
    """Is written with list items, dict items and a state, of which one part fails."""

    def __reduce__(self):
        return Items, (), self.__dict__.get("state"), iter(self.__dict__["list"]), iter(self.__dict__["dict"])


def failing():
    yield 1, 2
    raise ValueError("no more items")


def function_of_a_function():
    return lambda: None


LOCAL = function_of_a_function()
VALUES = {
    "ordered dict": lambda: collections.OrderedDict(a=1, b=[LOCK]),
    "ordered dict's key": lambda: collections.OrderedDict([("a", 1), (Key(), 2)]),
    "default dict": lambda: collections.defaultdict(list, {(1, "x"): LOCK}),
    "default dict's factory": lambda: collections.defaultdict(LOCAL, a=1),
    "deque": lambda: collections.deque([1, {"x": LOCK}]),
    "key": lambda: {"a": [{Key(): 1}]},
    "key in a tuple": lambda: {(1, Key()): 1},
    "long": lambda: [*range(1005), {i: i for i in range(2000)} | {"last": LOCK}],
    "all parts but the list": lambda: Items(list=[1, LOCK], dict=[(1, 2)], state={"a": 1}),
    "all parts but the dict": lambda: Items(list=[1, 2], dict=[(1, 2), ("k", LOCK)], state={"a": 1}),
    "all parts but the state": lambda: Items(list=[1, 2], dict=[(1, 2)], state={"a": LOCK}),
    "within each other": lambda: Items(list=[Items(list=[], dict=[(1, Items(list=[LOCK], dict=[]))])], dict=[]),
    "list items that fail": lambda: [Items(list=failing(), dict=[], state={"a": 1})],
    "dict items that fail": lambda: [Items(list=[1], dict=failing(), state={"a": 1})],
    "object array in a list": lambda: [objects(1, {"a": LOCK})],
    "array with a dtype that fails": lambda: {"array": objects(1, [classes.Plain(x=(LOCK,))])},
}


@each_pair
@pytest.mark.parametrize("name", VALUES)
def test_values(name, ours, theirs):
    assert_same_failure(ours, theirs, VALUES[name])


class NoNew:
    def __getattribute__(self, name):
        if name == "__new__":
            raise AttributeError(name)
        return super().__getattribute__(name)


WRONG = {
    "no tuple": [print],
    "one element": (print,),
    "seven elements": (print, (), None, None, None, None, None),
    "not callable": (42, ()),
    "arguments are no tuple": (print, []),
    "no __new__": (copyreg.__newobj__, (NoNew(),)),
    "wrong class": (copyreg.__newobj__, (str,)),
    "no __new__, ex": (copyreg.__newobj_ex__, (NoNew(), (), {})),
    "callable fails": (Key(), ()),
    "setter fails": (list, (), {"a": 1}, None, None, type("Local", (), {})),
    "list items are none": (list, (), None, 42),
    "dict items are none": (dict, (), None, None, 42),
}


@needs_notes
@each_pair
@pytest.mark.parametrize("name", WRONG)
def test_wrong_reduce_values(name, ours, theirs):
    assert_same_failure(ours, theirs, lambda: ["a", classes.Reduce(WRONG[name])], protocols=range(2, 6))


C_ONLY = {
    "no class": (copyreg.__newobj__, ()),
    "no class, ex": (copyreg.__newobj_ex__, ()),
    "arguments are no tuple, ex": (copyreg.__newobj_ex__, (classes.Reduce, 42, {})),
    "keywords are no dict": (copyreg.__newobj_ex__, (classes.Reduce, (), [])),
    "setter is not callable": (list, (), {"a": 1}, None, None, 42),
    "iterable, no iterator": (list, (), None, []),
}


@needs_notes
@pytest.mark.parametrize("name", C_ONLY)
def test_wrong_reduce_values_that_only_c_pickle_checks(name):
    assert_same_failure(*PAIRS["pickle"], lambda: ["a", classes.Reduce(C_ONLY[name])], protocols=range(2, 6))


@needs_notes
def test_no_pair():
    def build():
        return classes.Reduce((dict, (), None, None, iter([("a", 1), ("b",)])))

    assert_same_failure(*PAIRS["pickle"], build)


@needs_notes
@each_pair
@pytest.mark.parametrize("module", ["no_such_module", "", None, __name__])
@pytest.mark.parametrize("name", ["no_such_name", "PAIRS.no.such", "LOCK"])
def test_names(module, name, ours, theirs):
    value = classes.Reduce(name)
    value.__module__ = module
    assert_same_failure(ours, theirs, lambda: [value])


@needs_notes
@each_pair
def test_local_objects(ours, theirs):
    function = function_of_a_function()
    assert_same_failure(ours, theirs, lambda: {"f": function})
    del function.__module__
    assert_same_failure(ours, theirs, lambda: {"f": function})


@pytest.mark.parametrize("hashed", [{"b": [1, Key()], "a": 2}, [{1, 2}, (LOCK,)], collections.OrderedDict(a=Key())])
def test_hash(hashed):
    assert facts(failure(fastjoblib.hash, hashed)) == facts(failure(joblib.hash, hashed))


def pickler_of(base):
    class Pickler(base):
        def persistent_id(self, obj):
            return ("id", [LOCK]) if obj == "stored elsewhere" else None

        def reducer_override(self, obj):
            return (list, ([obj.x],)) if type(obj) is classes.Plain else NotImplemented

    return lambda value, protocol: Pickler(io.BytesIO(), protocol).dump(value)


@pytest.mark.parametrize("value", ["stored elsewhere", classes.Plain(x=LOCK)], ids=["persistent id", "reducer"])
def test_hooks_of_the_caller(value):
    ours, theirs = pickler_of(fastjoblib.pickle.Pickler), pickler_of(pickle.Pickler)
    assert_same_failure(ours, theirs, lambda: [value], protocols=range(1, 6))


@each_pair
def test_what_ends_the_program(ours, theirs):
    def interrupt():
        raise KeyboardInterrupt

    for dumps in (ours, theirs):
        with pytest.raises(KeyboardInterrupt) as info:
            dumps([classes.Reduce(interrupt)], 4)
        assert getattr(info.value, "__notes__", []) == ["when serializing list item 0"] * HAS_NOTES


@needs_notes
def test_a_deep_object_has_few_notes():
    value = LOCK
    for _ in range(100_000):
        value = [value]
    _, notes = split_notes(failure(fastjoblib.dumps, ["a", value]))
    assert 500 < len(notes) < 1000
    assert notes.count("...") == 1
    assert set(notes) == {"when serializing list item 0", "when serializing list item 1", "..."}
    assert notes[-1] == "when serializing list item 1"


@needs_notes
def test_a_key_that_cannot_be_shown_has_no_note():
    for key in (10**5000, NoText()):
        error = failure(fastjoblib.dumps, [{key: LOCK}])
        assert type(error) is TypeError
        assert split_notes(error)[1] == ["when serializing list item 0"]


class NoText:
    def __repr__(self):
        raise RuntimeError("no text")
