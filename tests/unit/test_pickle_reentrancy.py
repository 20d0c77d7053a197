# SPDX-License-Identifier: BSD-3-Clause
"""A Pickler or Unpickler that is used while it works: RuntimeError, and never a crash.

CPython 3.10 to 3.13 let it happen: the inner dump writes into the outer one's buffer, and what comes out cannot be
loaded. So these are differences on purpose.
"""

import io
import pickle

import pytest
from helpers import classes
from helpers.compare import assert_same
from helpers.control import error_of
from helpers.pickle_module import ours_only, tested

pytestmark = ours_only

# What may be done to a Pickler, from within its own dump.
PICKLER_USES = {
    "dump": lambda pickler: pickler.dump(["inner"]),
    "clear_memo": lambda pickler: pickler.clear_memo(),
    "memo.clear": lambda pickler: pickler.memo.clear(),
    "memo.copy": lambda pickler: pickler.memo.copy(),
    "memo = {}": lambda pickler: setattr(pickler, "memo", {}),
    "__init__": lambda pickler: pickler.__init__(io.BytesIO()),
}
UNPICKLER_USES = {
    "load": lambda unpickler: unpickler.load(),
    "memo.clear": lambda unpickler: unpickler.memo.clear(),
    "memo.copy": lambda unpickler: unpickler.memo.copy(),
    "memo = {}": lambda unpickler: setattr(unpickler, "memo", {}),
    "__init__": lambda unpickler: unpickler.__init__(io.BytesIO(b"N.")),
}
pickler_uses = pytest.mark.parametrize("use", PICKLER_USES.values(), ids=PICKLER_USES)
unpickler_uses = pytest.mark.parametrize("use", UNPICKLER_USES.values(), ids=UNPICKLER_USES)


class Meddler:
    """Tries `use` on `target` once, and keeps what came of it."""

    def __init__(self, use):
        self.use = use
        self.target = None
        self.error = None
        self.tried = False

    def __call__(self):
        if not self.tried and self.target is not None:
            self.tried = True
            _, self.error = error_of(self.use, self.target)

    def check(self):
        assert self.tried
        assert type(self.error) is RuntimeError and "in use" in str(self.error), repr(self.error)


def pickler_with_persistent_id(meddle, target):
    class Meddling(tested.Pickler):
        def persistent_id(self, obj):
            if isinstance(obj, classes.Plain):
                meddle()

    return Meddling(target)


def pickler_with_reducer_override(meddle, target):
    class Meddling(tested.Pickler):
        def reducer_override(self, obj):
            meddle()
            return NotImplemented

    return Meddling(target)


def pickler_with_a_table(meddle, target):
    class Table(dict):
        def __missing__(self, key):
            meddle()
            raise KeyError(key)

    pickler = tested.Pickler(target)
    pickler.dispatch_table = Table()
    return pickler


def pickler_with_a_file(meddle, target):
    class File:
        def write(self, data):
            meddle()
            return target.write(data)

    return tested.Pickler(File())


def pickler_with_a_lookup(meddle, target):
    class Meddling(tested.Pickler):
        @property
        def reducer_override(self):
            meddle()
            return lambda obj: NotImplemented

    return Meddling(target)


PICKLERS = [
    pickler_with_persistent_id,
    pickler_with_reducer_override,
    pickler_with_a_table,
    pickler_with_a_file,
    pickler_with_a_lookup,
]


@pickler_uses
@pytest.mark.parametrize("make", PICKLERS, ids=lambda make: make.__name__)
def test_pickler_within_its_dump(make, use):
    """The inner call fails, the outer one goes on as if it had not been made."""
    target = io.BytesIO()
    meddler = Meddler(use)
    pickler = make(meddler, target)
    meddler.target = pickler
    value = ["text", classes.Plain(a=1), ("text", classes.Plain(b=["x" * 100_000]))]
    pickler.dump(value)
    meddler.check()
    assert_same(pickle.loads(target.getvalue()), value)
    pickler.clear_memo()
    pickler.dump("after")
    assert target.getvalue().endswith(pickle.dumps("after"))


