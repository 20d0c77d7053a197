# SPDX-License-Identifier: BSD-3-Clause
"""Threads that compress: order, bounds, errors, and that none is left behind."""

import threading
import time
import weakref

import pytest
from fastjoblib._compress.workers import Workers
from helpers.run import run_python


@pytest.fixture
def workers():
    """Makes workers; in the end, no thread may be left."""
    made = []

    def make(n_threads):
        made.append(Workers(n_threads))
        return made[-1]

    before = threading.active_count()
    yield make
    for one in made:
        one.stop()
    assert threading.active_count() == before


@pytest.mark.parametrize("n_threads", [1, 2, 3, 10])
def test_results_are_in_order(workers, n_threads):
    pool, results = workers(n_threads), []

    def work(i):
        time.sleep(0.01 * (i % 3 == 0))  # the later ones are often ready first
        return b"%d" % i

    for i in range(30):
        results += pool.call(lambda i=i: work(i))
    results += pool.results()
    assert results == [b"%d" % i for i in range(30)]
    assert pool.results() == []


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_what_is_on_its_way_is_bounded(workers, n_threads):
    pool, lock, going, most = workers(n_threads), threading.Lock(), 0, 0
    called = got = 0

    def work():
        nonlocal going, most
        with lock:
            going += 1
            most = max(most, going)
        time.sleep(0.005)
        with lock:
            going -= 1
        return b""

    for _ in range(20):
        called += 1
        got += len(pool.call(work))
        assert called - got <= (n_threads + 1 if n_threads > 1 else 0)
    pool.results()
    assert most == n_threads


def test_one_thread_is_the_callers(workers):
    pool, threads = workers(1), []
    for _ in range(3):
        pool.call(lambda: threads.append(threading.current_thread()) or b"")
    assert set(threads) == {threading.current_thread()}


def test_no_more_threads_than_jobs(workers):
    before = threading.active_count()
    pool = workers(50)
    assert threading.active_count() == before
    pool.call(lambda: b"")
    assert threading.active_count() == before + 1


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
def test_errors_come_through(workers, n_threads, error):
    pool = workers(n_threads)

    def fail():
        raise error("in the job")

    with pytest.raises(error, match="in the job"):
        pool.call(fail)
        pool.call(lambda: b"")
        pool.results()


def test_stopping_drops_what_has_not_begun(workers):
    pool, go, began = workers(2), threading.Event(), []

    def work(i):
        began.append(i)
        go.wait(30)
        return b""

    for i in range(3):
        pool.call(lambda i=i: work(i))
    while len(began) < 2:
        time.sleep(0.001)
    threading.Timer(0.05, go.set).start()
    pool.stop()
    assert began == [0, 1] and pool.stopped
    go.set()


def test_what_a_job_holds_is_released(workers):
    class Data:
        pass

    pool, data = workers(2), Data()
    alive = weakref.ref(data)
    pool.call(lambda data=data: b"%d" % isinstance(data, Data))
    del data
    assert pool.results() == [b"1"]
    assert alive() is None


def test_where_no_thread_can_be_started(workers, monkeypatch):
    start, left = threading.Thread.start, 1

    def limited(thread):
        nonlocal left
        if left == 0:
            raise RuntimeError("can't start new thread")
        left -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    one, none = workers(4), workers(4)
    for pool in (one, none):
        results = []
        for i in range(10):
            results += pool.call(lambda i=i: b"%d" % i)
        assert results + pool.results() == [b"%d" % i for i in range(10)]


def test_at_the_end_of_the_interpreter(tmp_path):
    run_python(
        """
        import atexit, sys, fastjoblib, numpy as np
        value = np.random.default_rng(0).bytes(1_500_000)
        fastjoblib.dump(value, sys.argv[1] + "/before", ("bz2", 5))
        atexit.register(fastjoblib.dump, value, sys.argv[1] + "/after", ("bz2", 5))
        """,
        arguments=[tmp_path],
    )
    assert (tmp_path / "after").read_bytes() == (tmp_path / "before").read_bytes() != b""


def test_a_signal_while_threads_start():
    """Python keeps its notes about threads right; it printed a KeyError where a handler raised in Thread.start."""
    result = run_python(
        """
        import random, signal, sys, threading, time
        from fastjoblib._compress.workers import Workers

        class Stop(Exception):
            pass

        def handler(number, frame):
            raise Stop

        sys.unraisablehook = lambda unraisable: print(repr(unraisable.exc_value))
        signal.signal(signal.SIGALRM, handler)
        stopped = 0
        until = time.monotonic() + 1
        while time.monotonic() < until:
            workers = Workers(2)
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 5e-4))
                try:
                    for _ in range(4):
                        workers.call(bytes)
                    workers.results()
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except Stop:
                stopped += 1
            workers.stop()
        until = time.monotonic() + 10
        while threading.active_count() > 1 and time.monotonic() < until:
            time.sleep(0.01)
        print("stopped" if stopped > 10 else stopped, threading.active_count())
        """
    )
    assert result == "stopped 1\n"
