"""File objects that compress and decompress, over those of the caller."""

import io
import os
from typing import Any

from fastjoblib._compress.codecs import Compressor, ReadingCodec
from fastjoblib._errors import InvalidFileError, TruncatedFileError
from fastjoblib._fileobjects import Readable, name_of, read_some, write_whole

__all__ = ["CompressingWriter", "DecompressingReader", "FirstBytes", "Resumed"]

_INPUT_SIZE = 64 * 1024
# Bounds what one call of a codec takes and gives, however much is asked for: a
# megabyte of zeros is a kilobyte of input, and a read may ask for a terabyte.
_PIECE_SIZE = 1024 * 1024
# What compressors are given at a time.  The slowest take a tenth of a second for
# it, and do not hear Ctrl-C meanwhile.
_WRITE_SIZE = 64 * 1024


class CompressingWriter(io.RawIOBase):
    """Compresses what is written, and passes it on.

    Parameters
    ----------
    fileobj : file object
    compressor : Compressor
    closefd : bool, default=False
        Close the file object with this.
    """

    def __init__(self, fileobj: Any, compressor: Compressor, closefd: bool = False) -> None:
        self._fileobj = fileobj
        self._compressor = compressor
        self._closefd = closefd
        self._position = 0
        self._abandoned = False
        self._pid = os.getpid()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        """Return the number of bytes written, before compression."""
        return self._position

    def write(self, data: Any, /) -> int:
        if os.getpid() != self._pid:
            # The child of a fork has no threads, and the parent's file.
            raise RuntimeError("the process was forked during the dump, and the child cannot go on with it")
        with memoryview(data) as view, view.cast("B") as octets:
            for start in range(0, 0 if self._abandoned else len(octets), _WRITE_SIZE):
                write_whole(self._fileobj, self._compressor.compress(octets[start : start + _WRITE_SIZE]))
            self._position += len(octets)
            return len(octets)

    def abandon(self) -> None:
        """Compress and write no more: what was to be written has failed."""
        self._abandoned = True

    def close(self) -> None:
        if self.closed:
            return
        try:
            if not self._abandoned:
                write_whole(self._fileobj, self._compressor.flush())
        finally:
            stop = getattr(self._compressor, "stop", None)
            if stop is not None:
                stop()
            if self._closefd:
                self._fileobj.close()
            super().close()


class DecompressingReader(io.RawIOBase):
    """Reads compressed data, one stream or several one after another.

    What follows them and begins otherwise is left alone.

    Parameters
    ----------
    fileobj : file object
        Stands at the beginning of the data, and stays open when this is closed.
    codec : ReadingCodec
    prefixes : tuple of bytes
        What streams behind the first one begin with.
    seal : bytes, default=b''
        What a seal behind the last one begins with.
    """

    def __init__(self, fileobj: Any, codec: ReadingCodec, prefixes: tuple[bytes, ...], seal: bytes = b"") -> None:
        self._fileobj = fileobj
        self._codec = codec
        self._prefixes = prefixes
        self._ends = (*prefixes, seal) if seal else prefixes
        self._decompressor = codec.decompressor()
        self._errors = codec.errors()
        self._ahead = b""  # read, and not yet given to the decompressor
        self._taken = 0  # bytes read
        self._position = 0  # bytes given
        self._damage: str | None = None  # what is wrong with the data

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        """Return the number of bytes read, after decompression."""
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        size = min(len(buffer), _PIECE_SIZE)
        data = self._next(size) if size else b""
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def finish(self, whole: bool) -> None:
        """Verify the check value, and leave the file object behind the stream.

        To be called when all that is wanted has been read.  If more compressed
        data follows, only reading that would come to the check value.

        Parameters
        ----------
        whole : bool
            Nothing but another stream or a seal may follow.
        """
        if self._read_stream(1):
            return
        if whole:
            rest = self._rest()
            if rest and not rest.startswith(self._ends):
                detail = f"other data follows the end of its {self._codec.name} data"
                raise InvalidFileError(name_of(self._fileobj), detail, self._taken - len(rest))
            return
        left = len(self._decompressor.unused_data or b"")
        if left and getattr(self._fileobj, "seekable", bool)():
            self._fileobj.seek(self._fileobj.tell() - left)

    def _next(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end of the last stream."""
        while True:
            data = self._read_stream(size)
            if data or not self._begin_stream():
                return data

    def _read_stream(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end of this stream."""
        decompressor = self._decompressor
        if self._damage is not None:  # after an error, some crash or tell of their own state
            raise InvalidFileError(name_of(self._fileobj), self._damage, self._position)
        while not decompressor.eof:
            data = self._input() if decompressor.needs_input else b""
            try:
                data = decompressor.decompress(data, size)
            except self._errors as error:
                self._damage = f"its {self._codec.name} data is damaged: {error}"
                raise InvalidFileError(name_of(self._fileobj), self._damage, self._position) from error
            if data:
                return data
        return b""

    def _rest(self) -> bytes:
        """Return what follows this stream, as much of it as shows what it is."""
        rest = self._decompressor.unused_data or b""
        while len(rest) < max(map(len, self._ends)) and (more := read_some(self._fileobj, _INPUT_SIZE)):
            self._taken += len(more)
            rest += more
        return rest

    def _begin_stream(self) -> bool:
        """Go on to the next stream, if there is one."""
        ahead = self._rest()
        if not ahead.startswith(self._prefixes):
            return False
        self._decompressor = self._codec.decompressor()
        self._ahead = ahead
        return True

    def _input(self) -> bytes:
        data, self._ahead = self._ahead, b""
        if not data:
            data = read_some(self._fileobj, _INPUT_SIZE)
            self._taken += len(data)
        if not data:
            raise TruncatedFileError(name_of(self._fileobj), self._taken + 1, self._taken)
        return data


class FirstBytes(io.RawIOBase):
    """The first bytes of a stream.

    Parameters
    ----------
    fileobj : file object
    size : int
        How many there are at most.
    """

    def __init__(self, fileobj: Readable, size: int) -> None:
        self._fileobj = fileobj
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = read_some(self._fileobj, min(len(buffer), self._left)) if self._left else b""
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


class Resumed(io.RawIOBase):
    """A stream whose first bytes have been read already, and which counts what is read.

    Parameters
    ----------
    start : bytes
        What has been read.
    fileobj : file object
    """

    def __init__(self, start: bytes, fileobj: Readable) -> None:
        self._start = start
        self._fileobj = fileobj
        self._position = 0
        self.name = name_of(fileobj)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._start[: len(buffer)] or read_some(self._fileobj, len(buffer))
        self._start = self._start[len(data) :]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position
