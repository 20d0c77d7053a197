# SPDX-License-Identifier: BSD-3-Clause
"""A Pickler and an Unpickler over their life: after errors, in cycles, with attributes, at great depth."""

import gc
import io
import pickle
import weakref

import pytest
from helpers import classes
from helpers.control import assert_same_bytes, error_of
from helpers.pickle_module import NAME, assert_as_in_cpython, ours_only, tested
from helpers.run import needs_memory_limit, run_python
from helpers.streams import ReadAndReadline

VALUE = ["text", classes.Plain(a=[1]), ("a", "tuple"), "x" * 100_000]


class Boom(Exception):
    pass


class Exploding:
    def __reduce__(self):
        raise Boom


class FailsAt:
    """A file whose nth write fails."""

    def __init__(self, n):
        self.n = n
        self.content = b""

    def write(self, data):
        self.n -= 1
        if self.n == 0:
            raise Boom
        self.content += data


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("n", (1, 2, 3))
def test_after_a_write_that_failed(protocol, n):
    """With its memo cleared, the Pickler is as good as new."""
    target = FailsAt(n)
    pickler = tested.Pickler(target, protocol)
    error = error_of(pickler.dump, VALUE)[1]
    writes = FailsAt(0)
    pickle.Pickler(writes, protocol).dump(VALUE)
    if error is None:  # the pickle took fewer writes
        assert_same_bytes(target.content, writes.content)
        return
    assert type(error) is Boom
    target.content = b""
    target.n = 0
    pickler.clear_memo()
    pickler.dump(VALUE)
    assert_same_bytes(target.content, writes.content)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_after_an_object_that_failed(protocol):
    """What the failed dump wrote stands in the stream or not; the next one follows, whole."""
    target = io.BytesIO()
    pickler = tested.Pickler(target, protocol)
    for bad in (Exploding(), [VALUE, Exploding()], {"k": (1, Exploding())}, classes.Plain(a=Exploding())):
        with pytest.raises(Boom):
            pickler.dump(bad)
        pickler.clear_memo()
        start = len(target.getvalue())
        pickler.dump(VALUE)
        assert_same_bytes(target.getvalue()[start:], pickle.dumps(VALUE, protocol))
        pickler.clear_memo()


def test_memo_after_an_object_that_failed_is_that_of_c_pickle():
    """Kept, though the stream may lack what it speaks of: hence clear_memo, or a Pickler for each dump."""
    memos = []
    for pickler in (tested.Pickler(io.BytesIO(), 2), pickle.Pickler(io.BytesIO(), 2)):
        with pytest.raises(Boom):
            pickler.dump([VALUE, Exploding()])
        memos.append(sorted(number for number, _ in pickler.memo.copy().values()))
    assert memos[0] == memos[1] != []


def test_unpickler_after_an_error():
    """It goes on behind the instruction that failed, with the memo as it was, as CPython's does."""
    damaged = b"\x80\x02]q\x00(K\x01cno_such_module\nname\n"

    def scenario(m):
        unpickler = m.Unpickler(ReadAndReadline(damaged + pickle.dumps("next", 2) + b"h\x00."))
        _, error = error_of(unpickler.load)
        return type(error), unpickler.load(), unpickler.load(), isinstance(error_of(unpickler.load)[1], EOFError)

    assert_as_in_cpython(scenario)
    assert scenario(tested) == (ModuleNotFoundError, "next", "next", True)


def subclasses():
    class Writer(tested.Pickler):
        pass

    class Reader(tested.Unpickler):
        pass

    return Writer(io.BytesIO()), Reader(io.BytesIO(pickle.dumps([1])))


@pytest.mark.parametrize("which", (0, 1), ids=("Pickler", "Unpickler"))
def test_attributes_of_a_subclass(which):
    instance = subclasses()[which]
    instance.anything = 5
    assert instance.__dict__ == {"anything": 5}
    del instance.anything
    with pytest.raises(AttributeError):
        _ = instance.anything
    reference = weakref.ref(instance)
    del instance
    assert reference() is None


