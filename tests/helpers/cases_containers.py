# SPDX-License-Identifier: BSD-3-Clause
"""Cases of built-in containers: every size at which a batch or an opcode changes, shared and recursive ones, frames."""

from helpers.cases import Case
from helpers.classes import Node, Plain

SIZES = (0, 1, 2, 3, 4, 255, 256, 257, 999, 1000, 1001, 1999, 2000, 2001)
MAKERS = {
    "list": lambda n: list(range(n)),
    "tuple": lambda n: tuple(range(n)),
    "set": lambda n: set(range(n)),
    "frozenset": lambda n: frozenset(range(n)),
    "dict": lambda n: {i: -i for i in range(n)},
    "dict of text": lambda n: {f"key {i}": str(i) for i in range(n)},
    "set of text": lambda n: {f"item {i}" for i in range(n)},
    "list of lists": lambda n: [[] for _ in range(n)],
    "list of one list": lambda n: [[1]] * n,
    "list of pairs": lambda n: [(i, [i]) for i in range(n)],
}
SIZED = [Case(f"{name} of {n}", lambda make=make, n=n: make(n)) for name, make in MAKERS.items() for n in SIZES]


def list_in_itself():
    value = [1]
    value += [value, value]
    return value


def dict_in_itself():
    value = {}
    value["self"] = value
    value["list"] = [value]
    return value


def tuple_through_list(n):
    """A tuple of n items that is met again while its own items are being written."""
    inner = []
    value = (inner, *range(n - 1))
    inner.append(value)
    return value


def tuple_through_dict(n):
    inner = {}
    value = (*range(n - 1), inner)
    inner["outer"] = value
    return value


def tuple_through_object(n):
    node = Node("in a tuple")
    node.next = (node,) * n
    return node.next


def tuple_in_tuple_through_list():
    inner = []
    value = ((inner, 1), (2, 3, 4, 5, inner))
    inner.append(value)
    return value


def set_through_object(kind):
    node = Node("in a set")
    node.next = kind([node, 1, "two"])
    return node.next


def object_through_set(kind):
    return next(iter(set_through_object(kind) - {1, "two"}))


def dict_keyed_by_its_owner():
    node = Node("key")
    node.next = {node: node}
    return node.next


def two_nodes():
    a, b = Node("a"), Node("b")
    a.next, b.next = b, a
    return [b, a]


def shared():
    item, text, key = [1], "a text that is not interned"[:20], ("a", "tuple")
    return {"one": item, "two": item, "texts": [text, text], "keys": {key: key, "text": key}}


RECURSIVE = [
    Case("list in itself", list_in_itself),
    Case("dict in itself", dict_in_itself),
    *(Case(f"tuple of {n} through a list", lambda n=n: tuple_through_list(n)) for n in (1, 2, 3, 4, 5, 1001)),
    *(Case(f"tuple of {n} through a dict", lambda n=n: tuple_through_dict(n)) for n in (1, 2, 3, 4, 5, 1001)),
    *(Case(f"tuple of {n} through an object", lambda n=n: tuple_through_object(n)) for n in (1, 2, 3, 4)),
    Case("tuples in a tuple through a list", tuple_in_tuple_through_list),
    # the reduce of sets below protocol 4 cannot be recursive: see test_recursive.py
    Case("set through an object", lambda: set_through_object(set), 4),
    Case("frozenset through an object", lambda: set_through_object(frozenset), 4),
    Case("object through a set", lambda: object_through_set(set), 4),
    Case("object through a frozenset", lambda: object_through_set(frozenset), 4),
    Case("dict keyed by its owner", dict_keyed_by_its_owner),
    Case("two nodes", two_nodes),
    Case("shared items", shared),
    Case("empty containers", lambda: [(), [], {}, set(), frozenset(), "", b"", [()], ((),)]),
    Case("list of 300 nodes in a row", lambda: chain(60)),
]


def chain(n):
    node = None
    for i in range(n):
        node = Node(str(i), node)
    return node


def straddling(sizes):
    """Texts whose pickles end around the 64 KiB at which a frame is closed."""
    return [f"{i}" + "x" * (n - len(f"{i}")) for i, n in enumerate(sizes)]


FRAME = 65_536
FRAMES = [
    *(Case(f"frame minus {d}", lambda d=d: straddling([FRAME - d, 3, 3])) for d in range(-4, 48)),
    *(
        Case(f"two halves minus {d}", lambda d=d: straddling([FRAME // 2, FRAME // 2 - d, 3, 3]))
        for d in range(0, 48, 3)
    ),
    *(Case(f"bytes, frame minus {d}", lambda d=d: [b"a", bytes(FRAME - d), b"b"]) for d in range(-2, 20, 2)),
    *(Case(f"bytearray, frame minus {d}", lambda d=d: [b"a", bytearray(FRAME - d), b"b"]) for d in range(-2, 20, 2)),
    Case("ints over three frames", lambda: list(range(70_000))),
    Case("tuples over frames", lambda: [(i, i + 1) for i in range(20_000)]),
    Case("texts over frames", lambda: [f"text {i}" for i in range(20_000)]),
    Case("large after small", lambda: ["small", "x" * 100_000, "small", b"y" * 100_000, "small"]),
    Case("large alone", lambda: "x" * 100_000),
    Case("large first and last", lambda: ["x" * 100_000, 1, "y" * 100_000]),
    Case("objects over frames", lambda: [Plain(number=i, text="t" * 40) for i in range(1000)]),
]

MEMO = [
    *(Case(f"{n} memo entries", lambda n=n: lists_twice(n)) for n in (254, 255, 256, 257, 300)),
    Case("70,000 memo entries", lambda: lists_twice(70_000)),
]


def lists_twice(n):
    """n lists, then each of them again, by the shortest GET that reaches it."""
    lists = [[] for _ in range(n)]
    return [*lists, lists[0], lists[n // 2], lists[-1], *lists[250:260]]


CONTAINERS = SIZED + RECURSIVE
BIG = FRAMES + MEMO
