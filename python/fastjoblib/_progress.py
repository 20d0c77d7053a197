"""What ``progress=`` of `dump` and `load` means: who is told how far they are, and how it is shown."""

import importlib
import io
import os
import stat
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

__all__ = ["FilePosition", "Progress", "Report", "reporting"]

Report = Callable[[int, int | None], object]
"""Called as ``report(done, total)``, in bytes; the total is None where it is not known."""

Progress = bool | Report | None

_LINE_INTERVAL = 10.0  # seconds between two lines, where the output is no terminal
_WIDTH = 20  # columns for the file name; a longer one is cut

_nobody: AbstractContextManager[Report | None] = nullcontext()


class _Shown:
    """Shows the progress of one dump or load, from the first report to the end of a ``with``."""

    def __call__(self, done: int, total: int | None) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """End what is shown, whether all has been done or not."""

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _Bar(_Shown):
    """A bar of tqdm.

    Parameters
    ----------
    tqdm : callable
        `tqdm.auto.tqdm`, which knows notebooks.
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

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Text(_Shown):
    """A line of text on stderr, or where that is no terminal, a line now and then.

    Parameters
    ----------
    stream : file object
    title : str
    """

    def __init__(self, stream: Any, title: str) -> None:
        self._stream = stream
        self._title = title
        self._rewrites = bool(getattr(stream, "isatty", bool)())
        self._start = time.monotonic()
        self._due = self._start + _LINE_INTERVAL
        self._width = 0  # columns of the line that the next one overwrites

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if self._rewrites:
            line = self._line(done, total, now)
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        elif done == total or now >= self._due:
            self._stream.write(self._line(done, total, now) + "\n")
            self._due = now + _LINE_INTERVAL
        else:
            return
        self._stream.flush()

    def _line(self, done: int, total: int | None, now: float) -> str:
        speed = _nbytes(done / max(now - self._start, 1e-3))
        if total is None:
            return f"{self._title}: {_nbytes(done)}, {speed}/s"
        percent = 100 * done // total if total else 100
        return f"{self._title}: {percent}% of {_nbytes(total)}, {speed}/s"

    def close(self) -> None:
        if self._width:
            self._stream.write("\n")
            self._stream.flush()


def _nbytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def _shown(title: str) -> AbstractContextManager[Report | None]:
    try:
        return _Bar(importlib.import_module("tqdm.auto").tqdm, title)
    except ImportError:
        pass
    return _nobody if sys.stderr is None else _Text(sys.stderr, title)


def reporting(progress: Progress, action: str, filename: object) -> AbstractContextManager[Report | None]:
    """Return a context manager that gives what is to be told of the progress, or None.

    Parameters
    ----------
    progress : bool, callable or None
        As in `dump`.
    action : str
        What is done, for the line that is shown.
    filename : object
        To what; only names are shown.

    Raises
    ------
    TypeError
        If `progress` is none of these.
    """
    if progress is None or progress is False:
        return _nobody
    if progress is True:
        name = os.path.basename(filename) if isinstance(filename, str) else ""
        if len(name) > _WIDTH:
            name = name[: _WIDTH - 3] + "..."
        return _shown(f"{action} {name}".rstrip())
    if callable(progress):
        return nullcontext(progress)
    raise TypeError(
        f"progress must be True, False, None or a callable of (done_bytes, total_bytes), not {type(progress).__name__}"
    )


def _size(file: Any) -> int | None:
    """Return how long a file is, or None where only reading could tell."""
    if type(file) is io.BytesIO:
        return file.getbuffer().nbytes
    if not isinstance(getattr(file, "raw", file), io.FileIO):
        return None
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


class FilePosition:
    """Tells how much of a file has been read, in place of how much was decompressed from it.

    Parameters
    ----------
    report : Report
    file : file object
        With a method `tell`, at which it stands at the beginning of the data.
    """

    def __init__(self, report: Report, file: Any) -> None:
        self._report = report
        self._file = file
        self._start: int = file.tell()
        size = _size(file)
        self._total = None if size is None else max(size - self._start, 0)
        self._done = 0

    def __call__(self, done: int, total: int | None) -> None:
        """Take a report of decompressed bytes; one with their total is not the end here."""
        if total is None:
            self._report(self._advance(), self._total)

    def finish(self, whole: bool) -> None:
        """Tell that all is done: if `whole`, the file to its end."""
        done = self._advance()
        if whole and self._total is not None:
            done = max(done, self._total)
        self._report(done, done)

    def _advance(self) -> int:
        # At the end, what was read ahead is given back.
        self._done = max(self._done, self._file.tell() - self._start)
        return self._done
