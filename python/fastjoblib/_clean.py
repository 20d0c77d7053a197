"""Removing what killed processes have left beside the files that they wrote."""

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastjoblib import _core

__all__ = ["LeftOver", "clean"]

# Windows has neither of the flags, and syncs only what is open for writing.
_TO_SYNC = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else os.O_RDWR
_HERE = -100  # for C: relative to no directory's descriptor
_Walk = Iterator[tuple[str, list[str], list[str], int | None]]

# csrc/base/hidden.h says what they are.
_HIDDEN = re.compile(r"\.(?P<name>.+)\.fastjoblib-(?P<kind>old|new|kept|[0-9a-f]{16})", re.DOTALL)


@dataclass(frozen=True)
class LeftOver:
    """A file that a dump has left.

    Attributes
    ----------
    path : str
    nbytes : int
    kept : str or None
        Why it stays.
    """

    path: str
    nbytes: int
    kept: str | None


def _started() -> float:
    """Return when the system was started, in seconds of `time.time`, or a later time."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - time.monotonic()  # counted from the start, on macOS without the time asleep


def _why_needed(folder: int | None, name: str, replaced_at: float) -> str | None:
    """Say why the file that the one of that name has replaced must stay, or None.

    It may be the only whole one: what is written reaches the disk later than
    its name, and a power failure may come between.  In a system that has been
    running since, it has either come to the disk or can be brought there now.
    """
    if not _started() < replaced_at <= time.time():
        return f"the system has been started since, so {name!r} may not be whole"
    try:
        fd = os.open(name, _TO_SYNC, dir_fd=folder)
    except OSError as error:
        return f"{name!r}, which replaced it: {error.strerror}"
    try:
        os.fsync(fd)
    except OSError as error:
        return f"{name!r} cannot be brought to the disk: {error.strerror}"
    finally:
        os.close(fd)
    return None


def _treat(folder: int | None, hidden: str, name: str, kind: str, status: os.stat_result, dry_run: bool) -> str | None:
    """Remove a file, or say why it stays."""
    if kind == "kept":
        return f"{name!r} could not be brought to the disk when it was written"
    try:
        fd = _core.open_left_over(_HERE if folder is None else folder, hidden)
    except BlockingIOError:
        return "it is in use"
    except FileNotFoundError:
        raise  # its owner has just removed it
    except OSError as error:
        return f"it is not known whether it is in use: {error.strerror}"
    try:
        # The time at which it got this name.
        reason = _why_needed(folder, name, status.st_ctime) if kind == "old" else None
        if reason is None and not dry_run:
            os.unlink(hidden, dir_fd=folder)
        return reason
    finally:
        os.close(fd)


def _walk(top: str, onerror: Callable[[OSError], None]) -> _Walk:
    """As `os.fwalk`; where that is not, without descriptors, so that names are to be given with their folder."""
    if hasattr(os, "fwalk"):
        yield from os.fwalk(top, onerror=onerror)
    else:
        for folder, folders, names in os.walk(top, onerror=onerror):
            yield folder, folders, names, None


def clean(directory: str | os.PathLike[str], *, recursive: bool = False, dry_run: bool = False) -> list[LeftOver]:
    """Remove the hidden files that dumps of killed processes have left.

    They are called ``.NAME.fastjoblib-SUFFIX``.  A file that is in use stays, and
    so does an old one while the one that has replaced it may not be whole.
    Symbolic links are not followed, and nothing else is touched.

    Parameters
    ----------
    directory : str or os.PathLike
        Where to look.
    recursive : bool, default=False
        Look into the directories in it too.
    dry_run : bool, default=False
        Find out the same, but remove nothing.

    Returns
    -------
    list of LeftOver
        What was found: where `kept` is None it has been removed.

    Raises
    ------
    OSError
        If a directory cannot be read, or a file not be removed.

    Examples
    --------
    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with open(os.path.join(folder, ".model.joblib.fastjoblib-new"), "wb") as file:
    ...     file.write(bytes(100))
    100
    >>> [left.nbytes for left in clean(folder)], os.listdir(folder)
    ([100], [])
    """

    def fail(error: OSError) -> None:
        raise error

    found = []
    # The trailing slash has a link to a directory followed, when it is the one that was named.
    top = os.path.join(directory, "")
    for folder, folders, names, fd in _walk(top, fail):
        place = "" if fd is not None else folder
        for hidden in sorted(names):
            match = _HIDDEN.fullmatch(hidden)
            if match is None:
                continue
            try:
                path = os.path.join(place, hidden)
                status = os.stat(path, dir_fd=fd, follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                    continue  # no file of ours
                kept = _treat(fd, path, os.path.join(place, match["name"]), match["kind"], status, dry_run)
            except FileNotFoundError:
                continue
            found.append(LeftOver(os.path.join(folder, hidden), status.st_size, kept))
        if not recursive:
            folders.clear()
    return found
