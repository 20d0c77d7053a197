# SPDX-License-Identifier: BSD-3-Clause
"""The memo of a Pickler and an Unpickler: kept from dump to dump, copied, set, cleared."""

import gc
import io
import pickle
import sys

import pytest
from helpers import classes
from helpers.compare import assert_same
from helpers.control import assert_same_bytes
from helpers.pickle_module import assert_as_in_cpython, ours_only, tested

SHARED = ["a text", ("a", "tuple"), classes.Plain(a=[1])]

each_protocol = pytest.mark.parametrize("protocol", range(6))


def new_pickler(protocol=None):
    target = io.BytesIO()
    return tested.Pickler(target, protocol), target


def dump(pickler, target, value):
    """What one dump adds to the stream."""
    start = len(target.getvalue())
    pickler.dump(value)
    return target.getvalue()[start:]


@each_protocol
def test_dumps_into_one_stream_share_the_memo(protocol):
    ours, theirs = io.BytesIO(), io.BytesIO()
    picklers = tested.Pickler(ours, protocol), pickle.Pickler(theirs, protocol)
    for value in (SHARED, SHARED[2], [SHARED, SHARED], "a text", SHARED[1]):
        for pickler in picklers:
            pickler.dump(value)
        assert_same_bytes(ours.getvalue(), theirs.getvalue())
    unpickler = tested.Unpickler(io.BytesIO(ours.getvalue() + b"rest"))
    found = [unpickler.load() for _ in range(5)]
    assert found[1] is found[0][2] and found[2][0] is found[0]
    assert_same(found[0], SHARED)


@each_protocol
def test_second_dump_needs_the_first(protocol):
    """As in pickle, a GET of what another stream has defined is an error."""
    pickler, target = new_pickler(protocol)
    dump(pickler, target, SHARED)
    second = dump(pickler, target, SHARED)
    with pytest.raises(pickle.UnpicklingError):
        tested.loads(second)


@each_protocol
def test_clear_memo(protocol):
    pickler, target = new_pickler(protocol)
    first = dump(pickler, target, SHARED)
    assert dump(pickler, target, SHARED) != first
    pickler.clear_memo()
    assert_same_bytes(dump(pickler, target, SHARED), first)
    pickler.memo.clear()
    assert_same_bytes(dump(pickler, target, SHARED), first)
    pickler.memo = {}
    assert_same_bytes(dump(pickler, target, SHARED), first)


def test_pickler_memo_holds_what_was_written():
    pickler, target = new_pickler(2)
    assert pickler.memo.copy() == {}
    text, pair = "a text", ("a", "pair")
    pickler.dump([text, pair, text])
    memo = pickler.memo.copy()
    assert type(memo) is dict
    assert memo[id(text)] == (1, text) and memo[id(pair)][1] is pair
    assert sorted(number for number, _ in memo.values()) == list(range(len(memo)))
    assert all(key == id(value) for key, (_, value) in memo.items())


def test_unpickler_memo_holds_what_was_read():
    unpickler = tested.Unpickler(io.BytesIO(pickle.dumps(["a", ["b"]], 2)))
    assert unpickler.memo.copy() == {}
    value = unpickler.load()
    memo = unpickler.memo.copy()
    assert memo == {0: value, 1: "a", 2: ["b"], 3: "b"}
    assert memo[0] is value


@pytest.mark.parametrize("protocol", (0, 2, pytest.param(4, marks=ours_only), pytest.param(5, marks=ours_only)))
def test_memo_of_one_pickler_primes_another(protocol):
    """With MEMOIZE too, where C pickle begins to count at 0 again and so overwrites; pickle.py does not."""
    first, target = new_pickler(protocol)
    first.dump(SHARED)
    for memo in (first.memo, first.memo.copy()):
        second, other = new_pickler(protocol)
        second.memo = memo
        data = dump(second, other, [SHARED, "more"])
        reader = tested.Unpickler(io.BytesIO(target.getvalue()))
        value = reader.load()
        primed = tested.Unpickler(io.BytesIO(data))
        primed.memo = reader.memo
        found = primed.load()
        assert found[0] is value and found[1] == "more"
        assert_same(value, SHARED)


