# SPDX-License-Identifier: BSD-3-Clause
"""For leak_paths.py: what cannot be pickled, everywhere."""

import collections
import functools
import threading

import fastjoblib

from helpers import classes
from helpers.cases_object_arrays import objects
from helpers.control import error_of


def find_unpicklable_paths(good, exploding):
    bad = [exploding, lambda: None, threading.Lock()]
    local = type("Local", (classes.Plain,), {})
    shrinking = {"a": 1, "b": 2}
    values = (
        good,
        bad,
        {"k": (1, bad), **{i: part for i, part in enumerate(bad)}},
        [classes.Plain(a=bad[1], b={1, bad[2]}), local(a=1), {bad[1]: frozenset(bad)}],
        [objects(1, [bad], objects(*bad)), functools.partial(bad[1], bad[0], key=bad), ValueError(bad[2])],
        [classes.ReduceList(bad, state=bad), collections.OrderedDict(enumerate(bad)), collections.deque(bad)],
        [classes.Reduce((5, ())), classes.Reduce((list, (), None, iter([1, bad[1]]))), classes.GetnewargsEx(k=bad[1])],
    )
    for value in values:
        yield lambda value=value: fastjoblib.find_unpicklable(value)
        yield lambda value=value: fastjoblib.find_unpicklable(value, protocol=3)
        yield lambda value=value: error_of(fastjoblib.dumps, value)
        yield lambda value=value: error_of(fastjoblib.hash, value) if value is not good else None
    yield lambda: fastjoblib.find_unpicklable([shrinking, classes.Shrinking(shrinking, dict.copy)])
    yield lambda: fastjoblib.find_unpicklable([len, bad], elsewhere=True)
    yield lambda: error_of(fastjoblib.find_unpicklable, 1, protocol=77)
