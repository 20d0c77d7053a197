# SPDX-License-Identifier: BSD-3-Clause
"""Compressed dumps and loads on several threads: how many, that none stays, and that nothing is in another's way."""

import concurrent.futures
import errno
import functools
import io
import os
import threading
import time

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib import _threads
from fastjoblib._convert import convert
from helpers.classes import Plain
from helpers.run import run_python
from helpers.streams import FailingReader, FailingWriter

METHODS = ["zlib", "gzip", "lz4"]


def value(seed=0):
    """Of 5 MiB: more blocks than one, in arrays and objects."""
    random = np.random.default_rng(seed)
    return [random.integers(0, 40, 3_000_000, "u1"), [str(i) * 20 for i in range(20_000)], random.random(50_000)]


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    """No more threads are started than there are cores."""
    monkeypatch.setattr(_threads, "_cores", lambda: 8)


@pytest.fixture(scope="module")
def pickled():
    return fastjoblib.dumps(value())


@pytest.fixture
def no_thread_stays():
    """A thread that has been joined may be shown for a moment more."""

    def count():
        return len(os.listdir("/proc/self/task"))

    before = count()
    yield
    deadline = time.monotonic() + 30
    while count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert count() <= before


# -- how many ----------------------------------------------------------------


@pytest.mark.parametrize("compress", [0, *METHODS, "xz"])
def test_wrong_numbers(tmp_path, compress):
    path = tmp_path / "file"
    fastjoblib.dump([1], path, compress, n_threads=np.int8(2))
    calls = [
        lambda n: fastjoblib.dump([1], path, compress, n_threads=n),
        lambda n: fastjoblib.load(path, n_threads=n),
    ]
    for function in calls:
        for n_threads in (0, -1, -(10**30)):
            with pytest.raises(ValueError, match=f"n_threads must be at least 1, not {n_threads}"):
                function(n_threads)
        for n_threads in (True, 1.0, "2", [1]):
            with pytest.raises(TypeError, match="n_threads must be an int or None"):
                function(n_threads)
    assert fastjoblib.load(path, n_threads=np.uint64(3)) == [1]
    with pytest.raises(TypeError):
        fastjoblib.load(path, None, "auto", 2)  # by keyword only


COUNT = """
import os, sys, numpy as np, fastjoblib, fastjoblib._threads

class Witness:
    "Counts threads while it is pickled, and while it is loaded."
    def __reduce__(self):
        counts.append(len(os.listdir("/proc/self/task")))
        return os.listdir, ("/proc/self/task",)

fastjoblib._threads._cores = lambda: 8
counts = []
big = np.arange(2_000_000)
for n_threads in [None if word == "None" else int(word) for word in sys.argv[2:]]:
    for method in ("zlib", "gzip", "lz4"):
        fastjoblib.dump([big, Witness(), big], sys.argv[1], (method, 1), n_threads=n_threads)
        counts.append(len(fastjoblib.load(sys.argv[1], n_threads=n_threads)[1]))
        assert len(os.listdir("/proc/self/task")) == 1
print(*counts)
"""


def test_as_many_as_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "3")
    printed = run_python(COUNT, arguments=[tmp_path / "file", 1, 2, 7, "None"])
    assert list(map(int, printed.split())) == [1] * 6 + [2] * 6 + [7] * 6 + [3] * 6


def test_wrong_environment(tmp_path, monkeypatch):
    fastjoblib.dump([1], tmp_path / "file", "zlib")
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "many")
    message = "FASTJOBLIB_NUM_THREADS must be a positive integer, not 'many'"
    with pytest.raises(ValueError, match=message):
        fastjoblib.dump([1], tmp_path / "other", "zlib")
    with pytest.raises(ValueError, match=message):
        fastjoblib.load(tmp_path / "file")
    assert os.listdir(tmp_path) == ["file"]
    fastjoblib.dump([1], tmp_path / "other", "zlib", n_threads=2)


def test_where_no_thread_can_be_started(tmp_path):
    """At the limit of processes the caller's does the work."""
    run_python(
        """
        import os, resource, sys, fastjoblib, numpy as np
        path = sys.argv[1]
        fastjoblib.dumps(0, "zlib")  # imports what it needs
        if os.getuid() == 0:
            os.setuid(65534)  # no limit counts for root
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        value = np.arange(1_000_000) % 1000
        for method in ("zlib", "gzip", "lz4"):
            data = fastjoblib.dumps(value, (method, 1))
            assert np.array_equal(fastjoblib.loads(data), value)
            with open(path, "wb") as file:
                fastjoblib.dump(value, file, (method, 1), n_threads=8)
            assert np.array_equal(fastjoblib.load(path, n_threads=8), value)
        """,
        arguments=["/dev/shm/" + os.path.basename(tmp_path) + str(os.getpid())],
    )


# -- none stays --------------------------------------------------------------


class Fails:
    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("no_thread_stays")
