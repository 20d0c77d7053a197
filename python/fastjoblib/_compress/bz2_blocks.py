"""bz2 on several cores: the bytes that one core writes.

A bz2 stream is a sequence of blocks that know nothing of one another, packed
without regard to the borders of bytes.  The encoder's first step shortens runs of
equal bytes; a block is full when 100,000 bytes for each level, less 19, have come
out of that step.  Most of the time goes into sorting a full block.

So each block is given to an encoder of its own, which has its first step done on
it at once, and sorts it in a thread.  The bits of the blocks are then put one
after another.  Because they end exactly where a single encoder ends its blocks,
so are those that it writes, and the file is what joblib writes.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from fastjoblib._compress.codecs import Compressor, load_module
from fastjoblib._compress.workers import Workers

__all__ = ["Bz2"]

_HEADER_SIZE = 4  # "BZh" and the level
_END = 0x177245385090  # ends the blocks, and is followed by the check value of the stream
_SCAN_SIZE = 1 << 18  # keeps the arrays of one scan in the cache


class _BlockEnds:
    """Finds where the encoder ends its blocks.

    Its first step writes up to three equal bytes as they are, 4 to 255 as five.
    More are several runs.  A run belongs to one block, which is full when the run
    that reaches its limit has been added; that happens when the next one begins.

    Parameters
    ----------
    limit : int
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0  # what the runs before the last one take in this block
        self._last = -1  # the byte of the last run, which may go on
        self._length = 0  # and its length

    def find(self, octets: "np.ndarray[Any, np.dtype[np.uint8]]") -> list[int]:
        """Return the positions in the next part of the data before which a block ends."""
        starts = self._run_starts(octets)
        lengths = np.diff(starts)
        taken = np.cumsum(np.where(lengths < 4, lengths, 5))
        ends = []
        before = -self._used
        while True:
            full = int(np.searchsorted(taken, self._limit + before))
            if full == len(taken):
                break
            before = int(taken[full])
            ends.append(int(starts[full + 1]))
        self._used = (int(taken[-1]) if len(taken) else 0) - before
        self._last = int(octets[-1])
        self._length = len(octets) - int(starts[-1])
        return ends

    def _run_starts(self, octets: "np.ndarray[Any, np.dtype[np.uint8]]") -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return where runs begin; that of the part before has a negative start."""
        starts = np.flatnonzero(octets[1:] != octets[:-1]) + 1
        first = [-self._length] if self._length else [0]
        if self._length and octets[0] != self._last:
            first.append(0)
        starts = np.concatenate((first, starts))
        lengths = np.diff(starts, append=len(octets))
        if lengths.max() <= 255:
            return starts
        pieces = (lengths + 254) // 255
        behind = np.cumsum(pieces)
        number = np.arange(behind[-1]) - np.repeat(behind - pieces, pieces)
        starts = np.repeat(starts, pieces)
        starts += 255 * number
        return starts


class _Bits:
    """Puts the blocks of several streams into one.

    What it is given are streams of one block each: the header; the block, which
    begins with a mark of 48 bits and its check value of 32; the mark of the end; the
    check value of the stream, which is that of its only block; up to 7 bits of zero.
    """

    def __init__(self) -> None:
        self._rest = 0  # the bits that are no whole byte
        self._n_rest = 0
        self._check = 0

    def add(self, stream: bytes) -> bytes:
        """Return the block of `stream`, as far as it is whole bytes."""
        check = int.from_bytes(stream[_HEADER_SIZE + 6 : _HEADER_SIZE + 10], "big")
        self._check = (self._check << 1 & 0xFFFFFFFF | self._check >> 31) ^ check
        tail = int.from_bytes(stream[-11:], "big")
        padding = next(n for n in range(8) if tail >> n & (1 << 80) - 1 == _END << 32 | check)
        n_bits = 8 * (len(stream) - _HEADER_SIZE) - 80 - padding
        return self._put(int.from_bytes(stream[_HEADER_SIZE:], "big") >> 80 + padding, n_bits)

    def end(self) -> bytes:
        end = self._put(_END << 32 | self._check, 80)
        return end + self._put(0, -self._n_rest % 8)

    def _put(self, bits: int, n_bits: int) -> bytes:
        bits |= self._rest << n_bits
        n_bits += self._n_rest
        self._n_rest = n_bits % 8
        self._rest = bits & (1 << self._n_rest) - 1
        return (bits >> self._n_rest).to_bytes(n_bits // 8, "big")


class _Bz2Compressor:
    """A `bz2.BZ2Compressor` whose blocks are sorted in threads.

    At level 9, each block on its way takes 8 MB.
    """

    def __init__(self, bz2: Any, level: int, n_threads: int) -> None:
        self._new: Callable[[], Any] = functools.partial(bz2.BZ2Compressor, level)
        self._header = b"BZh%d" % level
        self._block = self._new()
        self._ends = _BlockEnds(100_000 * level - 19)
        self._bits = _Bits()
        self._workers = Workers(n_threads)

    def compress(self, data: bytes | memoryview, /) -> bytes:
        with memoryview(data) as view:
            return b"".join(self._compress(view))

    def _compress(self, view: memoryview) -> Iterator[bytes]:
        octets = np.frombuffer(view, np.uint8)
        for start in range(0, len(octets), _SCAN_SIZE):
            part = octets[start : start + _SCAN_SIZE]
            begin = 0
            for end in self._ends.find(part):
                self._block.compress(part[begin:end])  # gives nothing before the block is full
                begin = end
                # Another byte follows, so this is not the only block.
                yield from self._written(self._workers.call(self._block.flush))
                self._block = self._new()
            self._block.compress(part[begin:])

    def _written(self, streams: list[bytes]) -> Iterator[bytes]:
        for stream in streams:
            yield self._header + self._bits.add(stream)
            self._header = b""

    def flush(self) -> bytes:
        last: bytes = self._block.flush()
        blocks = b"".join(self._written(self._workers.results()))
        self.stop()
        if self._header:
            return last  # it is the only one
        return blocks + self._bits.add(last) + self._bits.end()

    def stop(self) -> None:
        self._workers.stop()


class Bz2:
    """bz2, with its blocks on several cores."""

    name = "bz2"

    @staticmethod
    def _bz2() -> Any:
        return load_module("bz2", "bz2 module is not compiled on your python standard library.")

    def check(self) -> None:
        self._bz2()

    def errors(self) -> tuple[type[Exception], ...]:
        return (OSError, ValueError)

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        bz2 = self._bz2()
        level = 9 if level is None else level
        compressor: Compressor = bz2.BZ2Compressor(level)  # refuses what is no level
        return compressor if n_threads == 1 else _Bz2Compressor(bz2, level, n_threads)

    def decompressor(self) -> Any:
        return self._bz2().BZ2Decompressor()
