# SPDX-License-Identifier: BSD-3-Clause
"""Does something that is done again and again leave anything behind?"""

import array
import contextlib
import gc
import os
import sys

import numpy as np
import pytest

from helpers.run import SANITIZED

no_measure = pytest.mark.skipif(
    SANITIZED or os.environ.get("PYTHONMALLOC", "").startswith("malloc"),
    reason="block counts and RSS mean nothing without pymalloc or under a sanitizer",
)


def fill_caches():
    """NumPy keeps up to seven freed blocks of each small size: make it so now, not while blocks are counted."""
    held = [np.empty(n, "u1") for n in range(1100) for _ in range(8)]
    held += [np.empty((0,) * n) for n in range(20) for _ in range(8)]
    del held


def rss():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def assert_flat(work, rounds=10, batches=36, watched=()):
    """Fail if calls of `work` leave blocks, tracked objects, descriptors, threads or references behind.

    A leak grows in every batch of `rounds` calls, by at least one per call. Caches (NumPy's, free lists, the
    interpreter's) fill up more slowly than that sooner or later, so one batch that does not grow acquits.

    Parameters
    ----------
    work : callable
    rounds, batches : int
    watched : sequence of object
        Their reference counts are compared too; these may not fall either.
    """
    with frozen():
        check_flat(work, rounds, batches, watched)


_frozen = False


@contextlib.contextmanager
def frozen():
    """Let no collection search what is there already: after many other tests, that takes most of the time."""
    global _frozen
    if _frozen:  # by a with statement around this one
        yield
        return
    gc.collect()
    gc.freeze()
    _frozen = True
    try:
        yield
    finally:
        _frozen = False
        gc.unfreeze()


def check_flat(work, rounds, batches, watched):
    names = ["blocks", "tracked objects", "descriptors", "threads", *(f"references to {v!r:.60}" for v in watched)]
    old, new = (array.array("q", bytes(8 * len(names))) for _ in range(2))
    suspects = set(range(len(names)))
    for _ in range(3):
        work()
        fill_caches()
        measure(old, watched)
    for _ in range(batches):
        for _ in range(rounds):
            work()
        measure(new, watched)
        for i, name in enumerate(names):
            growth = new[i] - old[i]
            assert i < 4 or growth > -rounds / 2, f"{name}: {-growth} too many given back in {rounds} rounds"
            if growth < rounds / 2:
                suspects.discard(i)
        if not suspects:
            return
        measure(old, watched)
    raise AssertionError(f"{[names[i] for i in suspects]} grow in each of {batches} batches of {rounds} rounds")


def measure(sample, watched):
    """Fill `sample`, allocating nothing that stays."""
    gc.collect()
    sample[0] = sys.getallocatedblocks()
    sample[1] = len(gc.get_objects())
    sample[2] = len(os.listdir("/proc/self/fd"))
    sample[3] = len(os.listdir("/proc/self/task"))
    for i, value in enumerate(watched):
        sample[4 + i] = sys.getrefcount(value)


def assert_rss_flat(work, nbytes, rounds=100, warm_up=10):
    """Fail if memory grows by half of `nbytes`, what one round handles, a round."""
    for _ in range(warm_up):
        work()
    before = rss()
    for _ in range(rounds):
        work()
    grown = rss() - before
    assert grown < rounds * nbytes / 2, f"{grown} bytes more after {rounds} rounds of {nbytes} bytes"


@contextlib.contextmanager
def expect(*errors):
    """Swallow one of `errors`, with its traceback, which would hold frames; fail if none comes."""
    try:
        yield
    except errors as error:
        error.__traceback__ = None
    else:
        raise AssertionError(f"none of {errors} was raised")
