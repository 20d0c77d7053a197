"""Threads that compress, with their results in order."""

import _thread
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

__all__ = ["Workers"]


class _Job:
    """A function to be called once, and what came of it."""

    def __init__(self, work: Callable[[], bytes]) -> None:
        self._work: Callable[[], bytes] | None = work
        self._result = b""
        self._error: BaseException | None = None
        self._running = threading.Lock()
        self._running.acquire()

    def run(self) -> None:
        try:
            assert self._work is not None
            self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._work = None  # and with it the data that it works on
            self._running.release()

    def result(self) -> bytes:
        """Wait for the job, and return what it returned or raise what it raised."""
        self._running.acquire()
        if self._error is not None:
            raise self._error
        return self._result


def _run_jobs(queue: "SimpleQueue[_Job | None]") -> None:
    while (job := queue.get()) is not None:
        job.run()
        del job  # frees its result, if nobody wants it, before the wait for the next job


def _start_elsewhere(thread: threading.Thread) -> bool:
    """Start a thread from another one, where no signal handler is run; False where it cannot be started.

    Where a handler raises within `start`, that takes back what it has noted about a
    thread which runs already, and the thread fails with a KeyError.
    """
    started: SimpleQueue[bool] = SimpleQueue()

    def start() -> None:
        try:
            thread.start()
        except BaseException:  # RuntimeError, or no memory: the caller's thread does the work
            started.put(False)
        else:
            started.put(True)

    try:
        _thread.start_new_thread(start, ())
    except RuntimeError:
        return False
    return started.get()


class Workers:
    """Calls functions in threads of its own, and gives their results in the order of the calls.

    Threads start when there is something to do.  Where none can be started (at the
    end of the interpreter, or at the limit of processes), or only one is asked for,
    the caller's does the work: `concurrent.futures` raises RuntimeError there, and a
    dump from an `atexit` function would fail by the size of the object.

    Parameters
    ----------
    n_threads : int
    """

    def __init__(self, n_threads: int) -> None:
        self._wanted = n_threads if n_threads > 1 else 0
        self._threads: list[threading.Thread] = []
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting: deque[_Job] = deque()  # whose results have not been returned yet
        self.stopped = False  # long jobs check it, and end early

    def call(self, work: Callable[[], bytes]) -> list[bytes]:
        """Have a function called, and return the results that are due.

        That many are due that those which run and one that waits are left: this
        waits for the workers, and bounds the memory that jobs take.
        """
        job = _Job(work)
        self._waiting.append(job)
        if len(self._threads) < self._wanted:
            self._start()
        if not self._threads:
            job.run()
            return self.results(0)
        self._queue.put(job)
        return self.results(len(self._threads) + 1)

    def results(self, left: int = 0) -> list[bytes]:
        """Return the results that nobody has got, but for the last `left`."""
        return [self._waiting.popleft().result() for _ in range(len(self._waiting) - left)]

    def stop(self) -> None:
        """Drop what has not begun, wait for what has, and end the threads."""
        self.stopped = True
        self._waiting.clear()
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            pass
        for _ in self._threads:
            self._queue.put(None)
        while self._threads:
            try:
                self._threads[-1].join()
            except RuntimeError:
                pass  # its start was interrupted: if it begins after all, it ends at once
            self._threads.pop()

    def _start(self) -> None:
        thread = threading.Thread(target=_run_jobs, args=(self._queue,), name="fastjoblib")
        # First: a signal handler may raise when the thread runs already.
        self._threads.append(thread)
        if not _start_elsewhere(thread):
            self._threads.pop()
            self._wanted = len(self._threads)
