# SPDX-License-Identifier: BSD-3-Clause
"""Containers that change while they are dumped: an error or a loadable file, never a crash."""

import fastjoblib
import pytest
from helpers.cases_object_arrays import objects
from helpers.classes import Plain, Reduce, Shrinking
from helpers.control import PROTOCOLS

SIZES = (3, 1000, 2500)


def dump_and_load(value, protocol):
    """RuntimeError is what Python says to "changed size during iteration"."""
    try:
        data = fastjoblib.dumps(value, protocol=protocol)
    except RuntimeError as error:
        assert "changed" in str(error) or "mutated" in str(error)
        return
    fastjoblib.loads(data)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("at", [0, 1, -1])
@pytest.mark.parametrize("change", ["clear", "shrink", "grow", "replace"])
def test_list(protocol, n, at, change):
    victim = [[i] for i in range(n)]
    changes = {
        "clear": victim.clear,
        "shrink": lambda: victim.__delitem__(slice(n // 2, None)),
        "grow": lambda: victim.extend(range(100)),
        "replace": lambda: victim.__setitem__(slice(None), [0] * n),
    }
    victim[at] = Shrinking(victim, lambda _: changes[change]())
    dump_and_load(victim, protocol)
    dump_and_load(objects(victim), protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("change", ["clear", "shrink", "grow", "replace"])
def test_dict(protocol, n, change):
    victim = {i: [i] for i in range(n)}
    changes = {
        "clear": victim.clear,
        "shrink": lambda: victim.pop(n - 1, None),
        "grow": lambda: victim.update({f"new {len(victim)} {i}": i for i in range(3000)}),
        "replace": lambda: victim.update(dict.fromkeys(range(n), 0)),
    }
    victim[n // 2] = Shrinking(victim, lambda _: changes[change]())
    dump_and_load(victim, protocol)
    dump_and_load(objects(victim), protocol)


class Changing:
    """An element of a set whose reduce changes the set."""

    def __init__(self, change):
        self.change = change

    def __reduce__(self):
        self.change()
        return (str, ("changed",))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("change", ["clear", "grow", "discard"])
def test_set(protocol, n, change):
    victim = set(range(n))
    changes = {
        "clear": victim.clear,
        "grow": lambda: victim.update(range(-5000, 0)),
        "discard": lambda: victim.discard(n - 1),
    }
    victim.add(Changing(changes[change]))
    dump_and_load(victim, protocol)
    dump_and_load(objects(victim), protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_object_array_whose_items_are_replaced(protocol):
    array = objects(*([i] for i in range(1000)))
    array[0] = Changing(lambda: array.fill(None))
    dump_and_load(array, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_instance_dict_that_grows(protocol):
    value = Plain()
    value.attribute = Changing(lambda: vars(value).update((f"a{i}", i) for i in range(5000)))
    dump_and_load(value, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_temporary_objects_keep_their_identity(protocol):
    """Objects that a reduce makes and drops must not be mistaken for one another when memory is used again."""

    class Temporary:
        def __init__(self, i):
            self.i = i

        def __reduce__(self):
            return (tuple, ([f"temporary {self.i}", [self.i]],))

    value = [Temporary(i) for i in range(2000)]
    loaded = fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol))
    assert loaded == [(f"temporary {i}", [i]) for i in range(2000)]


def lazily(n):
    for i in range(n):
        yield f"item {i}"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_items_made_by_a_generator_keep_their_identity(protocol):
    value = Reduce(lambda: (list, (), None, lazily(3000)))
    assert fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol)) == list(lazily(3000))
