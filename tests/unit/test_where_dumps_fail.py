# SPDX-License-Identifier: BSD-3-Clause
"""A dump that fails has a note with the path to what it failed at, and the types on it."""

import errno
import io
import sys
import threading

import fastjoblib
import fastjoblib.pickle
import joblib
import numpy as np
import pytest
from fastjoblib import find_unpicklable
from helpers import classes, streams
from helpers.cases_object_arrays import objects
from helpers.control import error_of
from helpers.notes import failure, split_notes
from helpers.unpicklable_places import FROM_PROTOCOL_4, LOCK, NOT_TO_BE_EVALUATED, PLACES

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have notes since Python 3.11")

PROTOCOLS = (2, 3, 4, 5)
each_place = pytest.mark.parametrize("name", PLACES)


def notes_of(function, *args, **kwargs):
    return split_notes(failure(function, *args, **kwargs))[0]


def path_of(note):
    assert note.startswith("in `")
    return note.removeprefix("in `").partition("`: ")[0]


def is_expression(path):
    return not any(mark in path for mark in ("...", "<", "?", "key "))


def test_there_are_more_than_thirty():
    assert len(PLACES) > 30


@each_place
def test_places(name):
    build, path, types = PLACES[name]
    value = build()
    for protocol in PROTOCOLS:
        (note,) = notes_of(fastjoblib.dumps, value, protocol=protocol)
        found = path_of(note)
        if protocol >= 4 or name not in FROM_PROTOCOL_4:
            assert path is None or found == path
            assert types is None or note == f"in `{found}`: {types}"
        if is_expression(found) and name not in NOT_TO_BE_EVALUATED:
            assert eval(found, {"model": value}) is LOCK


@each_place
def test_every_call_says_the_same(name, tmp_path):
    build, _, _ = PLACES[name]
    value = build()
    calls = [
        lambda: fastjoblib.dumps(value),
        lambda: fastjoblib.dump(value, tmp_path / "file"),
        lambda: fastjoblib.dump(value, io.BytesIO()),
        lambda: fastjoblib.dump(value, streams.NoTell()),
        lambda: fastjoblib.dump(value, tmp_path / "file.gz", compress=3),
        lambda: fastjoblib.dump(value, tmp_path / "file.xz"),
        lambda: fastjoblib.dump(value, tmp_path / "file", seal=True),
        lambda: fastjoblib.dump(value, tmp_path / "file", share_arrays=True),
    ]
    (first,) = notes_of(calls[0])
    for call in calls[1:]:
        assert notes_of(call) == [first]
    assert find_unpicklable(value)[0].path == path_of(first)


@pytest.mark.parametrize("name", sorted(set(PLACES) - {"deep"}))  # where joblib's own recursion fails first
def test_the_error_is_that_of_joblib(name):
    value = PLACES[name][0]()
    ours = error_of(fastjoblib.dumps, value)[1]
    theirs = error_of(joblib.dump, value, io.BytesIO())[1]
    assert (type(ours), ours.args) == (type(theirs), theirs.args)


def test_old_protocols():
    for protocol in (0, 1):
        (note,) = notes_of(fastjoblib.dumps, [{"a": classes.Plain(x=(1, lambda: 1))}], protocol=protocol)
        assert note == "in `model[0]['a'].x[1]`: list > dict > Plain > tuple > function"
        (note,) = notes_of(fastjoblib.dumps, objects(1, [LOCK]), protocol=protocol)
        assert note == "in `model[1][0]`: ndarray > list > lock"


def test_pickle_and_hash():
    value = {"b": [1, LOCK], "a": 2}
    expected = ["in `model['b'][1]`: dict > list > lock"]
    assert notes_of(fastjoblib.pickle.dumps, value) == expected
    assert notes_of(fastjoblib.pickle.dump, value, io.BytesIO()) == expected
    assert notes_of(fastjoblib.hash, value) == expected
    pickler = fastjoblib.pickle.Pickler(io.BytesIO())
    for _ in range(2):
        assert notes_of(pickler.dump, {"b": [1, LOCK], "a": 2}) == expected
    pickler.dump([1])
    assert notes_of(fastjoblib.hash, {"x": 1, "y": LOCK}) == ["in `model['y']`: dict > lock"]
    assert notes_of(fastjoblib.pickle.dumps, objects(1, LOCK)) == ["in `model[1]`: ndarray > lock"]


def test_persistent_ids():
    class Pickler(fastjoblib.pickle.Pickler):
        def persistent_id(self, obj):
            return [LOCK] if obj == "stored elsewhere" else None

    (note,) = notes_of(Pickler(io.BytesIO()).dump, ["a", "stored elsewhere"])
    assert note == "in `model[1].<persistent id>[0]`: list > str > list > lock"


def test_reducers_of_the_caller():
    class Pickler(fastjoblib.pickle.Pickler):
        def reducer_override(self, obj):
            return (list, ([obj.x],)) if type(obj) is classes.Plain else NotImplemented

    (note,) = notes_of(Pickler(io.BytesIO()).dump, [classes.Plain(x=LOCK)])
    assert note.endswith(": list > Plain > tuple > list > lock")


