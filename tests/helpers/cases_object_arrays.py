# SPDX-License-Identifier: BSD-3-Clause
"""Cases of object arrays: joblib nests a pickle of C pickle's kind, protocol 5, whose bytes differ in places."""

import numpy as np

from helpers.cases import Case
from helpers.cases_arrays import fill
from helpers.classes import Node, Plain

SIZES = (0, 1, 2, 3, 999, 1000, 1001, 2000, 2001)
CONTAINERS = {
    "list": lambda n: list(range(n)),
    "tuple": lambda n: tuple(range(n)),
    "dict": lambda n: {i: i for i in range(n)},
    "set": lambda n: set(range(n)),
    "frozenset": lambda n: frozenset(range(n)),
    "list of text": lambda n: [f"{i}" for i in range(n)],
}


def objects(*items, shape=None, order="C"):
    """An object array of exactly these items; np.array would look inside them."""
    array = np.empty(len(items), object)
    for i, item in enumerate(items):
        array[i] = item
    return array if shape is None else array.reshape(shape, order=order)


def structured_with_objects(items):
    array = np.zeros(len(items), [("number", "<f8"), ("object", "O"), ("nested", [("deep", "O"), ("text", "S3")])])
    for i, item in enumerate(items):
        array[i] = (i, item, (str(i), b"abc"))
    return array


def array_in_itself():
    array = objects(1, None, "three")
    array[1] = [array]
    return array


def array_met_before_and_inside():
    inner = objects("inner", [1])
    shared = ["shared"]
    return [shared, objects(inner, shared, inner, shared), inner, shared]


OBJECT_ARRAYS = [
    *(
        Case(f"{m} of {name} of {n}", lambda make=make, n=n, m=m: objects(*(make(n) for _ in range(m))))
        for name, make in CONTAINERS.items()
        for n in SIZES
        for m in (1, 3)
    ),
    *(Case(f"{n} ints", lambda n=n: objects(*range(n))) for n in SIZES),
    *(Case(f"{n} texts", lambda n=n: objects(*(f"text {i}" for i in range(n)))) for n in SIZES),
    *(Case(f"{n} lists", lambda n=n: objects(*([i] for i in range(n)))) for n in (999, 1000, 1001, 2001)),
    *(Case(f"{n} equal texts", lambda n=n: objects(*["one text"] * n)) for n in (255, 256, 257, 300)),
    Case("0-d", lambda: objects({"a": 1}, shape=())),
    Case("0-d of None", lambda: np.array(None)),
    Case("2-d", lambda: objects(*"abcdef", shape=(2, 3))),
    Case("2-d Fortran", lambda: objects(*"abcdef", shape=(2, 3), order="F")),
    Case("transposed", lambda: objects(*"abcdef", shape=(2, 3)).T),
    Case("strided", lambda: objects(*"abcdef")[::2]),
    Case("negative strides", lambda: objects(*"abcdef")[::-1]),
    Case("empty 2-d", lambda: np.empty((0, 3), object)),
    Case("read-only", lambda: read_only(objects(1, [2]))),
    Case("structured", lambda: structured_with_objects([1, "two", [3], None])),
    Case("structured strided", lambda: structured_with_objects([1, "two", [3], None])[::2]),
    Case("structured 0-d", lambda: structured_with_objects([1]).reshape(())),
    Case("structured of 1001 lists", lambda: structured_with_objects([[i] for i in range(1001)])),
    Case("subarray of objects", lambda: np.zeros(2, [("o", "O", (2,))])),
    Case("arrays inside", lambda: objects(*(fill(n, "<f8") for n in range(5)))),
    Case("one array inside twice", lambda: objects(*[fill(3, "<f8")] * 2)),
    Case("Fortran array inside", lambda: objects(fill((2, 3), "<f8", "F"))),
    Case("strided and frozen arrays inside", lambda: objects(fill((4, 3), "<f8")[::2], read_only(fill(3, "<i4")))),
    Case("large array inside", lambda: objects("before", fill(10_000, "<f8"), "after")),
    Case("structured array inside", lambda: objects(fill(3, [("a", "<i4"), ("b", "<f8")]))),
    Case("object array inside", lambda: objects(objects(1, [2]), objects(objects("deep")))),
    Case("numpy scalars inside", lambda: objects(np.float64(1.5), np.int8(3), np.str_("text"), np.datetime64(5, "D"))),
    Case("instances inside", lambda: objects(*(Plain(number=i) for i in range(300)))),
    Case("recursive through a node", lambda: objects(recursive_node())),
    Case("array in itself", array_in_itself),
    Case("shared inside and outside", array_met_before_and_inside),
    Case("several in a row", lambda: [objects(1), objects("a"), fill(2, "<f8"), objects([3])]),
    Case(
        "mixed",
        lambda: objects(None, True, 1, 2**70, 1.5, "text", b"bytes", (1,), [2], {3: 4}, {5}, frozenset({6}), 1j),
    ),
    Case("texts over frames", lambda: objects(*("x" * 30_000 + str(i) for i in range(10)))),
    *(Case(f"frame minus {d}", lambda d=d: objects("a", "x" * (65_536 - d), "b", "c")) for d in range(-8, 200, 8)),
    *(
        Case(f"frame minus {d}, in halves", lambda d=d: objects("x" * 32_768, "y" * (32_768 - d), "b", "c"))
        for d in range(0, 200, 5)
    ),
    Case("ints over frames", lambda: objects(*range(40_000))),
    Case("bytearray and large bytes", lambda: objects(bytearray(70_000), bytes(70_000), b"end")),
    Case("300 entries in the memo", lambda: objects(*([] for _ in range(300)), *[[1]] * 3)),
]


def read_only(array):
    array.flags.writeable = False
    return array


def recursive_node():
    node = Node("recursive")
    node.next = [node, {node}, (node,)]
    return node