@pytest.mark.parametrize("which", (0, 1), ids=("Pickler", "Unpickler"))
@pytest.mark.parametrize(
    "through",
    # CPython 3.10's collector does not look into the memo
    ("attribute", pytest.param("memo", marks=ours_only), "file", "bound method", "memo proxy"),
)
def test_cycles_are_collected(which, through):
    instance = subclasses()[which]
    if through == "attribute":
        instance.me = instance
    elif through == "memo":
        holder = [instance]
        instance.memo = {0: holder} if which else {id(holder): (0, holder)}
        del holder
    elif through == "file":
        file = type("File", (io.BytesIO,), {})(b"N.")
        file.owner = instance
        instance.__init__(file)
        del file
    elif through == "bound method":
        instance.bound = instance.load if which else instance.dump
    else:
        instance.proxy = instance.memo
    if which:
        instance.load()
    else:
        instance.dump(["x"])
    reference = weakref.ref(instance)
    del instance
    gc.collect()
    assert reference() is None


def test_buffers_and_callback_are_collected():
    class Writer(tested.Pickler):
        pass

    class Reader(tested.Unpickler):
        pass

    class Callback(list):
        def __call__(self, buffer):
            pass

        __iter__ = list.__iter__

    callback, buffers = Callback(), Callback([b"x"])
    writer, reader = Writer(io.BytesIO(), 5, buffer_callback=callback), Reader(io.BytesIO(), buffers=buffers)
    callback.append(writer)
    buffers.append(reader)
    references = [weakref.ref(writer), weakref.ref(reader)]
    del writer, reader, callback, buffers
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def test_pickler_keeps_what_it_wrote_alive():
    """Until clear_memo: otherwise an id might come up again for another object."""
    pickler = tested.Pickler(io.BytesIO())
    node = classes.Node()
    reference = weakref.ref(node)
    pickler.dump(node)
    del node
    assert reference() is not None
    pickler.clear_memo()
    assert reference() is None


DEEP = """
import importlib, io, pickle, sys
m = importlib.import_module({name!r})
limit_memory(4 << 30)
N = int(sys.argv[1])
protocol = int(sys.argv[2])

class Writer(m.Pickler):
    def persistent_id(self, obj):
        return None
    def reducer_override(self, obj):
        return NotImplemented

class Reader(m.Unpickler):
    def persistent_load(self, pid):
        raise AssertionError
    def find_class(self, module, name):
        return super().find_class(module, name)

def by_classes(value):
    target = io.BytesIO()
    Writer(target, protocol).dump(value)
    return Reader(io.BytesIO(target.getvalue())).load()

def by_functions(value):
    return m.loads(m.dumps(value, protocol))

for round_trip in (by_functions, by_classes):
    value = last = []
    for _ in range(N):
        last.append([])
        last = last[0]
    last.append("core")
    found = round_trip(value)
    depth = 0
    while isinstance(found, list):
        found = found[0]
        value = value[0]
        depth += 1
    assert (found, value, depth) == ("core", "core", N + 1)
"""


@ours_only
@needs_memory_limit
@pytest.mark.parametrize("n, protocol", [(300_000, 0), (300_000, 2), (1_000_000, 5)])
def test_depth(n, protocol):
    """A million nested lists; C pickle stops at the recursion limit."""
    run_python(DEEP.format(name=NAME), arguments=[n, protocol])


@ours_only
def test_attributes_of_an_instance():
    """CPython's types take none but dispatch_table; ours are found on instances as on subclasses."""
    target = io.BytesIO()
    pickler = tested.Pickler(target)
    pickler.reducer_override = lambda obj: (str, ("overridden",)) if isinstance(obj, complex) else NotImplemented
    pickler.persistent_id = lambda obj: "id" if obj == 5 else None
    pickler.dump([5, 1j])
    unpickler = tested.Unpickler(io.BytesIO(target.getvalue()))
    unpickler.persistent_load = lambda pid: f"loaded {pid}"
    assert unpickler.load() == ["loaded id", "overridden"]


ENDLESS = """
import importlib, io
m = importlib.import_module({name!r})
limit_memory(1 << 30)

class Endless(m.Pickler):
    def persistent_id(self, obj):
        return ("id", obj) if obj == 5 else None  # the id's items may have ids too

try:
    Endless(io.BytesIO()).dump([5])
except RecursionError as error:
    print(error)
"""


@needs_memory_limit
def test_id_that_contains_its_object():
    """RecursionError, as for what is reduced to itself, and not all memory."""
    assert run_python(ENDLESS.format(name=NAME)).strip()
