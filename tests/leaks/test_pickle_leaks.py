# SPDX-License-Identifier: BSD-3-Clause
"""fastjoblib.pickle again and again, in success and in error: nothing is left behind."""

import copyreg
import gc
import io
import pickle

import pytest
from helpers import classes, streams
from helpers.control import error_of
from helpers.measure import assert_flat, assert_rss_flat, frozen, no_measure
from helpers.pickle_module import tested

pytestmark = [pytest.mark.leaks, no_measure]

VALUE = {
    "scalars": [None, True, 5, -(2**40), 2**100, 1.5, "text", "\u20ac", b"bytes", bytearray(b"x")],
    "containers": [(), (1,), (1, 2, 3, 4), {1: 2}, {3}, frozenset({4}), ["shared"]],
    "objects": [classes.Plain(a=1), classes.Slots(1, 2), classes.StateSetter(a=1), classes.NAMED, len, complex(1, 2)],
    "large": ["x" * 70_000, bytes(70_000)],
}
BUFFERS = [pickle.PickleBuffer(b"read-only"), pickle.PickleBuffer(bytearray(b"writable"))]
DATA = {protocol: pickle.dumps(VALUE, protocol) for protocol in (2, 3, 4, 5)}
WATCHED = [classes.Plain, copyreg.dispatch_table, VALUE, tested.Pickler, tested.Unpickler, "text"]


class Exploding:
    def __reduce__(self):
        raise ZeroDivisionError


class Writer(tested.Pickler):
    dispatch_table = copyreg.dispatch_table.copy()

    def persistent_id(self, obj):
        return "five" if obj == 5 else None

    def reducer_override(self, obj):
        return (str, ("overridden",)) if isinstance(obj, complex) else NotImplemented


class Reader(tested.Unpickler):
    def persistent_load(self, pid):
        return pid

    def find_class(self, module, name):
        return super().find_class(module, name)


def sink():
    return io.BytesIO()


