# SPDX-License-Identifier: BSD-3-Clause
"""The matrix is worth what its descriptions are: equal for equal objects, different for all that must not be lost."""

import json

import numpy as np
import pytest
from matrix.describe import describe, difference
from matrix.layout import SEED
from matrix.objects import Record, build


def shared(count):
    inner = [1]
    return [inner, inner, [1]] if count == 2 else [inner, [1], inner]


def recursive(value):
    items = [value]
    items.append(items)
    return items


@pytest.mark.parametrize("name", build(SEED))
def test_objects_built_twice_are_described_alike(name):
    one, other = (describe(build(SEED)[name]) for _ in range(2))
    assert one == other
    assert json.loads(json.dumps(one)) == one


DIFFERENT = {
    "type of number": (1, True),
    "type of float": (1.0, np.float64(1.0)),
    "type of sequence": ([1], (1,)),
    "type of bytes": (b"a", bytearray(b"a")),
    "sign of zero": (0.0, -0.0),
    "text": ("a" * 100, "a" * 99 + "b"),
    "lone surrogate": ("\ud800", "\ud801"),
    "order of a dict": ({1: 1, 2: 2}, {2: 2, 1: 1}),
    "element of a set": ({1, 2}, {1, 3}),
    "identity": (shared(2), shared(3)),
    "recursion": (recursive(1), [1, recursive(1)]),
    "attribute": (Record(a=1), Record(a=2)),
    "class": (int, float),
    "value of an array": (np.zeros(100), np.r_[np.zeros(99), 1]),
    "dtype": (np.zeros(2, "<i4"), np.zeros(2, "<f4")),
    "byte order of a dtype": (np.dtype("<i4"), np.dtype(">i4")),
    "alignment of a dtype": (np.dtype("i1,i8"), np.dtype("i1,i8", align=True)),
    "unit": (np.zeros(2, "<M8[s]"), np.zeros(2, "<M8[D]")),
    "shape": (np.zeros((2, 3)), np.zeros((3, 2))),
    "dimensions": (np.zeros(1), np.zeros(())),
    "order": (np.ones((2, 2)), np.ones((2, 2), order="F")),
    "subclass": (np.ones((1, 1)), np.ones((1, 1)).view(np.matrix)),
    "object in an array": (np.array([1, None]), np.array([True, None])),
    "mask": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "random state": (np.random.RandomState(1), np.random.RandomState(2)),
    "random generator": (np.random.default_rng(1), np.random.default_rng(2)),
}


@pytest.mark.parametrize("left, right", DIFFERENT.values(), ids=DIFFERENT)
def test_different_objects_are_described_differently(left, right):
    assert difference(describe(left), describe(right)).startswith("at value")
    assert difference(describe(left), describe(left)) is None


def test_byte_order_of_items_does_not_count():
    values = np.arange(5, dtype=">i4")
    assert describe(values) == describe(values.astype("<i4"))
    assert describe(values) != describe(values.view("<i4"))
