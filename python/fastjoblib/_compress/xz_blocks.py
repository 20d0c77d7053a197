"""xz on several cores: one stream of several blocks.

Every reader of .xz files knows streams of several blocks: `xz -T` writes them.  A
block starts with an empty dictionary, so the larger they are, the smaller the file.

The data is cut into pieces.  Each is compressed as a stream by itself, with the
settings of a single one, and its only block is taken from that; in the file, one
header, one index and one footer stand around all of them.  What is one piece comes
out as a single encoder writes it, and so joblib.

A stream is: a header of 12 bytes, which ends in its flags and their CRC; blocks,
padded to whole multiples of 4 bytes; an index, which begins with a zero and the
number of blocks, has two numbers for each (its size without padding, and that of
its data), and ends in padding and a CRC; a footer of 12 bytes, which tells the size
of the index and repeats the flags.
"""

import functools
import zlib
from collections.abc import Callable, Iterator

from fastjoblib import _threads
from fastjoblib._compress.codecs import Compressor, Lzma
from fastjoblib._compress.workers import Workers

__all__ = ["Xz"]

_HEADER_SIZE = _FOOTER_SIZE = 12
_MIB = 1024 * 1024
# What a thread that was told to stop may still compress, at a megabyte a second.
_SLICE_SIZE = 64 * 1024
_DEFAULT_LEVEL = 6
# For levels 0 to 9, in MiB: how much data makes a block, and what an encoder takes.
# Dictionaries are 1/4, 1, 2, 4, 4, 8, 8, 16, 32 and 64 MiB.  What a block loses by an
# empty dictionary is much the same for all data at a level (58 kB at level 6), and so
# is the worst for data that becomes small.  A pickled forest of 158 MB, of which 9 %
# are left at level 6, was larger than in one block by 0.8 % at level 1, between 1.0 and
# 1.5 % at level 3, 1.6 % at level 6, 1.3 % at level 7 and 1.4 % at level 9; the sizes at
# the other levels lie between.
_PIECE_SIZES = (4, 8, 16, 20, 32, 32, 32, 64, 96, 128)
_ENCODER_SIZES = (3, 9, 17, 32, 48, 94, 94, 186, 370, 674)


def _affordable(level: int | None) -> int:
    """Return how many threads may compress, for lack of memory.

    All encoders and their data may take a quarter of it.  The caller's thread fills
    one piece more, and one waits.
    """
    level = _DEFAULT_LEVEL if level is None else level
    room = _threads.memory() // 4 - 2 * _PIECE_SIZES[level] * _MIB
    return max(1, room // ((_ENCODER_SIZES[level] + 2 * _PIECE_SIZES[level]) * _MIB))


class Xz(Lzma):
    """xz, with pieces of the data on several cores."""

    def __init__(self) -> None:
        super().__init__("xz", "FORMAT_XZ")

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        new = functools.partial(super().compressor, level)
        if level is not None and type(level) is not int:
            new()  # refuses what is no level, in lzma's words
        piece_size = _PIECE_SIZES[_DEFAULT_LEVEL if level is None else level] * _MIB
        return XzCompressor(new, piece_size, min(n_threads, _affordable(level)))


def _number(value: int) -> bytes:
    """Encode a number: seven bits a byte, the lowest first, the highest bit set on all but the last."""
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def _end_of_number(data: bytes, start: int) -> int:
    while data[start] & 0x80:
        start += 1
    return start + 1


class _Blocks:
    """Puts the blocks of several streams, of one block each, into one stream."""

    def __init__(self) -> None:
        self._header = b""
        self._records: list[bytes] = []

    def add(self, stream: bytes) -> bytes:
        """Return what `stream` adds to the one stream."""
        index_size = 4 * (int.from_bytes(stream[-8:-4], "little") + 1)
        index = len(stream) - _FOOTER_SIZE - index_size
        record = index + 2  # behind the zero, and the number 1
        self._records.append(stream[record : _end_of_number(stream, _end_of_number(stream, record))])
        if self._header:
            return stream[_HEADER_SIZE:index]
        self._header = stream[:_HEADER_SIZE]
        return stream[:index]

    def end(self) -> bytes:
        index = b"\0" + _number(len(self._records)) + b"".join(self._records)
        index += bytes(-len(index) % 4)
        index += zlib.crc32(index).to_bytes(4, "little")
        footer = (len(index) // 4 - 1).to_bytes(4, "little") + self._header[6:8]
        return index + zlib.crc32(footer).to_bytes(4, "little") + footer + b"YZ"


class XzCompressor:
    """Compresses pieces in threads, as blocks of one stream.

    The bytes depend on the size of the pieces, but not on the number of threads.

    Parameters
    ----------
    new : callable
        Returns an `lzma.LZMACompressor` for FORMAT_XZ.
    piece_size : int
        How much data makes a block.
    n_threads : int
    """

    def __init__(self, new: Callable[[], Compressor], piece_size: int, n_threads: int) -> None:
        self._new = new
        self._piece_size = piece_size
        self._piece = bytearray()
        self._workers = Workers(n_threads)
        self._blocks: _Blocks | None = None

    def compress(self, data: bytes | memoryview, /) -> bytes:
        with memoryview(data) as view, view.cast("B") as octets:
            return b"".join(self._compress(octets))

    def _compress(self, octets: memoryview) -> Iterator[bytes]:
        taken = 0
        while taken < len(octets):
            if len(self._piece) == self._piece_size:
                # Another byte follows, so this is not the only piece.
                yield from self._hand_over()
            part = octets[taken : taken + self._piece_size - len(self._piece)]
            self._piece += part
            taken += len(part)

    def _hand_over(self) -> Iterator[bytes]:
        piece, self._piece = self._piece, bytearray()
        blocks = self._blocks = self._blocks or _Blocks()
        yield from map(blocks.add, self._workers.call(lambda: self._stream(piece)))

    def _stream(self, piece: bytearray) -> bytes:
        """Compress a piece as a stream by itself."""
        compressor = self._new()
        parts = []
        with memoryview(piece) as view:
            for start in range(0, len(view), _SLICE_SIZE):
                if self._workers.stopped:
                    return b""
                parts.append(compressor.compress(view[start : start + _SLICE_SIZE]))
        parts.append(compressor.flush())
        return b"".join(parts)

    def flush(self) -> bytes:
        if self._blocks is None:
            return self._stream(self._piece)
        parts = [*self._hand_over(), *map(self._blocks.add, self._workers.results())]
        self.stop()
        return b"".join(parts) + self._blocks.end()

    def stop(self) -> None:
        self._workers.stop()
