"""What ``progress=`` of `dump` and `load` means: who is told how far they are."""

import io
import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from fastjoblib._later import import_later

__all__ = ["FilePosition", "Progress", "Report", "reporting"]

Report = Callable[[int, int | None], object]
"""Called as ``report(done, total)``, in bytes; the total is None where it is not known."""

Progress = bool | Report | None

_WIDTH = 20  # columns for the file name; a longer one is cut

_nobody: AbstractContextManager[Report | None] = nullcontext()


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
        shown: AbstractContextManager[Report | None] = import_later("fastjoblib._progress_shown").show(
            f"{action} {name}".rstrip()
        )
        return shown
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
