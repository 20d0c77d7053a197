"""How ``progress=True`` of `dump` and `load` is shown."""

import importlib
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

from fastjoblib._later import import_later
from fastjoblib._progress import Report

__all__ = ["Pace", "Shown", "show"]

_LINE_INTERVAL = 10.0  # seconds between two lines, where the output is no terminal


class Shown:
    """Shows the progress of one dump or load, from the first report to the end of a ``with``."""

    def __call__(self, done: int, total: int | None) -> None:
        raise NotImplementedError

    def close(self, error: BaseException | None) -> None:
        """End what is shown; all has been done where there was no error."""

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(error)


class _Bar(Shown):
    """A bar of tqdm.

    Parameters
    ----------
    tqdm : callable
    title : str
    """

    def __init__(self, tqdm: Any, title: str) -> None:
        self._tqdm = tqdm
        self._title = title
        self._bar: Any = None

    def __call__(self, done: int, total: int | None) -> None:
        if self._bar is None:
            self._bar = self._tqdm(total=total, desc=self._title, unit="B", unit_scale=True)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self, error: BaseException | None) -> None:
        if self._bar is not None:
            self._bar.close()


class Pace:
    """Says in a line how far something is and how fast it goes.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self.start = time.monotonic()

    def line(self, done: int, total: int | None) -> str:
        speed = _nbytes(done / max(time.monotonic() - self.start, 1e-3))
        if total is None:
            return f"{self._title}: {_nbytes(done)}, {speed}/s"
        percent = 100 * done // total if total else 100
        return f"{self._title}: {percent}% of {_nbytes(total)}, {speed}/s"


class _Text(Shown):
    """A line of text on stderr, or where that is no terminal, a line now and then.

    Parameters
    ----------
    stream : file object
    title : str
    """

    def __init__(self, stream: Any, title: str) -> None:
        self._stream = stream
        self._rewrites = bool(getattr(stream, "isatty", bool)())
        self._pace = Pace(title)
        self._due = self._pace.start + _LINE_INTERVAL
        self._width = 0  # columns of the line that the next one overwrites

    def __call__(self, done: int, total: int | None) -> None:
        line = self._pace.line(done, total)
        now = time.monotonic()
        if self._rewrites:
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        elif done == total or now >= self._due:
            self._stream.write(line + "\n")
            self._due = now + _LINE_INTERVAL
        else:
            return
        self._stream.flush()

    def close(self, error: BaseException | None) -> None:
        if self._width:
            self._stream.write("\n")
            self._stream.flush()


def _nbytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def _in_notebook() -> bool:
    """Tell whether what is displayed goes to the page of a kernel, without importing IPython."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython is not None and hasattr(get_ipython(), "kernel")


def show(title: str) -> AbstractContextManager[Report | None]:
    """Return what shows the progress: in a notebook its bar, else tqdm's, else text if there is a stderr."""
    if _in_notebook():
        bar: Shown = import_later("fastjoblib._progress_notebook").NotebookBar(title)
        return bar
    try:
        return _Bar(importlib.import_module("tqdm").tqdm, title)
    except ImportError:
        pass
    return nullcontext() if sys.stderr is None else _Text(sys.stderr, title)
