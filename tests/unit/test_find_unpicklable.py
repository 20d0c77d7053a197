# SPDX-License-Identifier: BSD-3-Clause
"""find_unpicklable lists all that a dump would fail at."""

import collections
import io
import sys
import threading
import tracemalloc

import fastjoblib
import numpy as np
import pytest
from fastjoblib import find_unpicklable
from fastjoblib._unpicklable import Unpicklable
from helpers import classes
from helpers.cases_object_arrays import objects
from helpers.control import error_of
from helpers.unpicklable_places import LOCK, PLACES

OTHER = threading.Lock()


def paths(value, **options):
    return [part.path for part in find_unpicklable(value, **options)]


@pytest.mark.parametrize("name", PLACES)
def test_places(name):
    build, path, _ = PLACES[name]
    value = build()
    found = find_unpicklable(value)
    assert path is None or found[0].path == path
    assert found[0].type == "_thread.lock"
    assert found[0].reason == "TypeError: cannot pickle '_thread.lock' object"
    assert len(found) == 1


def test_nothing():
    assert find_unpicklable({"a": [1, np.arange(3), objects(1, "x"), classes.Plain(a={1, 2})]}) == []


def test_the_object_itself():
    assert find_unpicklable(LOCK) == [
        Unpicklable("model", "_thread.lock", "TypeError: cannot pickle '_thread.lock' object")
    ]


def test_it_goes_on_behind_each():
    """In items, keys, states, arguments, arrays, and within objects that cannot be made."""
    generator = (i for i in ())
    local = type("Local", (classes.Plain,), {})
    value = {
        "first": LOCK,
        OTHER: 1,
        "instance": local(a=generator, b=lambda: 1),
        "array": objects(1, [threading.Event()], LOCK, sys),
        "last": (1, {io.StringIO().write}, classes.Reduce((5, ()))),
    }
    assert paths(value) == [
        "model['first']",
        "model[key <lock>]",
        "model['instance'].__class__",
        "model['instance'].a",
        "model['instance'].b",
        "model['array'][1][0]._cond._lock",
        "model['array'][3]",
        "model['last'][2]",
    ]


def test_in_several_places():
    array = objects(LOCK)
    value = [LOCK, {"a": LOCK}, array, classes.Plain(x=LOCK), [array], LOCK, LOCK]
    (found,) = find_unpicklable(value)
    assert found.path == "model[0]"
    assert found.other_paths == ("model[1]['a']", "model[2][0]", "model[3].x", "model[4][0][0]")
    assert str(found).endswith("(also model[1]['a'], model[2][0], model[3].x, model[4][0][0])")


def test_many():
    """In time that grows with their number."""
    n = 3000
    for build in (list, tuple, set, frozenset, objects_of, collections.deque):
        locks = [threading.Lock() for _ in range(n)]
        found = find_unpicklable([build(locks)])
        assert len(found) == n
        assert {part.path for part in found} == {f"model[0][{i}]" for i in range(n)}
        assert {part.type for part in found} == {"_thread.lock"}
    n = 11_000
    for build in (dict, collections.OrderedDict):
        found = find_unpicklable(build((i, threading.Lock()) for i in range(n)))
        assert [part.path for part in found[:10_000]] == [f"model[{i}]" for i in range(10_000)]
        assert len(found) == n and {part.type for part in found} == {"_thread.lock"}


def test_many_deep_down():
    node = None
    for _ in range(8000):
        node = classes.Node(threading.Lock(), node)
    found = find_unpicklable(node)
    assert len(found) == 8000
    assert [part.path for part in found[:3]] == ["model.name", "model.next.name", "model.next.next.name"]
    assert found[-1].path == f"model{'.next' * 8}...{'.next' * 23}.name"


def objects_of(parts):
    return objects(*parts)


def test_cycles():
    node = classes.Node("a", LOCK)
    node.own = [node, {"back": node}, OTHER]
    node.own.append(node.own)
    assert paths([node, node]) == ["model[0].next", "model[0].own[2]"]


