"""What is inside zip archives."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

__all__ = ["ZIP_MAGIC", "Budget", "BudgetError", "Member", "is_zip", "members"]

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 1
_CHUNK_SIZE = 65536
# What a byte of deflated data can become at most.
_LARGEST_RATIO = 1032


class BudgetError(Exception):
    """An archive holds more than data of its size can."""


class Budget:
    """How many bytes may come out of an archive, all members and archives within it together.

    Members that share their data, or are read again and again, could else hold
    any amount.
    """

    def __init__(self, archive_nbytes: int) -> None:
        self._left = _LARGEST_RATIO * archive_nbytes

    def spend(self, nbytes: int) -> None:
        self._left -= nbytes
        if self._left < 0:
            raise BudgetError("its members hold more than an archive of its size can")


class Member:
    """The data of a member, as a file object that can only be read.

    Its name, flags and check value are not looked at: a reader that does not look
    at them either would load what `zipfile` refuses.

    Parameters
    ----------
    archive : file object
    info : zipfile.ZipInfo
        Of the central directory.
    budget : Budget
    """

    def __init__(self, archive: IO[bytes], info: zipfile.ZipInfo, budget: Budget) -> None:
        self._archive, self._budget = archive, budget
        archive.seek(info.header_offset)
        header = archive.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(ZIP_MAGIC[0]):
            raise zipfile.BadZipFile("a member is not where the archive's directory says")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        self._position = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        self._left = info.compress_size
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"a member is compressed by method {info.compress_type}, expected 0 or 8")
        self._inflater = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        self._ready = b""

    def _stored(self, size: int) -> bytes:
        self._archive.seek(self._position)
        data = self._archive.read(min(size, self._left))
        self._position += len(data)
        self._left -= len(data)
        return data

    def _some(self, size: int) -> bytes:
        """Return some bytes, b"" at the end only."""
        if self._inflater is None:
            return self._stored(size)
        while not self._inflater.eof:
            source = self._inflater.unconsumed_tail or self._stored(_CHUNK_SIZE)
            data = self._inflater.decompress(source, size)
            if data:
                return data
            if not source:
                raise EOFError("a member ends before its compressed data does")
        return b""

    def peek(self, size: int) -> bytes:
        """Return the next bytes, `size` or fewer, which the next `read` returns again."""
        while len(self._ready) < size and (data := self._some(_CHUNK_SIZE)):
            self._ready += data
        return self._ready[:size]

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, fewer at the end only; all that are left if it is negative."""
        pieces = []
        while size:
            if self._ready:
                end = size if size > 0 else len(self._ready)
                data, self._ready = self._ready[:end], self._ready[end:]
            else:
                data = self._some(size if size > 0 else _CHUNK_SIZE)
            if not data:
                break
            self._budget.spend(len(data))
            pieces.append(data)
            size -= len(data) if size > 0 else 0
        return b"".join(pieces)


def is_zip(file: IO[bytes]) -> bool:
    """Tell whether a seekable file is a zip archive, also one behind other data."""
    return zipfile.is_zipfile(file)


def members(file: IO[bytes], budget: Budget) -> Iterator[tuple[str, Member, list[str]]]:
    """Iterate over the members that a zip archive's directory lists.

    Yields
    ------
    name : str
    member : Member
    oddities : list of str
        What about it makes readers differ.

    Raises
    ------
    zipfile.BadZipFile, NotImplementedError, OSError
        If the archive, or one of its members, cannot be read.
    """
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir() and info.file_size == 0:
                continue
            oddities = ["it is marked as encrypted"] if info.flag_bits & _ENCRYPTED else []
            yield info.filename, Member(file, info, budget), oddities
