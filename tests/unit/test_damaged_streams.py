# SPDX-License-Identifier: BSD-3-Clause
"""Streams that Python's modules decompress, after an error."""

import io

import fastjoblib
import pytest
from fastjoblib._compress.streams import DecompressingReader


class Broken:
    """A codec whose decompressor tells of the data once, and then of its own state, as bz2's may."""

    name = "bz2"
    eof, needs_input, unused_data = False, False, b""

    def __init__(self):
        self._errors = iter([OSError("Invalid data stream"), RuntimeError("Invalid sequence of commands")])

    def decompressor(self):
        return self

    def errors(self):
        return (OSError,)

    def decompress(self, data, size):
        raise next(self._errors)


def test_damage_is_told_again():
    reader = DecompressingReader(io.BytesIO(b"BZh"), Broken(), (b"BZh",))
    for _ in range(3):
        with pytest.raises(fastjoblib.InvalidFileError, match="its bz2 data is damaged: Invalid data stream"):
            reader.read(10)
