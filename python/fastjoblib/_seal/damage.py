"""Finding out what is damaged in a sealed file."""

import contextlib
import io
import pickle
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from fastjoblib._seal.decoding import decode
from fastjoblib._seal.finding import Found
from fastjoblib._seal.form import Piece, read_pieces

__all__ = ["describe_damage"]


_MAX_RATIO = 1100  # deflate has up to 1032


class _Bad(NamedTuple):
    """The first range of the data that is not what was saved."""

    begin: int
    end: int
    kind: int
    byte: int | None  # the one wrong byte, if it is one
    reason: str  # why it could not be read, or ""


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    return table


def find_wrong_byte(size: int, difference: int) -> int | None:
    """Return which byte of data is wrong, if only one is.

    A CRC is linear: one wrong byte changes it by a value that depends on how it is
    wrong and on how many bytes follow it, nothing else.  Going back from the end
    undoes that byte by byte, until what is left is a change by one byte.

    Parameters
    ----------
    size : int
        Of the data, in bytes.
    difference : int
        The CRC-32 that is expected, exclusive-or the one that was found.
    """
    table = _crc_table()
    by_last_byte = {value >> 24: byte for byte, value in enumerate(table)}
    changes = set(table[1:])
    value = difference
    for position in range(size - 1, -1, -1):
        if value in changes:
            return position
        byte = by_last_byte[value >> 24]
        value = (value ^ table[byte]) << 8 & 0xFFFFFFFF | byte
    return None


def _first_bad_piece(pieces: Iterator[Piece], chunks: Iterator[bytes]) -> _Bad | None:
    """Compare the data with its checksums."""
    ahead = b""
    for piece in pieces:
        check, left = 0, piece.end - piece.begin
        while left:
            if not ahead:
                try:
                    ahead = next(chunks)
                except StopIteration:
                    return _Bad(piece.end - left, piece.end, piece.kind, None, "the data ends there")
                except ValueError as error:
                    return _Bad(piece.end - left, piece.end, piece.kind, None, str(error))
            taken, ahead = ahead[:left], ahead[left:]
            check = zlib.crc32(taken, check)
            left -= len(taken)
        if check != piece.check:
            wrong = find_wrong_byte(piece.end - piece.begin, check ^ piece.check)
            byte = None if wrong is None else piece.begin + wrong
            return _Bad(piece.begin, piece.end, piece.kind, byte, "")
    return None


class _Decoded(io.RawIOBase):
    """The data of a damaged file as a file object; zeros in place of what cannot be decompressed.

    With these an array of which only the end is missing is found as well.
    """

    def __init__(self, chunks: Iterator[bytes], size: int) -> None:
        self._chunks = chunks
        self._ahead = b""
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._ahead:
            with contextlib.suppress(ValueError):
                self._ahead = next(self._chunks, b"")
        data = self._ahead[: len(buffer)] or bytes(min(len(buffer), self._left))
        self._ahead = self._ahead[len(buffer) :]
        self._left = max(0, self._left - len(data))
        buffer[: len(data)] = data
        return len(data)


def _arrays(chunks: Iterator[bytes], size: int) -> list[tuple[int, int, str]]:
    """Return begin, end and path of the arrays in the data, as far as it can be read."""
    from fastjoblib._inspect import inspect  # which imports what is here

    try:
        report = inspect(io.BufferedReader(_Decoded(chunks, size)))
    except (pickle.UnpicklingError, EOFError, ValueError):
        return []  # the damage is where the first pickle begins
    return sorted(
        (array.offset, array.offset + array.nbytes, array.path)
        for array in report.arrays
        if array.kind == "joblib" and array.offset is not None and array.path  # "": nothing leads there any more
    )


def _place(bad: _Bad, arrays: list[tuple[int, int, str]]) -> str:
    """Say where that is in the object."""
    at = bad.begin if bad.byte is None else bad.byte
    index = bisect_right(arrays, (at, float("inf"), ""))
    before = arrays[index - 1] if index else None
    if before is not None and at < before[1]:
        begin, end, path = before
        size = end - begin
        if bad.byte is not None:
            return f"array {path!r}, byte {at - begin:,} of {size:,}"
        return f"array {path!r}, bytes {at - begin:,} to {min(bad.end, end) - begin - 1:,} of {size:,}"
    where = f"byte {at:,}" if bad.byte is not None else f"bytes {at:,} to {bad.end - 1:,}"
    if bad.kind == 0 or bad.byte is not None:
        behind = "" if before is None else f", behind array {before[2]!r}"
        return f"the pickle, {where} of the data{behind}"
    following = arrays[index] if index < len(arrays) else None
    if following is not None and following[0] < bad.end:
        return f"array {following[2]!r} or the pickle before it, {where} of the data"
    return f"an array whose name the damage hides, {where} of the data"


def describe_damage(
    file: BinaryIO, method: str | None, found: Found, name: str, what: str
) -> tuple[str, int]:
    """Return what is damaged, and where, in the object's data.

    Parameters
    ----------
    file : file object
    method : str or None
        By which it is compressed.
    found : Found
        Its seal.
    name : str
        Of the file.
    what : str
        What is known already.
    """
    bad = _first_bad_piece(read_pieces(found.seal.pieces), decode(file, method, found.start))
    if bad is None:
        detail = what or (
            f"its {method} stream differs, though the object that it holds is whole"
            if method
            else "its data differs in a way that no checksum shows"
        )
        return detail, 0
    # A stranger's seal may claim any size.  Of data that is compressed more than this
    # an array's name may not be found.
    size = min(found.seal.data_nbytes, _MAX_RATIO * found.start)
    place = _place(bad, _arrays(decode(file, method, found.start), size))
    detail = f"{place}{': ' if bad.reason else ''}{bad.reason}"
    return (f"{what}: {detail}" if what else detail), bad.begin if bad.byte is None else bad.byte
