"""Decompressing damaged files up to the last byte that can be had.

Loading gives up a whole block where one byte of it is damaged.  What is damaged is
found here: slowly, and to the byte.
"""

import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

__all__ = ["decode"]

_INPUT = 64 * 1024  # bytes
_STEP = 64 * 1024  # bytes of output
_LZ4_MAGIC = b"\x04\x22\x4d\x18"


def _pieces(file: BinaryIO, end: int) -> Iterator[bytes]:
    """Yield what a file holds before the seal."""
    file.seek(0)
    left = end
    while left and (data := file.read(min(_INPUT, left))):
        left -= len(data)
        yield data


class _Inflate:
    """A `zlib.decompressobj` in the language of `lzma.LZMADecompressor`."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # zlib or gzip

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


def _stream(make: Callable[[], Any], errors: tuple[type[Exception], ...], file: BinaryIO, end: int) -> Iterator[bytes]:
    """Yield decompressed data; where that fails, begin again to get what is left before it."""
    given = 0
    try:
        for data in _run(make(), file, end, lambda position: _STEP):
            yield data
            given += len(data)
        return
    except errors as error:
        failure = error
    whole, position = given, 0
    try:
        # Bytes one by one from where the steps became too long.
        for data in _run(make(), file, end, lambda position: 1 if position >= whole else _STEP):
            position += len(data)
            if position > whole:
                yield data[-(position - whole) :] if position - len(data) < whole else data
    except errors:
        pass
    raise ValueError(f"its compressed data is damaged there ({failure})")


def _run(decompressor: Any, file: BinaryIO, end: int, step: Callable[[int], int]) -> Iterator[bytes]:
    position = 0
    for data in _pieces(file, end):
        while not decompressor.eof:
            size = step(position)
            result = decompressor.decompress(data, size)
            data = b""
            position += len(result)
            if result:
                yield result
            if len(result) < size:
                break
        if decompressor.eof:
            return


def _lz4_sequences(block: bytes, most: int) -> bytearray:
    """Decode a block of LZ4 as far as it can be decoded."""
    out = bytearray()
    at = 0

    def length(start: int) -> int:
        nonlocal at
        if start == 15:
            while at < len(block):
                at += 1
                start += block[at - 1]
                if block[at - 1] != 255:
                    break
        return start

    while at < len(block) and len(out) < most:
        token = block[at]
        at += 1
        n_literals = length(token >> 4)
        out += block[at : at + n_literals]
        at += n_literals
        if at + 2 > len(block):
            break
        distance = int.from_bytes(block[at : at + 2], "little")
        at += 2
        n_copied = min(length(token & 15) + 4, most - len(out))
        if not 0 < distance <= len(out):
            break
        while n_copied > 0:  # what is copied may overlap what it makes
            piece = out[-distance:][:n_copied]
            out += piece
            n_copied -= len(piece)
    return out[:most]


def _lz4(file: BinaryIO, end: int) -> Iterator[bytes]:
    """Yield the blocks of a frame, as `dump` writes it: independent ones of 1 MiB."""
    file.seek(0)
    start = file.read(6)
    if start[:4] != _LZ4_MAGIC:
        raise ValueError("the frame's header is damaged")
    file.seek(4 + 2 + (8 if start[4] & 8 else 0) + 1)
    while (head := file.read(4)) and file.tell() <= end:
        word = int.from_bytes(head, "little")
        size = word & 0x7FFFFFFF
        if word == 0:
            return
        if size > 1 << 20 or file.tell() + size > end:
            raise ValueError("the size of a block is damaged there")
        block = file.read(size)
        yield block if word >> 31 else bytes(_lz4_sequences(block, 1 << 20))


def decode(file: BinaryIO, method: str | None, end: int) -> Iterator[bytes]:
    """Yield the data before a file's seal, decompressed.

    Parameters
    ----------
    file : file object
    method : str or None
        By which it is compressed.
    end : int
        Where the seal begins.

    Raises
    ------
    ValueError
        Where no more can be decompressed.
    """
    if method is None:
        return _pieces(file, end)
    if method == "lz4":
        return _lz4(file, end)
    if method in ("zlib", "gzip"):
        return _stream(_Inflate, (zlib.error,), file, end)
    if method == "zstd":
        from fastjoblib._compress.zstd import Zstd

        codec = Zstd()
        return _stream(codec.decompressor, codec.errors(), file, end)
    module = importlib.import_module("bz2" if method == "bz2" else "lzma")
    if method == "bz2":
        return _stream(module.BZ2Decompressor, (OSError,), file, end)
    return _stream(module.LZMADecompressor, (module.LZMAError,), file, end)
