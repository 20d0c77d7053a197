# SPDX-License-Identifier: BSD-3-Clause
"""One Pickler or Unpickler and several threads: one at a time, or RuntimeError."""

import io
import pickle
import threading
import time

import fastjoblib
import pytest
from helpers import classes
from helpers.compare import assert_same
from helpers.control import error_of
from helpers.pickle_module import ours_only, tested

pytestmark = ours_only  # CPython 3.10 to 3.13 mix the two streams up


def test_two_threads_with_one_unpickler():
    """The second is refused while the first one loads."""
    entered, refused = threading.Event(), threading.Event()

    class Waiting(tested.Unpickler):
        def find_class(self, module, name):
            entered.set()
            assert refused.wait(60)
            return super().find_class(module, name)

    value = [classes.Plain(a=1)]
    unpickler = Waiting(io.BytesIO(pickle.dumps(value)))
    found = []
    thread = threading.Thread(target=lambda: found.append(unpickler.load()))
    thread.start()
    try:
        assert entered.wait(60)
        with pytest.raises(RuntimeError, match="in use"):
            unpickler.load()
    finally:
        refused.set()
        thread.join()
    assert_same(found, [value])


def test_two_threads_with_one_pickler():
    entered, refused = threading.Event(), threading.Event()

    class Waiting(tested.Pickler):
        def persistent_id(self, obj):
            entered.set()
            assert refused.wait(60)

    target = io.BytesIO()
    pickler = Waiting(target)
    thread = threading.Thread(target=pickler.dump, args=(["first"],))
    thread.start()
    try:
        assert entered.wait(60)
        with pytest.raises(RuntimeError, match="in use"):
            pickler.dump(["second"])
    finally:
        refused.set()
        thread.join()
    assert pickle.loads(target.getvalue()) == ["first"]


def test_many_threads_with_one_unpickler():
    """Without any order: each load is whole, or refused because another one runs."""

    class Yielding(tested.Unpickler):
        def find_class(self, module, name):
            time.sleep(0)  # lets the others run
            return super().find_class(module, name)

    value = [classes.Plain(a=i) for i in range(20)]
    unpickler = Yielding(io.BytesIO(pickle.dumps(value, 0) * 50))
    outcomes = []
    threads = [
        threading.Thread(target=lambda: outcomes.extend(error_of(unpickler.load) for _ in range(50))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [result for result, error in outcomes if error is None]
    assert len(outcomes) == 200 and 1 <= len(found) <= 50
    for result in found:
        assert_same(result, value)
    assert {type(error) for _, error in outcomes} <= {type(None), RuntimeError, fastjoblib.TruncatedFileError}