@pickler_uses
def test_pickler_within_reduce_and_buffer_callback(use):
    meddler, in_callback = Meddler(use), Meddler(use)

    class Reducing:
        def __reduce__(self):
            meddler()
            return (str, ("reduced",))

    target = io.BytesIO()
    pickler = tested.Pickler(target, 5, buffer_callback=lambda buffer: in_callback())
    meddler.target = in_callback.target = pickler
    pickler.dump([Reducing(), pickle.PickleBuffer(b"buffer"), "text"])
    meddler.check()
    in_callback.check()
    assert pickle.loads(target.getvalue(), buffers=[b"buffer"]) == ["reduced", b"buffer", "text"]


def unpickler_with_find_class(meddle, data):
    class Meddling(tested.Unpickler):
        def find_class(self, module, name):
            meddle()
            return super().find_class(module, name)

    return Meddling(io.BytesIO(data))


def unpickler_with_a_file(meddle, data):
    source = io.BytesIO(data)

    class File:
        def read(self, n):
            meddle()
            return source.read(n)

        def readline(self):
            meddle()
            return source.readline()

    return tested.Unpickler(File())


def unpickler_with_setstate(meddle, data):
    class Meddling(tested.Unpickler):
        def find_class(self, module, name):
            found = super().find_class(module, name)
            return Setstate if found is classes.Plain else found

    class Setstate(classes.Plain):
        def __setstate__(self, state):
            meddle()
            self.__class__ = classes.Plain
            self.__dict__.update(state)

    return Meddling(io.BytesIO(data))


@unpickler_uses
@pytest.mark.parametrize("protocol", (0, 2, 5))
@pytest.mark.parametrize(
    "make",
    (unpickler_with_find_class, unpickler_with_a_file, unpickler_with_setstate),
    ids=lambda make: make.__name__,
)
def test_unpickler_within_its_load(make, protocol, use):
    value = ["text", classes.Plain(a=1), ("text", classes.Plain(b=[2]))]
    meddler = Meddler(use)
    unpickler = make(meddler, pickle.dumps(value, protocol) + pickle.dumps("after"))
    meddler.target = unpickler
    assert_same(unpickler.load(), value)
    meddler.check()
    assert unpickler.load() == "after"


@unpickler_uses
def test_unpickler_within_its_persistent_load_and_buffers(use):
    meddler, in_buffers = Meddler(use), Meddler(use)

    class Meddling(tested.Unpickler):
        def persistent_load(self, pid):
            meddler()
            return pid

    def buffers():
        in_buffers()
        yield b"buffer"

    unpickler = Meddling(io.BytesIO(b"\x80\x05\x8c\x02idQ\x97\x86."), buffers=buffers())
    meddler.target = in_buffers.target = unpickler
    assert unpickler.load() == ("id", b"buffer")
    meddler.check()
    in_buffers.check()


def test_finalizers_run_while_a_memo_is_cleared():
    """What the memo held last may, as it goes, use the Pickler or Unpickler whose memo it was."""
    uses = []

    class Last:
        def __init__(self, use):
            self.use = use

        def __reduce__(self):
            return (str, ("last",))

        def __del__(self):
            uses.append(error_of(self.use)[1])

    for clear in (PICKLER_USES["clear_memo"], PICKLER_USES["memo.clear"], PICKLER_USES["memo = {}"], lambda p: None):
        target = io.BytesIO()
        pickler = tested.Pickler(target)
        pickler.dump([Last(lambda pickler=pickler: pickler.dump(["from __del__"]))] * 3)
        clear(pickler)
        pickler.dump("after")
        assert b"after" in target.getvalue()
    unpickler = tested.Unpickler(io.BytesIO(pickle.dumps(["first"]) + pickle.dumps(["second"])))
    for clear in (UNPICKLER_USES["memo.clear"], UNPICKLER_USES["memo = {}"]):
        unpickler.memo = {0: Last(lambda: unpickler.load()), 1: "more"}
        clear(unpickler)
    assert len(uses) >= 5
