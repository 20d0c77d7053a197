# SPDX-License-Identifier: BSD-3-Clause
"""__init__ that is called by what __init__ calls: the attributes of a file, an iterator of buffers, finalizers."""

import gc
import io
import pickle
import weakref

from helpers.control import error_of
from helpers.pickle_module import ours_only, tested

pytestmark = ours_only


def test_file_that_initialises_its_own_pickler():
    """While __init__ looks for write, __init__ is called again."""
    inner, outer = io.BytesIO(), io.BytesIO()
    pickler = tested.Pickler.__new__(tested.Pickler)

    class File:
        @property
        def write(self):
            pickler.__init__(inner)
            return outer.write

    error_of(pickler.__init__, File())
    assert error_of(pickler.dump, ["value"])[1] is None
    assert pickle.dumps(["value"]) in (inner.getvalue(), outer.getvalue())


def test_buffers_that_initialise_their_own_unpickler():
    """While __init__ asks for an iterator, __init__ is called again: the outer call's options count, and are kept."""
    unpickler = tested.Unpickler.__new__(tested.Unpickler)

    class Buffers:
        def __iter__(self):
            unpickler.__init__(io.BytesIO(), encoding="".join(("as", "cii")))
            return iter((b"buffer",))

    def options():  # no other reference to these strings
        return {"encoding": "".join(("latin", "1")), "errors": "".join(("str", "ict"))}

    unpickler.__init__(io.BytesIO(b"U\x01\xe9\x97\x86."), buffers=Buffers(), **options())
    assert unpickler.load() == ("\xe9", b"buffer")


def test_init_called_within_init_leaks_nothing():
    class Target(io.BytesIO):
        pass

    class File:
        @property
        def write(self):
            inner = Target()
            references.append(weakref.ref(inner))
            pickler.__init__(inner)
            return outer.write

    references, outer = [], io.BytesIO()
    pickler = tested.Pickler.__new__(tested.Pickler)
    pickler.__init__(File())
    pickler.dump(["value"])
    assert pickle.loads(outer.getvalue()) == ["value"]
    gc.collect()
    assert [reference() for reference in references] == [None]


def test_finalizers_that_initialise():
    """The last object of a memo initialises the Pickler or Unpickler once more, as __init__ drops the memo."""

    class Last:
        def __init__(self, use):
            self.use = use

        def __reduce__(self):
            return (str, ("last",))

        def __del__(self):
            self.use()

    first, second, third = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pickler = tested.Pickler(first)
    pickler.dump([Last(lambda: pickler.__init__(third))] * 2)
    pickler.__init__(second)
    pickler.dump("after")
    assert (second.getvalue(), third.getvalue()) == (b"", pickle.dumps("after"))

    unpickler = tested.Unpickler(io.BytesIO())
    unpickler.memo = {0: Last(lambda: unpickler.__init__(io.BytesIO(pickle.dumps("third")))), 1: "more"}
    unpickler.__init__(io.BytesIO(pickle.dumps("second")))
    assert unpickler.load() == "third"
