# SPDX-License-Identifier: BSD-3-Clause
"""Depth is limited by memory alone. Each test in a process of its own: a C stack that overflows takes all with it."""

import textwrap

import pytest
from helpers.run import needs_memory_limit, run_python

# Structures are built, checked and taken apart in loops, so that only dump and load can be what recurses.
COMMON = """
import sys
import fastjoblib
from helpers.classes import Node, Plain
N = int(sys.argv[1])
protocol = None if sys.argv[2] == "None" else int(sys.argv[2])

def round_trip(value):
    return fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol))
"""

LINKED_LIST = """
head = None
for i in range(N):
    head = Node(i, head)
loaded = round_trip(head)
for i in reversed(range(N)):
    assert type(loaded) is Node and loaded.name == i
    loaded = loaded.next
    head = head.next
assert loaded is None and head is None
"""

DOUBLY_LINKED = """
nodes = [Plain(number=i) for i in range(N)]
for a, b in zip(nodes, nodes[1:]):
    a.next, b.previous = b, a
loaded = round_trip(nodes[0])
assert not hasattr(loaded, "previous")
for i in range(N):
    assert loaded.number == i
    if i + 1 < N:
        assert loaded.next.previous is loaded
        loaded = loaded.next
        del loaded.previous.next, loaded.previous
for node in nodes:
    node.__dict__.clear()
"""

NESTED = """
def nest(wrap):
    value = "core"
    for _ in range(N):
        value = wrap(value)
    return value

def check(value, kind, unwrap):
    depth = 0
    while type(value) is kind:
        value = unwrap(value)
        depth += 1
    assert value == "core" and depth == N, (value, depth)

"""
WRAPPERS = {
    "list": "check(round_trip(nest(lambda v: [v])), list, lambda v: v[0])",
    "list of two": "check(round_trip(nest(lambda v: [v, 1])), list, lambda v: v[0])",
    "last of three": "check(round_trip(nest(lambda v: [1, 2, v])), list, lambda v: v[2])",
    "tuple": "check(round_trip(nest(lambda v: (v,))), tuple, lambda v: v[0])",
    "tuple of four": "check(round_trip(nest(lambda v: (1, 2, v, 3))), tuple, lambda v: v[2])",
    "dict": "check(round_trip(nest(lambda v: {'k': v})), dict, lambda v: v['k'])",
    "dict of two": "check(round_trip(nest(lambda v: {'k': v, 'l': 1})), dict, lambda v: v['k'])",
    "instance": "check(round_trip(nest(lambda v: Plain(a=v))), Plain, lambda v: v.a)",
    "list subclass": """
from helpers.kinds import ListChild
check(round_trip(nest(lambda v: ListChild([v]))), ListChild, lambda v: v[0])
""",
    "reduce": """
from helpers.classes import Reduce
check(round_trip(nest(lambda v: Reduce((tuple, ([v],))))), tuple, lambda v: v[0])
""",
    "set of instances": "check(round_trip(nest(lambda v: {Node(next=v)})), set, lambda v: next(iter(v)).next)",
    "slots": """
from helpers.classes import Slots
check(round_trip(nest(lambda v: Slots(v))), Slots, lambda v: v.x)
""",
}


# Before 300,000 frames of any recursion in C, the stack ends.
@pytest.mark.parametrize("n, protocol", [(1_000_000, "None"), (300_000, 2)])
def test_linked_list_of_a_million_nodes(n, protocol):
    run_python(COMMON + LINKED_LIST, arguments=(n, protocol))


def test_doubly_linked_list():
    run_python(COMMON + DOUBLY_LINKED, arguments=(300_000, "None"))


@pytest.mark.parametrize("n, protocol", [(1_000_000, "None"), (300_000, 0), (300_000, 5)])
def test_list_nested_a_million_deep(n, protocol):
    run_python(COMMON + NESTED + WRAPPERS["list"], arguments=(n, protocol))


@pytest.mark.parametrize("name", WRAPPERS)
def test_nests(name):
    protocols = (2, 4, 5) if name in ("slots", "set of instances") else (0, 2, 5)  # pickle cannot write these below
    loop = f"for protocol in {protocols}:\n" + textwrap.indent(WRAPPERS[name], "    ")
    run_python(COMMON + NESTED + loop, arguments=(50_000, "None"))