def test_what_is_made_anew_each_time():
    class Making(classes.Plain):
        def __getstate__(self):
            return {"made": threading.Lock()}

    value = [classes.Reduce((classes.make_plain, (threading.Lock(),))) for _ in range(50)]
    assert len(find_unpicklable(value)) == 50
    made = classes.Reduce(lambda: (classes.make_plain, ([threading.Lock()],)))
    assert len(find_unpicklable([made, made])) == 1


def test_it_is_not_recursive():
    value = [LOCK]
    for _ in range(100_000):
        value = [value, OTHER] if _ % 1000 == 0 else (value,)
    found = find_unpicklable(value)
    assert len(found) == 2
    assert {part.type for part in found} == {"_thread.lock"}
    assert len(found[0].path) < 200


def test_nothing_is_changed():
    value = {"a": [1, LOCK, classes.Plain(b=objects(LOCK, 2))], "c": {LOCK}}
    part = value["a"][2]
    before = (sys.getrefcount(LOCK), sys.getrefcount(part), list(vars(part)), repr(value["c"]))
    for _ in range(3):
        find_unpicklable(value, elsewhere=True)
    assert (sys.getrefcount(LOCK), sys.getrefcount(part), list(vars(part)), repr(value["c"])) == before


def test_containers_that_change():
    value = {"a": 1, "b": None, "c": LOCK}
    value["b"] = classes.Shrinking(value, lambda victim: victim.pop("c"))
    (found,) = find_unpicklable([value])
    assert (found.path, found.reason) == ("model[0]", "RuntimeError: dictionary changed size during iteration")
    numbers = set(range(10))
    shrinking = classes.Shrinking(numbers, lambda victim: victim.clear())
    numbers.add(shrinking)
    found = find_unpicklable([numbers, LOCK])
    assert found[-1].path == "model[1]"
    assert {part.path for part in found} <= {"model[0]", "model[1]"}


def test_items_that_cannot_be_read():
    def items():
        yield 1
        raise ValueError("no more")

    reduced = (classes.Plain, (), {"x": LOCK}, items(), iter([(1, 2), 3, (4, OTHER)]))
    found = find_unpicklable([classes.Reduce(reduced)])
    assert [part.reason.partition(":")[0] for part in found] == ["ValueError", "TypeError", "TypeError", "TypeError"]


def test_what_never_ends():
    class Endless(list):
        def __reduce__(self):
            return (classes.make_plain, (self,))

    found = find_unpicklable([1, LOCK, Endless(), 2])
    assert found[0].path == "model[1]"
    assert found[1].reason.startswith("RecursionError: pickling an object of ")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), MemoryError()])
def test_what_is_not_listed_is_raised(error):
    def fail():
        raise error

    with pytest.raises(type(error)):
        find_unpicklable([LOCK, classes.Reduce(fail)])


def test_exceptions_that_cannot_be_shown():
    class Shy(Exception):
        def __str__(self):
            raise ValueError

    def fail():
        raise Shy

    def long():
        raise ValueError("x" * 10_000)

    first, second = find_unpicklable([classes.Reduce(fail), classes.Reduce(long)])
    assert first.reason == "Shy"
    assert len(second.reason) < 600 and second.reason.endswith("x...")


def test_protocols():
    for protocol in range(6):
        found = paths([1, (LOCK, classes.Slots(1))], protocol=protocol)
        assert found[0].startswith("model[1][0]")
        assert ("model[1][1]" in found) == (protocol < 2)
    assert isinstance(error_of(find_unpicklable, 1, protocol=77)[1], ValueError)


def test_large_arrays_and_text_take_no_memory():
    value = [np.zeros(4_000_000), "x" * 30_000_000, {"a": LOCK}, objects(np.zeros(4_000_000))]
    tracemalloc.start()
    assert paths(value) == ["model[2]['a']"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_dump_fails_where_it_says():
    value = {"a": [classes.Plain(x=1, y=(LOCK, OTHER))]}
    error = error_of(fastjoblib.dumps, value)[1]
    if sys.version_info >= (3, 11):
        assert error.__notes__[0].startswith(f"in `{paths(value)[0]}`")
    value["a"][0].y = ()
    assert find_unpicklable(value) == []
    fastjoblib.dumps(value)
