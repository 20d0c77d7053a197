# SPDX-License-Identifier: BSD-3-Clause
"""Pickler.fast: no memo, so what is shared is written again, and cycles are refused."""

import io
import pickle

import pytest
from helpers import classes
from helpers.compare import assert_same
from helpers.control import assert_same_bytes
from helpers.pickle_module import tested

SHARED = ["a text", ("a", "tuple"), classes.Plain(a=[1])]


def new_pickler(protocol=None):
    target = io.BytesIO()
    return tested.Pickler(target, protocol), target


def dump(pickler, target, value):
    """What one dump adds to the stream."""
    start = len(target.getvalue())
    pickler.dump(value)
    return target.getvalue()[start:]


@pytest.mark.parametrize("protocol", range(6))
def test_fast(protocol):
    """No memo: each mention is written out, as by C pickle."""
    inner = ["shared", ("pair", 1), {"k": classes.Plain(a=1)}]
    ours, theirs = io.BytesIO(), io.BytesIO()
    for pickler in (tested.Pickler(ours, protocol), pickle.Pickler(theirs, protocol)):
        pickler.fast = True
        pickler.dump([inner, inner, "shared"])
        pickler.dump(inner)
    assert_same_bytes(ours.getvalue(), theirs.getvalue())
    found = tested.loads(ours.getvalue())
    assert found[0] is not found[1]
    assert_same(found, [inner, inner, "shared"])


def test_fast_can_be_switched_off():
    pickler, target = new_pickler(2)
    pickler.fast = True
    dump(pickler, target, SHARED)
    pickler.fast = False
    assert_same_bytes(dump(pickler, target, SHARED), pickle.dumps(SHARED, 2))


def in_itself(kind):
    value = [] if kind is list else {} if kind is dict else classes.Plain()
    if kind is list:
        value.append(value)
    elif kind is dict:
        value["self"] = value
    else:
        value.me = value
    return value


@pytest.mark.parametrize("kind", (list, dict, classes.Plain), ids=lambda kind: kind.__name__)
def test_fast_and_cycles(kind):
    """Without a memo a cycle has no end: refused, and the pickler works on."""
    pickler, target = new_pickler()
    pickler.fast = True
    with pytest.raises((ValueError, RecursionError)):
        pickler.dump(in_itself(kind))
    pickler.fast = False
    pickler.clear_memo()
    value = ["after"]
    assert_same_bytes(dump(pickler, target, value), pickle.dumps(value))