def functions():
    for protocol, data in DATA.items():
        yield lambda protocol=protocol: tested.dumps(VALUE, protocol)
        yield lambda protocol=protocol: tested.dump(VALUE, sink(), protocol)
        yield lambda data=data: tested.loads(data)
        yield lambda data=data: tested.load(io.BytesIO(data))
        yield lambda data=data: [error_of(tested.loads, data[: len(data) * i // 10]) for i in range(10)]
        yield lambda data=data: [error_of(tested.load, io.BytesIO(data[: len(data) * i // 10])) for i in range(10)]
    yield lambda: error_of(tested.dumps, [VALUE, Exploding()])
    yield lambda: error_of(tested.dump, VALUE, streams.FailingWriter(100))
    yield lambda: tested.loads(tested.dumps(BUFFERS, 5))
    yield lambda: tested.loads(tested.dumps(BUFFERS, 5, buffer_callback=(found := []).append), buffers=found)
    yield lambda: error_of(tested.loads, tested.dumps(BUFFERS, 5, buffer_callback=[].append), buffers=[b"one"])
    yield lambda: error_of(tested.dumps, BUFFERS, 5, buffer_callback=lambda buffer: 1 / 0)
    yield lambda: [error_of(tested.loads, b"U\x01\xe9.", encoding=name) for name in ("ASCII", "latin1", "bytes", "no")]
    for arguments in ((), (1,), (1, 2), (1, 77), (1, sink(), "x")):
        yield lambda arguments=arguments: [error_of(tested.dump, *arguments), error_of(tested.dumps, *arguments)]
        yield lambda arguments=arguments: [error_of(tested.load, *arguments), error_of(tested.loads, *arguments)]


def picklers():
    for protocol in (2, 4, 5):
        yield lambda protocol=protocol: Writer(sink(), protocol).dump(VALUE)
        yield lambda protocol=protocol: error_of(Writer(sink(), protocol).dump, [VALUE, Exploding()])
    yield lambda: [error_of(Writer), error_of(Writer, 5), error_of(Writer, sink(), 77)]
    yield lambda: error_of(Writer.__new__(Writer).dump, 1)

    def again():
        pickler = Writer(sink())
        for _ in range(3):
            pickler.dump(VALUE)
        pickler.__init__(sink(), 2)
        pickler.dump(VALUE)
        error_of(pickler.__init__, 5)
        error_of(pickler.dump, VALUE)

    def memos():
        first, second = Writer(sink()), Writer(sink())
        first.dump(VALUE)
        second.memo = first.memo
        second.memo = first.memo.copy()
        second.memo = second.memo
        for wrong in (5, {1: 2}, {1: (0, "good"), 2: "bad"}, None):
            error_of(setattr, second, "memo", wrong)
        first.memo.clear()
        second.dump(VALUE)
        pickle.dumps(second.memo)

    def cycle():
        pickler = Writer(sink())
        pickler.me = pickler
        pickler.dump([VALUE])
        pickler.memo = {1: (0, pickler), **pickler.memo.copy()}
        del pickler
        gc.collect()

    def attributes():
        pickler = tested.Pickler(sink())
        pickler.dispatch_table = {complex: lambda z: (str, ("x",))}
        pickler.dump(VALUE)
        pickler.fast = True
        pickler.dump([VALUE["scalars"], VALUE["containers"]])
        error_of(pickler.dump, VALUE)  # a state setter needs the memo

    yield from (again, memos, cycle, attributes)


def unpicklers():
    written = sink()
    writer = Writer(written)
    for _ in range(3):
        writer.dump(VALUE)
    data = written.getvalue()

    def several():
        reader = Reader(io.BytesIO(data), encoding="latin1", errors="ignore", buffers=[])
        for _ in range(3):
            reader.load()
        error_of(reader.load)
        reader.__init__(streams.ReadAndReadline(data))
        reader.load()

    def memos():
        first, second = Reader(io.BytesIO(data)), Reader(io.BytesIO(data))
        first.load()
        second.memo = first.memo
        second.memo = first.memo.copy()
        for wrong in (5, {-1: 2}, {1: "good", "x": "bad"}, None, {2**70: 1}):
            error_of(setattr, second, "memo", wrong)
        first.memo.clear()
        pickle.dumps(second.memo)
        second.load()

    def cycle():
        reader = Reader(io.BytesIO(DATA[2]))
        reader.me = reader
        reader.memo = {100: reader}
        reader.load()
        del reader
        gc.collect()

    yield from (several, memos, cycle)
    yield lambda: [error_of(Reader), error_of(Reader, 5), error_of(Reader, io.BytesIO(), buffers=5)]
    yield lambda: error_of(Reader.__new__(Reader).load)
    yield lambda: error_of(tested.Unpickler(io.BytesIO(b"Pid\n.")).load)
    yield lambda: error_of(tested.Unpickler(io.BytesIO()).find_class, "no_such_module", "name")
    yield lambda: [error_of(Reader(io.BytesIO(data[:end])).load) for end in range(0, len(data) // 3, 20_000)]


PATHS = {"functions": functions, "picklers": picklers, "unpicklers": unpicklers}


@pytest.mark.parametrize("name", PATHS)
def test_nothing_is_left_behind(name):
    with frozen():
        for i, work in enumerate(PATHS[name]()):
            try:
                assert_flat(work, watched=WATCHED)
            except AssertionError as error:
                raise AssertionError(f"{name}, path {i}: {error}") from None


def test_memory_is_flat():
    big = ["x" * 1_000_000, list(range(50_000)), bytes(1_000_000)]

    def dump_and_load():
        target = io.BytesIO()
        Writer(target).dump(big)
        target.seek(0)
        Reader(target).load()
        data = tested.dumps(big)
        tested.loads(data)
        error_of(tested.loads, data[:-1])
        error_of(tested.dumps, [big, Exploding()])

    assert_rss_flat(dump_and_load, 2_000_000, rounds=25, warm_up=5)
