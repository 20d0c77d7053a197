"""Modules and classes that a file names and that are not there: what in the file wants them."""

import contextlib
from typing import Any

from fastjoblib._ends import measure
from fastjoblib._moved import PACKAGES
from fastjoblib._rename import Rename

__all__ = ["note_wanted", "say_where"]

# Larger files are not read again for a message.
_LARGEST = 256 * 1024 * 1024
_LARGEST_COMPRESSED = 16 * 1024 * 1024
_PLACES = 3


class _Wanted(str):
    """A note of what was looked up."""

    module: str
    name: str


def note_wanted(error: BaseException, module: str, name: str) -> None:
    """Note in an exception what a pickle wanted when it was raised.  C calls this.

    The exception may name something else: a module that the one wanted needs.
    """
    if hasattr(error, "add_note"):  # not before Python 3.11
        note = _Wanted(f"wanted: {module}.{name}")
        note.module, note.name = module, name
        error.add_note(note)


def say_where(error: BaseException, source: Any, start: int | None, rename: Rename | None) -> None:
    """Add to such a note for which parts of the object it was wanted, if the file can be read again.

    Parameters
    ----------
    error : Exception
        Of a load.
    source : str or file object
    start : int or None
        Where the load began; None if there is no way back.
    rename : callable or None
        Of the load.
    """
    notes = getattr(error, "__notes__", [])
    for i, note in enumerate(notes):
        if isinstance(note, _Wanted) and start is not None:
            paths: tuple[str, ...] = ()
            with contextlib.suppress(Exception):  # the error is the one to tell
                paths = _places(note, source, start, rename)
            if paths:
                notes[i] = f"{note}, for {', '.join(f'`{path}`' for path in paths[:_PLACES])}"
                notes[i] += ", ..." * (len(paths) > _PLACES)
            return


def _places(wanted: _Wanted, source: Any, start: int, rename: Rename | None) -> tuple[str, ...]:
    """Find by inspection where in the object the name is used."""
    from fastjoblib._compress.registry import detect_name
    from fastjoblib._inspect import inspect

    if isinstance(source, str):
        with open(source, "rb") as file:
            return _places(wanted, file, 0, rename)
    position = source.tell()
    try:
        source.seek(start)
        nbytes, _ = measure(source)
        is_compressed = detect_name(source.read(16)) is not None
        if nbytes is None or nbytes > (_LARGEST_COMPRESSED if is_compressed else _LARGEST):
            return ()
        source.seek(start)
        report = inspect(source)
    finally:
        source.seek(position)
    for found in report.globals:
        pair = (found.module, found.name)
        if (pair if rename is None else rename(*pair)) in ((wanted.module, wanted.name), _today(wanted)):
            return found.paths
    return ()


def _today(wanted: _Wanted) -> tuple[str, str]:
    """Return the names with the package's present one, as `inspect` has them."""
    for old, new in PACKAGES.items():
        if f"{wanted.module}.".startswith(f"{old}."):
            return new + wanted.module[len(old) :], wanted.name
    return wanted.module, wanted.name
