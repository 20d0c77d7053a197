# SPDX-License-Identifier: BSD-3-Clause
"""Values that take their time, and callables that remember what they were told of it."""

import re
import threading
import time

import numpy as np
import pytest

from helpers.compression import ALL_METHODS

COMPRESS = [0, *((method, 1) for method in ALL_METHODS)]
VALUE = {"array": np.random.default_rng(0).random(30_000), "numbers": list(range(20_000)), "text": ["text"] * 1000}

each_compress = pytest.mark.parametrize("compress", COMPRESS, ids=str)


class Calls(list):
    """Remembers what it was told, and takes time over it, so that it is called more than once."""

    def __init__(self, seconds=0.0):
        super().__init__()
        self.seconds = seconds
        self.threads = set()
        self.times = []

    def __call__(self, done, total):
        self.append((done, total))
        self.times.append(time.monotonic())
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)


def bar(html):
    """Of the bar in a notebook: its colour, where the coloured part begins and where it ends, in percent."""
    ((left, width, colour),) = re.findall(r"left:([\d.]+)%;width:([\d.]+)%;background:(#\w+)", html)
    return {"#1e88e5": "blue", "#43a047": "green", "#e53935": "red"}[colour], float(left), float(left) + float(width)


class Slow:
    """Takes longer to pickle, and to load, than passes between two calls."""

    def __reduce__(self):
        time.sleep(0.06)
        return time.sleep, (0.06,)


def spread():
    """A value that is long on its way: between its parts, which fill every buffer, a call is due each time."""
    rng = np.random.default_rng(1)
    return [(Slow(), rng.random(100_000)) for _ in range(3)]


def check(calls, nbytes, totals):
    """One thread, called with ints that never fall, the last time with all that there is."""
    assert calls
    assert calls.threads == {threading.get_ident()}
    dones = [done for done, _ in calls]
    assert dones == sorted(dones)
    assert calls[-1] == (nbytes, nbytes)
    assert {type(done) for done in dones} == {int}
    assert {total for _, total in calls[:-1]} <= totals