def test_priming_copies():
    """The two memos go their own ways afterwards."""
    first, target = new_pickler()
    first.dump(SHARED)
    second, other = new_pickler()
    second.memo = first.memo
    size = len(first.memo.copy())
    second.dump(["new", ["and", "more"]])
    assert len(first.memo.copy()) == size
    first.clear_memo()
    assert len(second.memo.copy()) > size
    assert_same(tested.loads(dump(first, target, SHARED)), SHARED)


def test_memo_may_be_set_to_itself():
    pickler, target = new_pickler()
    pickler.dump(SHARED)
    before = pickler.memo.copy()
    pickler.memo = pickler.memo
    assert pickler.memo.copy() == before
    unpickler = tested.Unpickler(io.BytesIO(target.getvalue()))
    unpickler.load()
    before = unpickler.memo.copy()
    unpickler.memo = unpickler.memo
    assert_same(unpickler.memo.copy(), before)


def test_proxy_is_pickled_as_a_dict():
    pickler, target = new_pickler(2)
    pickler.dump(["text"])
    unpickler = tested.Unpickler(io.BytesIO(target.getvalue()))
    unpickler.load()
    for proxy in (pickler.memo, unpickler.memo):
        assert proxy.__reduce__() == (dict, (proxy.copy(),))
        assert pickle.loads(pickle.dumps(unpickler.memo)) == unpickler.memo.copy()
        with pytest.raises(TypeError):
            hash(proxy)


def test_proxy_outlives_its_pickler():
    pickler, target = new_pickler()
    pickler.dump(["text"])
    proxy = pickler.memo
    del pickler
    assert len(proxy.copy()) == 2
    proxy.clear()
    assert proxy.copy() == {}


@ours_only
def test_unpickler_memo_by_hand():
    """Numbers with gaps between them; what was there before is forgotten. C pickle forgets the new dict instead."""
    unpickler = tested.Unpickler(io.BytesIO(b"h\x03.h\x07.h\x05."))
    unpickler.memo = {5: "five"}
    unpickler.memo = {3: "three", 7: "seven"}
    assert unpickler.memo.copy() == {3: "three", 7: "seven"}
    assert unpickler.load() == "three"
    assert unpickler.load() == "seven"
    with pytest.raises(pickle.UnpicklingError):
        unpickler.load()


def test_pickler_memo_by_hand():
    """The numbers are the user's; what is memoised next gets the count of entries, as in pickle."""
    value = ["by hand"]
    theirs, ours = io.BytesIO(), io.BytesIO()
    for pickler in (tested.Pickler(ours, 2), pickle.Pickler(theirs, 2)):
        pickler.memo = {id(value): (300, value)}
        pickler.dump([value, "new"])
    assert_same_bytes(ours.getvalue(), theirs.getvalue())


@ours_only
@pytest.mark.parametrize("index", (-1, -(2**63), 2**63 + 5, 2**64))
def test_pickler_memo_with_an_index_that_is_none(index):
    """C pickle takes negative ones, and writes what cannot be read."""
    pickler, target = new_pickler()
    value = ["by hand"]
    before = sys.getrefcount(value)
    with pytest.raises((ValueError, OverflowError)):
        pickler.memo = {id(value): (index, value)}
    pickler.dump(value)
    pickler.clear_memo()
    assert sys.getrefcount(value) == before
    assert pickle.loads(target.getvalue()) == value


def test_setting_a_large_memo_leaves_the_collector_on():
    """It rests while a large pickle is loaded, and only then."""
    unpickler = tested.Unpickler(io.BytesIO(b"N."))
    assert gc.isenabled()
    unpickler.memo = dict.fromkeys(range(10_000), "object")
    assert gc.isenabled()
    assert len(unpickler.memo.copy()) == 10_000


