# SPDX-License-Identifier: BSD-3-Clause
"""The notes of a failed dump: ours, which says where in the object it failed, and those of Python 3.14's pickle."""

from helpers.control import error_of


def split_notes(error):
    """Return the notes that say where, and those that pickle has too."""
    notes = getattr(error, "__notes__", [])
    ours = [note for note in notes if note.startswith("in `model")]
    assert notes[: len(ours)] == ours, f"ours is not the first: {notes}"
    return ours, notes[len(ours) :]


def failure(function, *args, **kwargs):
    """Call what must fail; returns the exception."""
    error = error_of(function, *args, **kwargs)[1]
    assert error is not None, "it did not fail"
    return error
