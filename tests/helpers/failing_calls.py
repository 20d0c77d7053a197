"""Dumps and loads in which system calls fail in turn, by tests/faults/shim.c, which must be preloaded.

A program: `python -m helpers.failing_calls SHIM FOLDER SWEEP` prints how many calls failed.
"""

import collections
import contextlib
import ctypes
import errno
import itertools
import os
import sys
import time

import fastjoblib
import numpy as np

SHORT = 0
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EDQUOT": errno.EDQUOT, "ESTALE": errno.ESTALE}
INTERRUPTED = {"EINTR": errno.EINTR}
TRANSFERS = {"read", "write", "pread", "pwrite"}
READING = ["open", "read", "pread", "close"]
WRITING = ["open", "write", "pwrite", "fallocate", "ftruncate", "rename", "exchange", "link", "fsync", "close", "dup"]
BESIDES = ["flock", "sync_file_range", "setxattr", "chown"]  # without these a dump goes on
# What file systems lack, and what they say then.
LACKING = {
    "tmpfile": errno.EOPNOTSUPP,
    "exchange": errno.EINVAL,
    "flock": errno.ENOLCK,
    "fallocate": errno.EOPNOTSUPP,
    "setxattr": errno.ENOTSUP,
}


class Shim:
    """The shared object that has been preloaded."""

    def __init__(self, path):
        self._library = ctypes.CDLL(path)

    def lack(self, call, error):
        """Let all calls of a kind fail; 0: none any more."""
        assert self._library.shim_lack(call.encode(), error)

    @contextlib.contextmanager
    def tracing(self):
        """Gives a list of what will be the calls that make something durable or visible, with inodes."""
        seen = []
        reading, writing = os.pipe()
        self._library.shim_trace(writing)
        try:
            yield seen
        finally:
            self._library.shim_trace(0)
            os.close(writing)
            with open(reading) as lines:
                seen.extend((call, int(inode)) for call, inode in map(str.split, lines))

    @contextlib.contextmanager
    def failing(self, call, first, error, from_then_on):
        """Let calls fail; gives a list of what will be the number of calls."""
        seen = []
        assert self._library.shim_arm(call.encode(), ctypes.c_long(first), error, from_then_on)
        try:
            yield seen
        finally:
            seen.append(self._library.shim_disarm())