@ours_only
def test_wrong_unpickler_memo_changes_nothing():
    """Neither what comes before the wrong key is taken, nor what was there dropped."""
    unpickler = tested.Unpickler(io.BytesIO(b"h\x03."))
    unpickler.memo = {3: "three"}
    with pytest.raises(TypeError):
        unpickler.memo = {4: "four", "five": 5}
    assert unpickler.memo.copy() == {3: "three"}
    assert unpickler.load() == "three"


def pickler(m):
    return m.Pickler(io.BytesIO())


def unpickler(m):
    return m.Unpickler(io.BytesIO())


WRONG = {
    **{
        f"Pickler.memo = {value!r:.20}": lambda m, value=value: setattr(pickler(m), "memo", value)
        for value in (5, None, object, [], {1: 2}, {1: (1,)}, {1: (1, 2, 3)}, {1: ("x", 1)}, {1: [1, 2]})
    },
    **{
        f"Unpickler.memo = {value!r:.20}": lambda m, value=value: setattr(unpickler(m), "memo", value)
        for value in (5, None, object, [], {-1: 1}, {"x": 1}, {1.0: 1}, {None: 1})
    },
    "Pickler.memo = an Unpickler's": lambda m: setattr(pickler(m), "memo", unpickler(m).memo),
    "Unpickler.memo = a Pickler's": lambda m: setattr(unpickler(m), "memo", pickler(m).memo),
    "del Pickler.memo": lambda m: delattr(pickler(m), "memo"),
    "del Unpickler.memo": lambda m: delattr(unpickler(m), "memo"),
    "copy of something": lambda m: pickler(m).memo.copy(1),
    "clear of something": lambda m: unpickler(m).memo.clear(1),
    "a proxy's attribute": lambda m: setattr(pickler(m).memo, "x", 1),
    "fast = text": lambda m: setattr(pickler(m), "fast", "x"),
    "fast = True": lambda m: [setattr(p := pickler(m), "fast", True), p.fast],
    "fast": lambda m: pickler(m).fast,
    "bin = 0": lambda m: [setattr(p := pickler(m), "bin", 0), p.bin],
    "del fast": lambda m: delattr(pickler(m), "fast"),
}


@pytest.mark.parametrize("scenario", WRONG.values(), ids=WRONG)
def test_wrong_values(scenario):
    assert_as_in_cpython(scenario)


def test_failed_assignment_changes_nothing():
    pickler, _ = new_pickler(2)
    pickler.dump(SHARED)
    before = pickler.memo.copy()
    good = {id(SHARED): (0, SHARED)}
    with pytest.raises(TypeError):
        pickler.memo = {**good, 5: "wrong"}
    assert pickler.memo.copy() == before


@ours_only
def test_failed_assignment_changes_nothing_in_an_unpickler():
    """C pickle leaves the good half of the bad dict in the old memo."""
    _, target = new_pickler(2)
    target.write(pickle.dumps(SHARED, 2))
    unpickler = tested.Unpickler(io.BytesIO(target.getvalue()))
    unpickler.load()
    before = unpickler.memo.copy()
    with pytest.raises(ValueError):
        unpickler.memo = {1: "good", -1: "wrong"}
    assert_same(unpickler.memo.copy(), before)


@pytest.mark.parametrize("number", (2**70, -(2**70)))
def test_number_beyond_any_memo(number):
    unpickler = tested.Unpickler(io.BytesIO(b"N."))
    with pytest.raises((OverflowError, ValueError)):
        unpickler.memo = {number: "far away"}
    assert unpickler.load() is None


@ours_only
def test_huge_number_in_a_memo_by_hand():
    """CPython allocates a table up to the highest number; here one entry takes the room of one."""
    unpickler = tested.Unpickler(io.BytesIO(b"N.h\x05."))
    unpickler.memo = {sys.maxsize - 1: "far away", 5: "near"}
    assert unpickler.memo.copy() == {sys.maxsize - 1: "far away", 5: "near"}
    assert unpickler.load() is None
    assert unpickler.load() == "near"
