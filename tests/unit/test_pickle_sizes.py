# SPDX-License-Identifier: BSD-3-Clause
"""What the base classes of fastjoblib.pickle answer: how much memory they take, and the hooks that nobody overrode."""

import io
import sys

import pytest
from fastjoblib import pickle

LISTS = [[] for _ in range(10_000)]


def test_a_pickler_tells_the_size_of_its_memo():
    pickler = pickle.Pickler(io.BytesIO())
    empty = sys.getsizeof(pickler)
    pickler.dump(LISTS)
    full = sys.getsizeof(pickler)
    assert full - empty >= 8 * len(LISTS)  # a pointer each, at the least
    pickler.clear_memo()
    pickler.dump(LISTS[:5])
    assert sys.getsizeof(pickler) <= full
    assert sys.getsizeof(pickle.Pickler.__new__(pickle.Pickler)) <= empty


def test_an_unpickler_tells_the_size_of_its_memo():
    unpickler = pickle.Unpickler(io.BytesIO(pickle.dumps(LISTS)))
    empty = sys.getsizeof(unpickler)
    unpickler.load()
    assert sys.getsizeof(unpickler) - empty >= 8 * len(LISTS)
    assert sys.getsizeof(pickle.Unpickler.__new__(pickle.Unpickler)) <= empty


def test_hooks_can_be_called_by_those_that_override_them():
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            return "five" if obj == 5 else super().persistent_id(obj)

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, pid):
            return 5 if pid == "five" else super().persistent_load(pid)

    target = io.BytesIO()
    Pickler(target).dump([5, 6])
    assert Unpickler(io.BytesIO(target.getvalue())).load() == [5, 6]
    with pytest.raises(pickle.UnpicklingError, match="persistent"):
        Unpickler(io.BytesIO(target.getvalue().replace(b"five", b"four"))).load()