def test_failures_in_the_walk(tmp_path, method):
    path = tmp_path / "file"
    for error in (KeyError("mine"), KeyboardInterrupt(), SystemExit(3), MemoryError()):
        for target in (path, io.BytesIO()):
            with pytest.raises(type(error)) as caught:
                fastjoblib.dump([value(), Fails(error), value()], target, (method, 1), n_threads=3)
            assert caught.value is error
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("no_thread_stays")
def test_failures_of_writing(method):
    for room in (0, 10, 100_000, 1_500_000):
        with pytest.raises(OSError, match="No space left") as caught:
            fastjoblib.dump(value(), FailingWriter(room), (method, 1), n_threads=3)
        assert caught.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space left"):
        fastjoblib.dump(value(), "/dev/full", (method, 1), n_threads=3)
    with open("/dev/full", "wb") as file, pytest.raises(OSError, match="No space left"):
        try:
            fastjoblib.dump(value(), file, (method, 1), n_threads=3)
        finally:
            file.raw.close()  # what is in the buffer has nowhere to go


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("no_thread_stays")
def test_failures_of_reading(method, pickled):
    target = io.BytesIO()
    fastjoblib.dump(value(), target, (method, 1))
    data = target.getvalue()
    for error in (OSError(5, "Input/output error"), KeyError("mine"), KeyboardInterrupt()):
        for at in (1000, len(data) // 2, len(data) - 1000):
            with pytest.raises(type(error)) as caught:
                fastjoblib.load(FailingReader(data, at, error), n_threads=3)
            assert caught.value is error
    for end in (100, len(data) // 2, len(data) - 1):
        with pytest.raises(fastjoblib.TruncatedFileError):
            fastjoblib.loads(data[:end])
    assert fastjoblib.dumps(fastjoblib.loads(data)) == pickled


@pytest.mark.usefixtures("no_thread_stays")
def test_loading_fails_within_the_object(tmp_path):
    for method in METHODS:
        content = fastjoblib.dumps([bytes(3_000_000), Plain(a=1), bytes(3_000_000)]).replace(b"Plain", b"Never")
        (tmp_path / "in").write_bytes(content)
        convert(str(tmp_path / "in"), str(tmp_path / "file"), (method, 1))
        for n_threads in (1, 4):
            with pytest.raises(AttributeError, match="Never"):
                fastjoblib.load(tmp_path / "file", n_threads=n_threads)


# -- at once -----------------------------------------------------------------


@pytest.mark.usefixtures("no_thread_stays")
def test_many_threads_at_once(tmp_path, pickled):
    files = {method: fastjoblib.dumps(value(), (method, 1)) for method in METHODS}

    def work(i):
        method = METHODS[i % 3]
        path = tmp_path / str(i)
        fastjoblib.dump(value(), path, (method, 1), n_threads=1 + i % 4)
        assert fastjoblib.dumps(value(), (method, 1)) == files[method]
        for source in (path, io.BytesIO(files[method])):
            assert fastjoblib.dumps(fastjoblib.load(source, n_threads=1 + i % 3)) == pickled
        return path.read_bytes()

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        written = list(pool.map(work, range(12)))
    for i in range(3):
        assert len(set(written[i::3])) == 1


@pytest.mark.parametrize("method", METHODS)
def test_an_array_that_changes_meanwhile(method):
    """What is written is some mixture, as with joblib; but it can be read."""
    array = np.zeros(4_000_000, "u1")
    stop = threading.Event()

    def change():
        while not stop.is_set():
            array[:] += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(3):
            loaded = fastjoblib.loads(fastjoblib.dumps(["before", array, "after"], (method, 1)))
            assert loaded[::2] == ["before", "after"] and loaded[1].shape == array.shape
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("method", METHODS)
def test_other_threads_run_meanwhile(method):
    """One that only counts comes to do so while the dump is in C, and while the load is."""
    data = np.random.default_rng(0).integers(0, 60, 30_000_000, "u1")
    ticks, stop = [0], threading.Event()

    def tick():
        while not stop.is_set():
            ticks[0] += 1
            time.sleep(0.0005)

    def ticks_of(function):
        before = ticks[0]
        function()
        return ticks[0] - before

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        for n_threads in (1, 2):
            target, source = io.BytesIO(), fastjoblib.dumps(data, (method, 1))
            dump = functools.partial(fastjoblib.dump, data, target, (method, 1), n_threads=n_threads)
            load = functools.partial(fastjoblib.loads, source)
            # Between calls there may be one tick; on a machine with much to do, few in any.
            for call in (dump, load):
                assert any(ticks_of(call) > 2 for _ in range(100))
                target.seek(0)
    finally:
        stop.set()
        thread.join()


def load_and_dump(path, method):
    loaded = fastjoblib.load(path, n_threads=2)
    return fastjoblib.dumps(loaded, (method, 1))


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_workers_of_joblib(tmp_path, backend):
    """Also those that are forked from a process that has compressed on threads."""
    expected = {}
    for method in METHODS:
        fastjoblib.dump(value(), tmp_path / method, (method, 1), n_threads=3)
        expected[method] = fastjoblib.dumps(value(), (method, 1))
    jobs = [joblib.delayed(load_and_dump)(tmp_path / method, method) for method in METHODS]
    assert joblib.Parallel(n_jobs=2, backend=backend)(jobs) == list(expected.values())
