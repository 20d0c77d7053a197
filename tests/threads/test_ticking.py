# SPDX-License-Identifier: BSD-3-Clause
"""Other Python threads run while an array is read or written: benchmarks/bench_gil.py says how soon."""

import sys
import threading
import time

import fastjoblib
import numpy as np
import pytest

NBYTES = 64 << 20


class Ticker:
    """A thread that counts, with a short sleep between."""

    def __init__(self):
        self.ticks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.is_set():
            self.ticks += 1
            time.sleep(0.0005)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stop.set()
        self._thread.join()

    def during(self, function):
        before = self.ticks
        function()
        return self.ticks - before


@pytest.fixture(scope="module")
def array():
    return np.random.default_rng(0).integers(0, 100, NBYTES, "u1")


@pytest.fixture
def no_turns():
    """A thread that waits is not given a turn: it runs where another lets the GIL go."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(before)


def ways(array, path):
    """Dumps and loads of one array, each with one and with two threads."""
    columns = array.reshape(-1, 256)[:, ::2]
    cube = array.reshape(-1, 256, 256).transpose(0, 2, 1)
    fastjoblib.dump(array, path)
    for n_threads in (1, 2):
        for name, value in [("array", array), ("columns", columns), ("cube", cube)]:
            yield f"dump {name}", lambda v=value, n=n_threads: fastjoblib.dump(v, f"{path}-2", n_threads=n)
            yield f"dump {name} to a file object", lambda v=value: dump_to_file(v, f"{path}-2")
        yield "load", lambda n=n_threads: fastjoblib.load(path, n_threads=n)
        yield "load from a file object", lambda: load_from_file(path)


def dump_to_file(value, path):
    with open(path, "wb") as file:
        fastjoblib.dump(value, file)


def load_from_file(path):
    with open(path, "rb") as file:
        return fastjoblib.load(file)


@pytest.mark.usefixtures("no_turns")
def test_ticks(tmp_path, array):
    with Ticker() as ticker:
        for name, function in ways(array, tmp_path / "file"):
            # Opening and closing a file gives a tick each; on a machine with much to do, calls may give no more.
            assert any(ticker.during(function) > 8 for _ in range(100)), name


@pytest.mark.usefixtures("no_turns")
def test_ticks_are_of_other_threads(array):
    """What keeps the GIL gives none, so that the test above can fail."""
    with Ticker() as ticker:
        assert all(ticker.during(array.tobytes) <= 8 for _ in range(10))