def test_the_object_itself_has_no_path():
    assert notes_of(fastjoblib.dumps, LOCK) == []
    assert notes_of(fastjoblib.dumps, lambda: 1) == []


class OfAFunction(classes.Plain):
    pass


def test_classes():
    local = type("Local", (), {})
    assert notes_of(fastjoblib.dumps, [local()]) == ["in `model[0].__class__`: list > Local > type"]
    assert notes_of(fastjoblib.dumps, {"a": local}) == ["in `model['a']`: dict > type"]


@pytest.mark.parametrize("error", [ValueError("a"), KeyError("k"), RecursionError("deep"), MemoryError(), Exception()])
def test_exceptions_of_the_caller(error):
    def fail():
        raise error

    value = {"a": [1, classes.Reduce(fail)]}
    with pytest.raises(type(error)) as info:
        fastjoblib.dumps(value)
    assert info.value is error
    assert split_notes(error)[0] == ["in `model['a'][1]`: dict > list > Reduce"]


def test_what_ends_the_program_has_no_note():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as info:
        fastjoblib.dumps([classes.Reduce(interrupt)])
    assert split_notes(info.value)[0] == []


def test_what_the_bytes_go_to_has_no_note(tmp_path):
    value = [["x" * 100_000] * 5, np.zeros(100_000), {i: str(i) for i in range(100_000)}]
    error = error_of(fastjoblib.dump, value, "/dev/full")[1]
    assert error.errno == errno.ENOSPC and not hasattr(error, "__notes__")
    for after in (100, 70_000, 1_500_000):
        assert notes_of(fastjoblib.dump, value, streams.FailingWriter(after)) == []


def test_containers_that_change():
    value = {"a": 1, "b": None, "c": 3}
    value["b"] = classes.Shrinking(value, lambda victim: victim.pop("c"))
    assert notes_of(fastjoblib.dumps, [0, value]) == ["in `model[1]`: list > dict"]
    victim = []
    victim += [classes.Shrinking(victim, list.clear), 1]
    fastjoblib.dumps(victim)


def test_items_that_cannot_be_read():
    def items():
        yield 1
        raise ValueError("no more")

    reduced = [(OfAFunction, (), None, items()), (OfAFunction, (), None, None, iter([(1, 2), (3,)]))]
    assert notes_of(fastjoblib.dumps, ["a", classes.Reduce(reduced[0])]) == ["in `model[1]`: list > Reduce"]
    assert notes_of(fastjoblib.dumps, ["a", classes.Reduce(reduced[1])]) == ["in `model[1][?]`: list > Reduce > ?"]


def test_wrong_reduce_values():
    for reduced in ((5, ()), (list, 5), "no_such_name", (list, (), None, 5), (list, (), {"a": 1}, 5)):
        assert notes_of(fastjoblib.dumps, ["a", classes.Reduce(reduced)]) == ["in `model[1]`: list > Reduce"]


def test_reprs_of_keys_are_not_asked():
    class Text(str):
        def __repr__(self):
            raise AssertionError("asked")

        __str__ = __repr__

    globals()["OfAFunction"], before = Text, OfAFunction
    Text.__qualname__ = "OfAFunction"
    try:
        (note,) = notes_of(fastjoblib.dumps, {Text("a"): LOCK})
    finally:
        globals()["OfAFunction"] = before
    assert note == "in `model[<Text>]`: dict > lock"
    (note,) = notes_of(fastjoblib.dumps, {10**5000: LOCK})
    assert note == "in `model[<int>]`: dict > lock"


def test_attributes_are_not_computed():
    class Lazy(classes.Plain):
        @property
        def expensive(self):
            raise AssertionError("computed")

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            raise AssertionError("asked")

    Lazy.__qualname__ = "OfAFunction"
    globals()["OfAFunction"], before = Lazy, OfAFunction
    try:
        assert notes_of(fastjoblib.dumps, [Lazy(a=LOCK)]) == ["in `model[0].a`: list > Lazy > lock"]
    finally:
        globals()["OfAFunction"] = before


def test_long_names():
    value = [type("Ä" * 500, (), {"__reduce__": lambda self: (list, (LOCK,))})()]
    (note,) = notes_of(fastjoblib.dumps, value)
    assert note == f"in `model[0].__reduce__()[1][0]`: list > {'Ä' * 30} > tuple > lock"
    (note,) = notes_of(fastjoblib.dumps, classes.Plain(**{"a" * 1000: LOCK}))
    assert note == f"in `model.__dict__['{'a' * 60}...']`: Plain > lock"


def test_several_threads():
    found = []

    def fail(i):
        found.append(notes_of(fastjoblib.dumps, {i: LOCK}) == [f"in `model[{i}]`: dict > lock"])

    threads = [threading.Thread(target=fail, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 20
