"""Reading "ZF" files."""

import re
from collections.abc import Iterator
from typing import Any

from fastjoblib._compress.codecs import Zlib
from fastjoblib._compress.streams import DecompressingReader
from fastjoblib._errors import InvalidFileError
from fastjoblib._fileobjects import name_of, read_some

__all__ = ["ZFile"]

_PREFIX = b"ZF"
_PIECE_SIZE = 1 << 20


class ZFile(DecompressingReader):
    """The contents of a "ZF" file, decompressed as they are read.

    "ZF", the length of the contents in hexadecimal, in a field of 19
    characters (20 by Python 2), then one zlib stream.

    Parameters
    ----------
    fileobj : file object
        Stands at the beginning of the file.

    Attributes
    ----------
    length : int
        Of the contents, as the file claims it: trusted for nothing but being
        compared.
    """

    _WIDTH = 19

    def __init__(self, fileobj: Any) -> None:
        super().__init__(fileobj, Zlib(), (b"",))
        header = b""
        size = len(_PREFIX) + self._WIDTH
        while len(header) < size and (more := read_some(fileobj, size - len(header))):
            header += more
        claim = re.fullmatch(rb"ZF(0x[0-9a-fA-F]{1,16}) *", header)
        if claim is None:
            raise self._invalid(
                f'expected "ZF" and a length in hexadecimal in a field of {self._WIDTH} characters, found {header!r}'
            )
        self.length = int(claim[1], 16)
        following = read_some(fileobj, 1)
        self._taken = len(header) + len(following)
        self._ahead = b"" if following == b" " else following

    def readinto(self, buffer: Any, /) -> int:
        size = super().readinto(buffer)
        at_end = size == 0 and len(buffer) > 0
        if self._position > self.length or (at_end and self._position < self.length):
            found = "more" if self._position > self.length else self._position
            raise self._invalid(f"expected {self.length} bytes of contents, as its header says, found {found}")
        return size

    def finish(self, whole: bool = False) -> None:
        """Verify length and check value, and leave the file object behind the stream."""
        for _ in self.pieces():
            pass
        super().finish(whole)

    def pieces(self) -> Iterator[bytes]:
        """Give what has not been read, piece by piece."""
        while piece := self.read(_PIECE_SIZE):
            yield piece

    def _begin_stream(self) -> bool:
        return False  # there is one, whatever follows

    def _invalid(self, detail: str) -> InvalidFileError:
        return InvalidFileError(name_of(self._fileobj), detail, self._position)
