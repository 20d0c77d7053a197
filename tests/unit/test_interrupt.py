# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C: a signal in the middle of a dump or load ends it there, and leaves nothing behind.

The value begins with an object that sets a timer when it is pickled, or loaded, and ends with one that must not be
reached: what lies between takes far longer than the timer.
"""

import bz2
import gc
import gzip
import io
import lzma
import os
import signal
import threading
import time

import fastjoblib
import numpy as np
import pytest
from fastjoblib import pickle
from helpers.compression import ALL_METHODS
from helpers.old_files import zfile

RNG = np.random.default_rng(0)
reached = []


class Interrupted(BaseException):
    """What the signal handler raises; like KeyboardInterrupt, no Exception."""


def arm():
    """Again and again: a signal that comes right before a system call that waits does not wake it."""
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.05)


class Start:
    """Sets the timer when it is pickled."""

    def __reduce__(self):
        arm()
        return int, ()


class LoadedStart:
    """Sets the timer when it is loaded."""

    def __reduce__(self):
        return arm, ()


class End:
    def __reduce__(self):
        reached.append("dump")
        return reached.append, ("load",)


def can_raise(frame):
    """Not from a weak reference's callback, as `threading` has for each thread: Python prints what one raises."""
    while frame is not None:
        if os.path.basename(frame.f_code.co_filename) in ("_weakrefset.py", "weakref.py"):
            return False
        frame = frame.f_back
    return True


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path):
    """Neither descriptors nor threads; and the cyclic collector is on."""

    def handler(number, frame):
        if not can_raise(frame):
            return  # the timer goes on
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise Interrupted

    assert threading.current_thread() is threading.main_thread(), "signals come to the main thread"
    old = signal.signal(signal.SIGALRM, handler)
    before = descriptors(), threads()
    reached.clear()
    # Those of hypothesis are functions in Python: what a signal handler raises there is printed, and lost.
    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    try:
        yield
    finally:
        gc.callbacks[:] = callbacks
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    gc.collect()
    # An old file of the test before may have been closed meanwhile.
    wait_for(lambda: descriptors() <= before[0] and threads() <= before[1])
    assert descriptors() <= before[0] and threads() <= before[1]
    assert gc.isenabled()


def descriptors():
    return set(os.listdir("/proc/self/fd"))


def threads():
    return len(os.listdir("/proc/self/task"))


def wait_for(condition):
    """Threads that have been joined may be listed for a moment."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)


def interrupted(function):
    """The signal's exception comes out, as it is, and before the end was reached."""
    with pytest.raises(Interrupted) as info:
        function()
    assert info.value.__cause__ is None
    assert reached == []


OBJECTS = [{"number": i, "text": str(i), "pair": (i, float(i))} for i in range(150_000)]
TEXT = np.frombuffer((b"%d " * 1000 % tuple(RNG.integers(0, 10**6, 1000))) * 5000, "u1")  # 34 MB
FLOATS = RNG.random(3_000_000)

VALUES = {
    "objects": OBJECTS,
    "ints": list(range(6_000_000)),
    "one int": [1] * 20_000_000,
    "small arrays": [np.arange(i % 50) for i in range(1000)] * 300,
    "tuples": [()] * 20_000_000,
    "object array": np.array(OBJECTS, object),
}
NON_CONTIGUOUS = {
    "transposed": RNG.random((300, 200, 200)).T[::2],
    "every second": np.repeat(FLOATS, 8)[::2],
}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_walk(tmp_path, protocol):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    interrupted(lambda: fastjoblib.dump([Start(), OBJECTS, End()], path, protocol=protocol))
    interrupted(lambda: fastjoblib.dumps([Start(), OBJECTS, End()], protocol=protocol))
    interrupted(lambda: fastjoblib.dump([Start(), OBJECTS, End()], io.BytesIO(), protocol=protocol))
    interrupted(lambda: pickle.dumps([Start(), OBJECTS, End()], protocol))
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("kind", [*VALUES, *NON_CONTIGUOUS])
def test_walk_over(tmp_path, kind):
    value = [Start(), {**VALUES, **NON_CONTIGUOUS}[kind], End()]
    interrupted(lambda: fastjoblib.dump(value, tmp_path / "file"))
    interrupted(lambda: fastjoblib.dumps(value))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_load(tmp_path, protocol):
    path = tmp_path / "file"
    fastjoblib.dump([LoadedStart(), OBJECTS, End()], path, protocol=protocol)
    data = path.read_bytes()
    for load in (
        lambda: fastjoblib.load(path),
        lambda: fastjoblib.load(io.BytesIO(data)),
        lambda: fastjoblib.load(io.BufferedReader(io.BytesIO(data))),
        lambda: fastjoblib.loads(data),
        lambda: pickle.loads(data),
    ):
        reached.clear()
        interrupted(load)


@pytest.mark.parametrize("kind", VALUES)
def test_load_of(tmp_path, kind):
    path = tmp_path / "file"
    fastjoblib.dump([LoadedStart(), VALUES[kind], End()], path)
    for load in (lambda: fastjoblib.load(path), lambda: fastjoblib.loads(path.read_bytes())):
        reached.clear()
        interrupted(load)