def model(seed, n_trees):
    """Make a fitted pipeline with a forest, and rows to predict from."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    random = np.random.default_rng(seed)
    X = random.normal(size=(600, 20))
    forest = RandomForestClassifier(n_trees, random_state=seed)
    return make_pipeline(StandardScaler(), forest).fit(X, random.integers(0, 3, 600)), X[:20]


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def has_at_most(n):
    return descriptors() <= n


def settles(condition, *arguments):
    """What threads still do is done soon."""
    for _ in range(2000):
        if condition(*arguments):
            return True
        time.sleep(0.005)
    return False


def faults(call, errors):
    """Yield the errors, and whether they last, for a kind of call."""
    kinds = {**errors, **INTERRUPTED, **({"short": SHORT} if call in TRANSFERS else {})}
    return itertools.product(kinds.items(), (False, True))


def sweep(shim, call, action, check, errors, most):
    """Let each call of a kind fail in turn; counts how many times one failed, and an exception was raised."""
    counts = collections.Counter()
    for (name, error), from_then_on in faults(call, errors):
        for first in range(most):
            before, raised = descriptors(), None
            result = None
            with shim.failing(call, first, error, from_then_on) as seen:
                try:
                    result = action()
                except OSError as caught:
                    raised = caught
            where = f"{call} {first} {name}{' from then on' if from_then_on else ''}: {raised!r}"
            check(result, raised, call, where)
            if seen[0] <= first:
                assert raised is None, where
                break
            assert raised is None or (raised.errno == error and call not in BESIDES), where
            assert name not in ("EINTR", "short") or raised is None, where
            assert settles(has_at_most, before), (where, descriptors(), before)
            counts["failed"] += 1
            counts["raised"] += raised is not None
    return counts


def contents(path, sealed):
    """Read a file; what two dumps of one object have in common, if it is sealed, since the time is in the seal."""
    with open(path, "rb") as file:
        data = file.read()
    return fastjoblib.dumps(fastjoblib.load(path, verify=True)) if sealed else data


def sweep_dumps(shim, path, compress, values, calls, errors=ERRORS, most=10**6, **options):
    """Dump over an old file: it stays, or the new one is there, whole; and nothing beside it."""
    sealed = options.get("seal", False)
    fastjoblib.dump(values[1], path, compress, **options)
    new = contents(path, sealed)
    fastjoblib.dump(values[0], path, compress, **options)
    old, old_data = contents(path, sealed), contents(path, False)
    folder, name = os.path.split(path)

    def is_tidy(allowed):
        return set(os.listdir(folder)) - allowed == {name}

    def check(result, raised, call, where):
        found = contents(path, sealed)
        expected = {old, new} if call == "fsync" and raised else {old} if raised else {new}
        assert found in expected, where
        assert raised is None or raised.filename == path, (where, raised.filename)
        kept = {f".{name}.fastjoblib-kept"} if call in ("fsync", "sync_file_range") and raised is None else set()
        assert settles(is_tidy, kept), (where, os.listdir(folder))
        for other in set(os.listdir(folder)) - {name}:
            assert contents(os.path.join(folder, other), False) == old_data, where
            os.remove(os.path.join(folder, other))
        with open(path, "r+b") as file:
            file.write(old_data)
            file.truncate(len(old_data))

    assert settles(is_tidy, set())
    counts = collections.Counter()
    for call in calls:
        counts += sweep(
            shim, call, lambda: fastjoblib.dump(values[1], path, compress, **options), check, errors, most
        )
    os.remove(path)
    return counts


def sweep_loads(shim, path, compress, value, is_right, errors=ERRORS, most=10**6):
    fastjoblib.dump(value, path, compress)

    def check(result, raised, call, where):
        assert (result is None) == (raised is not None), where
        assert raised is None or raised.filename == path, (where, raised.filename)
        assert result is None or is_right(result), where

    assert is_right(fastjoblib.load(path))  # and all is imported
    counts = collections.Counter()
    for call in READING:
        counts += sweep(shim, call, lambda: fastjoblib.load(path), check, errors, most)
    os.remove(path)
    return counts


def models(shim, path, compress, n_trees, size, **limits):
    """Sweep over dumps and loads of a model, and an array of so many elements."""
    (old, _), (new, X) = model(1, n_trees), model(2, n_trees)
    expected = new.predict_proba(X)
    noise = np.random.default_rng(3).random(size)
    values = [(old, noise[:10]), (new, noise)]

    def is_right(found):
        return np.array_equal(found[0].predict_proba(X), expected) and np.array_equal(found[1], noise)

    counts = collections.Counter()
    for fsync in (False, True):
        counts += sweep_dumps(shim, path, compress, values, WRITING + BESIDES, fsync=fsync, **limits)
    return counts + sweep_loads(shim, path, compress, values[1], is_right, **limits)


def large(shim, path):
    """Sweep over what is exchanged, and lies in large pieces."""
    values = [np.full(5 << 20, number) for number in (1, 2)]
    return sweep_dumps(shim, path, 0, values, WRITING + BESIDES)


def lacking(shim, path, most_lacking, **limits):
    """Sweep over small dumps where the file system has less to offer."""
    values = [np.arange(1000), ["text"] * 1000]
    counts = collections.Counter()
    for n in range(1, most_lacking + 1):
        for calls in itertools.combinations(LACKING, n):
            for call in calls:
                shim.lack(call, LACKING[call])
            for fsync in (False, True):
                counts += sweep_dumps(shim, path, 0, values, WRITING, fsync=fsync, **limits)
            for call in calls:
                shim.lack(call, 0)
    return counts


def sealed(shim, path):
    """Sweep over dumps that write a seal behind the object."""
    values = [np.arange(1000), [np.arange(200_000), "text"]]
    counts = collections.Counter()
    for compress in (0, "zlib", "lz4", "bz2"):
        counts += sweep_dumps(shim, path, compress, values, WRITING, {"EIO": errno.EIO}, seal=True)
    return counts


def some(shim, path):
    """Sweep over the first calls of each kind, with one error."""
    limits = {"errors": {"EIO": errno.EIO}, "most": 2}
    counts = lacking(shim, path, 1, **limits)
    for compress in (0, ("zlib", 1), "lz4", ("bz2", 1)):
        counts += models(shim, path, compress, 3, 1000, **limits)
    return counts


SWEEPS = {
    "none": lambda shim, path: models(shim, path, 0, 40, 1 << 20),
    "zlib": lambda shim, path: models(shim, path, ("zlib", 3), 40, 1 << 18),
    "lz4": lambda shim, path: models(shim, path, "lz4", 40, 1 << 20),
    "bz2": lambda shim, path: models(shim, path, ("bz2", 1), 10, 1000),
    "large": large,
    "lacking": lambda shim, path: lacking(shim, path, len(LACKING)),
    "sealed": sealed,
    "some": some,
}


def main(shim, folder, name):
    counts = SWEEPS[name](Shim(shim), os.path.join(folder, "file"))
    print(f"{name}: {counts['failed']} calls failed, {counts['raised']} exceptions")


if __name__ == "__main__":
    main(*sys.argv[1:])
