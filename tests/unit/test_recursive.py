# SPDX-License-Identifier: BSD-3-Clause
"""Cycles: each object once, whatever the protocol, with pickle's answer where a cycle cannot be written at all."""

import fastjoblib
import pytest
from helpers.cases_containers import RECURSIVE, object_through_set, set_through_object
from helpers.classes import Node, Plain, Reduce
from helpers.control import PROTOCOLS, check_bytes, check_conformance, error_of, for_each_protocol, stock_dumps


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_list_in_itself(protocol):
    value = []
    value.append(value)
    loaded = fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol))
    assert type(loaded) is list and len(loaded) == 1 and loaded[0] is loaded


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_tuple_through_list(protocol, n):
    inner = []
    value = (inner,) * n
    inner.append(value)
    loaded = fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol))
    assert type(loaded) is tuple and len(loaded) == n
    assert loaded[0][0] is loaded and all(item is loaded[0] for item in loaded)


@pytest.mark.parametrize("protocol", (4, 5))
@pytest.mark.parametrize("kind", [set, frozenset])
def test_set_through_its_element(protocol, kind):
    loaded = fastjoblib.loads(fastjoblib.dumps(set_through_object(kind), protocol=protocol))
    (node,) = [item for item in loaded if isinstance(item, Node)]
    assert type(loaded) is kind and len(loaded) == 3 and node.next is loaded


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("make", [set_through_object, object_through_set])
@pytest.mark.parametrize("kind", [set, frozenset])
def test_sets_as_joblib_writes_them(protocol, make, kind):
    """Below protocol 4 a set's reduce meets itself; what pickle then writes is what we write."""
    check_conformance(lambda: make(kind), protocol)


@pytest.mark.parametrize("case", RECURSIVE, ids=str)
def test_cycles_within_cycles(case):
    def build():
        value, owner = case.build(), Plain()
        owner.value, owner.list = value, [value, owner]
        return [owner, value, owner.list]

    for_each_protocol(check_conformance, build)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_reduce_arguments_that_contain_the_object(protocol):
    """The object is met again within its own reduce."""
    node = Node("owner")
    inner = Reduce(None)
    inner.rv = (list, ([node, node],))
    node.next = inner
    check_bytes(lambda: node, protocol)


def test_deep_chain_of_reduce():
    """joblib's bytes where joblib can, and on from there."""

    def chain(n):
        value = 5
        for _ in range(n):
            value = Reduce((list, ([value],)))
        return value

    theirs, error = error_of(stock_dumps, chain(50))
    assert error is None and fastjoblib.dumps(chain(50)) == theirs
    deep = fastjoblib.loads(fastjoblib.dumps(chain(50_000)))
    depth = 0
    while isinstance(deep, list):
        (deep,) = deep
        depth += 1
    assert (deep, depth) == (5, 50_000)
