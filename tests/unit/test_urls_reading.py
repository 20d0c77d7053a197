# SPDX-License-Identifier: BSD-3-Clause
"""Loads by URL: what is asked of a store, and what is made of its failures."""

import io
import random
import time

import fastjoblib
import numpy as np
import pytest
from helpers.fake_store import FakeStore

MIB = 1 << 20


@pytest.fixture(autouse=True)
def store():
    FakeStore.clear()
    yield FakeStore
    FakeStore.clear()


def saved(value, name="m", **options):
    FakeStore.put(name, (data := fastjoblib.dumps(value, **options)))
    return data


def arrays(n, nbytes):
    return {f"a{i}": np.full(nbytes // 8, float(i)) for i in range(n)}


def same(found, value):
    assert found.keys() == value.keys()
    return all(np.array_equal(found[key], value[key]) for key in value)


@pytest.mark.parametrize("compress", [0, "zlib", "gzip", "lz4", "xz", "bz2"])
def test_large_objects_come_in_parallel_ranges(store, compress):
    value = {"noise": np.random.default_rng(0).integers(0, 256, 24 * MIB, dtype="u1"), "text": ["x"] * 1000}
    if compress in ("xz", "bz2"):
        value["noise"] = value["noise"][: 2 * MIB]
    data = saved(value, compress=compress)
    store.delay = 0.002
    assert same(fastjoblib.load("fake://m"), value)
    assert same(fastjoblib.safe_load("fake://m"), value)
    if compress in ("xz", "bz2"):  # which Python's modules read from the start, when that is known
        assert store.moved() < 2 * len(data) + MIB
    else:
        assert store.moved() == 2 * len(data)  # each byte once
        assert store.most_at_once >= (4 if compress == 0 else 2)


def test_what_is_ahead_is_bounded(store):
    """A reader that stops does not go on to read all of it."""
    saved(arrays(1, 256 * MIB))
    from fastjoblib._stores import open_reader

    with open_reader("fake://m") as file:
        buffer = bytearray(8 * MIB)
        for _ in range(10):
            assert file.readinto(buffer) == len(buffer)
        time.sleep(0.05)
        assert 80 * MIB <= store.moved() <= (80 + 64 + 4) * MIB


def test_inspecting_reads_no_arrays(store):
    value = arrays(5, 16 * MIB)
    data = saved(value)
    report = fastjoblib.inspect("fake://m")
    assert [array.shape for array in report.arrays] == [(2 * MIB,)] * 5
    assert (report.filename, report.nbytes, report.seal) == ("fake://m", len(data), None)
    assert store.moved() < 256 << 10


def test_any_reads_and_seeks(store):
    data = np.random.default_rng(1).integers(0, 256, 3 * MIB, dtype="u1").tobytes()
    store.put("m", data)
    from fastjoblib._stores import open_reader

    chance = random.Random(2)
    with open_reader("fake://m") as ours, io.BytesIO(data) as theirs:
        for _ in range(300):
            step = chance.randrange(4)
            place = chance.choice([chance.randrange(len(data) + 10), theirs.tell(), theirs.tell() + 100])
            n = chance.choice([0, 1, 1000, 100_000, MIB])
            if step == 0:
                assert ours.seek(place) == theirs.seek(place)
            elif step == 1:
                buffer, before = bytearray(n), theirs.tell()
                got = ours.read_at(place, buffer)
                assert bytes(buffer[:got]) == data[place : place + n] and ours.tell() == before
            else:
                assert ours.read(n) == theirs.read(n)
            assert ours.tell() == theirs.tell()


def test_a_claim_of_more_than_there_is(store):
    """The size is known, so that nothing is allocated for what cannot come."""
    data = saved(arrays(1, MIB))
    store.put("m", data[: MIB // 2])
    with pytest.raises(fastjoblib.TruncatedFileError, match="'fake://m' is truncated"):
        fastjoblib.load("fake://m")
    store.put("m", b"\x80\x05\x8e" + (1 << 40).to_bytes(8, "little") + b"abc")
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load("fake://m")


class Throttled(Exception):
    def __init__(self, status):
        super().__init__("slow down")
        self.status = status


FAILURES = {
    "reset": lambda: ConnectionResetError("reset by peer"),
    "time": lambda: TimeoutError(),
    "429": lambda: Throttled(429),
    "503": lambda: Throttled(503),
}


@pytest.mark.parametrize("kind", [*FAILURES, "short"])
def test_failures_that_pass(store, kind, monkeypatch):
    monkeypatch.setattr("fastjoblib._stores.objects._PAUSE", 0.001)
    value = arrays(3, 8 * MIB)
    saved(value)
    chance, failed = random.Random(3), []

    def before(number, start, end):
        if chance.random() < 0.5:
            failed.append(number)
            if kind == "short":
                return bytes((end - start) // 2)
            raise FAILURES[kind]()

    store.before = before
    for _ in range(3):
        assert same(fastjoblib.load("fake://m"), value)
    assert len(failed) > 5


@pytest.mark.parametrize(
    ("error", "kind", "attempts"),
    [
        (lambda: ConnectionResetError("reset"), OSError, 6),
        (lambda: Throttled(503), OSError, 6),
        (lambda: Throttled(403), PermissionError, 1),
        (lambda: PermissionError("The provided token has expired."), PermissionError, 1),
        (lambda: FileNotFoundError("gone"), FileNotFoundError, 1),
    ],
)
def test_failures_that_stay(store, error, kind, attempts, monkeypatch):
    monkeypatch.setattr("fastjoblib._stores.objects._PAUSE", 0.001)
    saved([1, 2, 3])

    def before(number, start, end):
        raise error()

    store.before = before
    with pytest.raises(kind) as caught:
        fastjoblib.load("fake://m")
    assert caught.value.filename == "fake://m" and len(store.requests) == attempts
    assert caught.value.__suppress_context__  # texts of clients may show what is secret


def test_a_server_that_sends_all_for_a_part(store):
    data = saved(arrays(1, 6 * MIB))
    store.before = lambda number, start, end: data
    with pytest.raises(OSError, match="all of the object for a part"):
        fastjoblib.load("fake://m")


@pytest.mark.parametrize("other", ["alike", "shorter", "gone"])
def test_an_object_that_is_replaced_meanwhile(store, other):
    """An error, and never a mixture of two objects."""
    saved(arrays(4, 8 * MIB))

    def before(number, start, end):
        if number == 3:
            if other == "gone":
                del store.objects["m"]
            else:
                saved(arrays(4, 8 * MIB if other == "alike" else MIB))

    store.before = before
    kinds = (fastjoblib.ObjectChangedError, FileNotFoundError) if other == "gone" else fastjoblib.ObjectChangedError
    with pytest.raises(kinds) as caught:
        fastjoblib.load("fake://m")
    assert caught.value.filename == "fake://m"
    for read in (fastjoblib.load, fastjoblib.safe_load, fastjoblib.inspect):
        store.before = staticmethod(lambda number, start, end: None)
        if other == "gone":
            saved([1])
        read("fake://m")


def test_an_interrupted_load_leaves_no_requests(store):
    saved(arrays(2, 64 * MIB))
    store.delay = 0.06  # progress is told 20 times a second

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fastjoblib.load("fake://m", progress=interrupt)
    time.sleep(0.1)  # those that had begun
    before = len(store.requests)
    time.sleep(0.1)
    assert len(store.requests) == before < 33