def test_deep_object_array():
    run_python(
        COMMON
        + NESTED
        + """
import numpy as np

def wrap(value):
    array = np.empty(1, object)
    array[0] = [value]
    return array

loaded = round_trip(wrap(nest(lambda v: [v])))
check(loaded[0][0], list, lambda v: v[0])
N = 2000  # NumPy frees nested arrays by recursion
loaded = round_trip(nest(wrap))
check(loaded, np.ndarray, lambda v: v[0][0])
""",
        arguments=(20_000, "None"),
    )


def test_deep_file(tmp_path):
    run_python(
        COMMON
        + NESTED
        + """
path = sys.argv[3]
fastjoblib.dump(nest(lambda v: [v]), path)
check(fastjoblib.load(path), list, lambda v: v[0])
with open(path, "rb") as file:
    check(fastjoblib.load(file), list, lambda v: v[0])
""",
        arguments=(300_000, "None", tmp_path / "file"),
    )


@pytest.mark.parametrize("n", [10, 50])
def test_nesting_that_joblib_can_do_is_the_same_bytes(n):
    from helpers.classes import Node
    from helpers.control import PROTOCOLS, check_conformance

    node = None
    for i in range(n):
        node = Node(str(i), node)
    nested = []
    for _ in range(n):
        nested = [nested, (nested,)]
    for protocol in PROTOCOLS:
        check_conformance(lambda: node, protocol)
        check_conformance(lambda: nested, protocol)


def test_a_truncated_deep_file_fails_without_recursion():
    run_python(
        COMMON
        + NESTED
        + """
data = fastjoblib.dumps(nest(lambda v: [v]))
for cut in (len(data) - 1, len(data) // 2):
    try:
        fastjoblib.loads(data[:cut])
    except fastjoblib.TruncatedFileError:
        continue
    raise AssertionError(cut)
""",
        arguments=(1_000_000, "None"),
    )


ENDLESS = """
import sys
import fastjoblib, joblib, io
from helpers.classes import Reduce
from helpers.kinds import DictChild, ListChild

def in_itself(value):
    value.append(value) if isinstance(value, list) else value.update(k=value)
    return value

def makes_another():
    return (list, ([Reduce(makes_another)],))

value, protocol = {
    "list": lambda: (in_itself(ListChild()), 0),
    "dict": lambda: (in_itself(DictChild()), 1),
    "new objects": lambda: (Reduce(makes_another), 4),
}[sys.argv[1]]()
limit_memory(2 << 30)
for library in (joblib, fastjoblib):
    try:
        library.dump(value, io.BytesIO(), protocol=protocol)
    except RecursionError:
        continue
    raise AssertionError(library)
"""


@needs_memory_limit
@pytest.mark.parametrize("name", ["list", "dict"])
def test_reduce_without_end(name):
    """Below protocol 2 a list subclass is reduced to a copy of itself: RecursionError, as ever, not all memory."""
    run_python(ENDLESS, arguments=(name,))


@needs_memory_limit
@pytest.mark.slow
def test_reduce_that_makes_new_objects_without_end():
    """Nothing tells this from an honest deep structure: memory ends it, as an exception."""
    run_python(
        ENDLESS.replace("except RecursionError", "except (RecursionError, MemoryError)"), arguments=("new objects",)
    )


def test_birch_which_joblib_cannot_dump(tmp_path):
    """A Birch's leaves are a linked list: RecursionError in joblib (scikit-learn's users meet this)."""
    pytest.importorskip("sklearn", reason="Birch is scikit-learn's")
    run_python(
        """
        import sys
        import fastjoblib, joblib, numpy as np
        from sklearn.cluster import Birch

        rng = np.random.default_rng(0)
        points = rng.random((2000, 2))
        model = Birch(threshold=0.01, branching_factor=3, n_clusters=None).fit(points)
        try:
            joblib.dump(model, sys.argv[1])
        except RecursionError:
            pass
        else:
            raise AssertionError("choose a case that joblib cannot do")
        fastjoblib.dump(model, sys.argv[1])
        loaded = fastjoblib.load(sys.argv[1])
        assert (loaded.predict(points) == model.predict(points)).all()
        assert (loaded.subcluster_centers_ == model.subcluster_centers_).all()
        try:
            joblib.load(sys.argv[1])
        except RecursionError:
            raise AssertionError("joblib reads without recursion")
        """,
        arguments=(tmp_path / "birch",),
    )
