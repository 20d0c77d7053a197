"""Where file objects stand, and how much of them is left."""

import contextlib
import os
import stat
import weakref
from typing import Any

__all__ = ["leave_end", "measure", "note_end"]

# File objects that a load has read to their end, and where that is.
_read_to_end: "weakref.WeakKeyDictionary[Any, int]" = weakref.WeakKeyDictionary()


def _can_only_seek(fileobj: Any) -> bool:
    return not hasattr(fileobj, "peek") and bool(getattr(fileobj, "seekable", bool)())


def _position_of(fileobj: Any) -> int | None:
    try:
        return fileobj.tell() if fileobj.seekable() else None
    except (AttributeError, OSError, ValueError):
        return None


def leave_end(fileobj: Any) -> int | None:
    """Go back to the start of what has just been written into memory: ``dump(x, buffer); load(buffer)``.

    joblib goes there with all file objects that can seek and not peek, wherever they stand.
    Who reads one object after another must come to the end.  Returns where it stands
    now, or None if it cannot go back there later.
    """
    if not _can_only_seek(fileobj):
        return _position_of(fileobj)
    position: int = fileobj.tell()
    try:
        was_read = _read_to_end.get(fileobj) == position
    except TypeError:  # no weak reference to it
        was_read = False
    if position > 0 and not was_read:
        at_end = fileobj.seek(0, os.SEEK_END) == position
        position = 0 if at_end else position
        fileobj.seek(position)
    return position


def note_end(fileobj: Any) -> None:
    """Remember where a load has left a file object."""
    if _can_only_seek(fileobj):
        with contextlib.suppress(TypeError):  # of which there can be no weak reference
            _read_to_end[fileobj] = fileobj.tell()


def measure(source: Any) -> tuple[int | None, int | None]:
    """Return the size of a file, or of what is left of it, and the position; None where that is not known."""
    if isinstance(source, str):
        status = os.stat(source)
        return (status.st_size if stat.S_ISREG(status.st_mode) else None), 0
    try:
        if not source.seekable():
            return None, None
        position: int = source.tell()
        end: int = source.seek(0, os.SEEK_END)
        source.seek(position)
    except (AttributeError, OSError):
        return None, None
    return end - position, position