def test_mapped_arrays(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump([LoadedStart(), [np.arange(9)] * 20_000, End()], path)
    reached.clear()
    interrupted(lambda: fastjoblib.load(path, mmap_mode="r"))


@pytest.mark.parametrize("n_threads", [1, None])
@pytest.mark.parametrize("compress", [*((m, 1) for m in ALL_METHODS), ("zlib", 9), ("xz", 9)], ids=str)
def test_compression(tmp_path, compress, n_threads):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    data = np.concatenate([TEXT] * 4) if compress[0] in ("zstd", "lz4") else TEXT
    for part in (data, [data[i : i + 50_000] for i in range(0, len(data), 50_000)]):
        interrupted(lambda: fastjoblib.dump([Start(), part, End()], path, compress, n_threads=n_threads))  # noqa: B023
        interrupted(lambda: fastjoblib.dump([Start(), part, End()], io.BytesIO(), compress, n_threads=n_threads))  # noqa: B023
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"


def test_a_block_is_not_finished(tmp_path):
    """At level 9 a block of data with many matches takes long; with one block there is nothing to look between."""
    block = np.tile(np.arange(250, dtype="u1"), 4)
    slow = np.concatenate([np.roll(block, i)[: 1000 - i % 7] for i in range(1000)])
    interrupted(lambda: fastjoblib.dump([Start(), slow] + [slow] * 40 + [End()], tmp_path / "file", ("zlib", 9)))


@pytest.mark.parametrize("method", ALL_METHODS)
def test_decompression(tmp_path, method):
    path = tmp_path / "file"
    # An array is read at once, objects piece by piece.
    floats = FLOATS if method not in ("lz4", "zstd") else np.concatenate([FLOATS] * 6)
    for part in (floats[: len(floats) // 4 if method in ("xz", "lzma", "bz2") else None], OBJECTS):
        fastjoblib.dump([LoadedStart(), part, End()], path, (method, 1))
        reached.clear()
        for n_threads in (1, None):
            interrupted(lambda: fastjoblib.load(path, n_threads=n_threads))  # noqa: B023
            interrupted(lambda: fastjoblib.load(io.BytesIO(path.read_bytes()), n_threads=n_threads))  # noqa: B023


def test_foreign_streams(tmp_path):
    """Of one stream, and of the kind that joblib wrote until 0.10."""
    data = fastjoblib.dumps([LoadedStart(), OBJECTS, End()])
    (tmp_path / "gzip").write_bytes(gzip.compress(data, 1))
    (tmp_path / "old").write_bytes(zfile(data))
    reached.clear()
    interrupted(lambda: fastjoblib.load(tmp_path / "gzip"))
    with pytest.warns(DeprecationWarning):
        interrupted(lambda: fastjoblib.load(tmp_path / "old"))


@pytest.mark.parametrize("module", [bz2, gzip, lzma], ids=lambda module: module.__name__)
def test_compressing_file_objects(tmp_path, module):
    """A large array comes in pieces, so that no call takes long."""
    stream = module.open(tmp_path / "file", "wb")
    interrupted(lambda: fastjoblib.dump([Start(), TEXT, End()], stream))
    with stream:
        assert stream.tell() < TEXT.nbytes
    with module.open(tmp_path / "file", "wb") as file:
        fastjoblib.dump([LoadedStart(), OBJECTS[:100_000], End()], file)
    reached.clear()
    with module.open(tmp_path / "file") as file:
        interrupted(lambda: fastjoblib.load(file))


def test_raw_arrays(tmp_path):
    """In the middle of an array: as much of it is there, in a file that is written in place, as was written."""
    path = tmp_path / "file"
    array = np.zeros(1 << 28, "u1")
    interrupted(lambda: fastjoblib.dump([Start(), array, End()], path, atomic=False))
    assert path.stat().st_size < array.nbytes
    path.write_bytes(b"old")
    interrupted(lambda: fastjoblib.dump([Start(), array, End()], path))
    assert path.read_bytes() == b"old"
    fastjoblib.dump([LoadedStart(), array, End()], path)
    reached.clear()
    interrupted(lambda: fastjoblib.load(path))


def test_fifo_without_a_writer(tmp_path):
    """Waits for one until the signal comes."""
    os.mkfifo(path := tmp_path / "fifo")
    for function in (fastjoblib.load, lambda fifo: fastjoblib.dump(1, fifo)):
        interrupted(lambda: (arm(), function(path)))  # noqa: B023


def test_handlers_that_return_end_nothing(tmp_path):
    """The work goes on, and what it waits for is waited for again."""
    calls = []
    signal.signal(signal.SIGALRM, lambda *unused: calls.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for compress in (0, ("zlib", 1), ("bz2", 1)):
            fastjoblib.dump(OBJECTS[:20_000], tmp_path / "file", compress)
            assert len(fastjoblib.load(tmp_path / "file")) == 20_000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert calls


def test_keyboard_interrupt_is_one(tmp_path):
    """Ctrl-C itself, with Python's own handler, sent while it is on its way."""

    class Press:
        def __reduce__(self):
            threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGINT)).start()
            return int, ()

    before = threading.active_count()
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            while True:  # the timer is a thread, which must get to run
                fastjoblib.dump([Press(), FLOATS, End()], tmp_path / "file", ("zlib", 6))
    finally:
        signal.signal(signal.SIGINT, old)
    wait_for(lambda: threading.active_count() <= before)
    assert os.listdir(tmp_path) in ([], ["file"])
