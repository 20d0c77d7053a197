"""Finding the seal at the end of a file."""

import importlib
from typing import Any, BinaryIO, NamedTuple

from fastjoblib import _core
from fastjoblib._compress.registry import CoreCompressor, StreamCompressor, detect
from fastjoblib._errors import DamagedFileError, NotSealedError
from fastjoblib._seal import MAGIC
from fastjoblib._seal.form import MAX_SEAL, Seal, parse

__all__ = ["Found", "find", "method_of", "pass_seal", "read_seal", "require"]

_START = 64  # bytes, more than any prefix has
_XZ_MAGIC = b"\xfd7zXZ\x00"
_XZ_HEAD = 12  # bytes, as many as a footer's
_TAILS = (64 << 10, 4 << 20)  # bytes; most seals have some kilobytes, none with its block table has more
_SKIPPABLE = 8  # bytes before what readers of LZ4 and Zstandard skip


class Found(NamedTuple):
    """A seal, and where it is in its file."""

    seal: Seal
    start: int  # of what the seal is in
    ends_right: bool  # what follows it is what must follow it


def method_of(file: BinaryIO) -> str | None:
    """Return how a file is compressed, None for not at all; leaves it at its beginning."""
    file.seek(0)
    compressor = detect(file.read(_START))
    file.seek(0)
    if isinstance(compressor, CoreCompressor):
        return compressor.codec
    if isinstance(compressor, StreamCompressor):
        return compressor.name
    return None if compressor is None else ""  # no method that has seals


def _last_xz_stream(file: BinaryIO, size: int) -> int | None:
    """Return where the last xz stream of a file begins, if it is as short as one with a seal."""
    file.seek(max(0, size - _XZ_HEAD))
    footer = file.read(_XZ_HEAD)
    index_nbytes = (int.from_bytes(footer[4:8], "little") + 1) * 4
    # A seal is one block: its index is a few bytes, and says how long the block is.
    if footer[10:] != b"YZ" or index_nbytes > 64:
        return None
    file.seek(max(0, size - _XZ_HEAD - index_nbytes))
    index = file.read(index_nbytes)
    if index[:2] != b"\x00\x01":
        return None
    unpadded = shift = 0
    for byte in index[2:]:
        unpadded |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    stream_nbytes = _XZ_HEAD + (unpadded + 3) // 4 * 4 + index_nbytes + _XZ_HEAD
    return size - stream_nbytes if stream_nbytes <= min(size, 2 * MAX_SEAL) else None


def _read_xz(stream: bytes) -> tuple[bytes, int] | None:
    """Return what an xz stream holds, if it is short, and how many bytes it has."""
    lzma = importlib.import_module("lzma")
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    try:
        data: bytes = decompressor.decompress(stream, MAX_SEAL)
    except lzma.LZMAError:
        return None
    return (data, len(stream) - len(decompressor.unused_data)) if decompressor.eof else None


def _find_in_xz(file: BinaryIO) -> tuple[bytes, int, bool] | None:
    """Return what the last stream holds, where it begins, and that nothing follows it."""
    size = file.seek(0, 2)
    start = _last_xz_stream(file, size)
    if start is None:
        return None
    file.seek(start)
    held = _read_xz(file.read(size - start))
    return None if held is None or held[1] != size - start else (held[0], start, True)


def _find_at_end(file: Any, container: str | None) -> Any:
    """Return what `_core.find_seal` does; of an object in a store by its last bytes only."""
    nbytes = getattr(file, "fastjoblib_nbytes", None)
    if nbytes is None:
        return _core.find_seal(file, container)
    for most in _TAILS:
        start = max(0, nbytes - most)
        file.seek(start)
        tail = file.read(nbytes - start)
        found = _core.find_seal(tail, container)
        if found is not None:
            return found[0], found[1] + start, found[2]
        if start == 0 or MAGIC not in tail:
            return None
    return None


def find(file: BinaryIO, method: str | None) -> Found | None:
    """Return the seal at the end of a file that can seek, or None.

    Parameters
    ----------
    file : file object
        What `open` returns, or an `io.BytesIO`.
    method : str or None
        As `method_of` returns it.
    """
    file.seek(0)
    container = {"zlib": "zlib", "gzip": "gzip", "lz4": "lz4", "zstd": "lz4"}.get(method or "")
    found = _find_in_xz(file) if method == "xz" else _find_at_end(file, container)
    file.seek(0)
    seal = None if found is None else parse(found[0])
    return None if seal is None or found is None else Found(seal, *found[1:])


def _looks_damaged(file: BinaryIO, method: str | None) -> bool:
    """Tell whether there is something like a seal at the end of a file in which none was found."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 2 * MAX_SEAL))
    tail = file.read()
    if MAGIC in tail:
        return True
    # Of a file whose first bytes are damaged the method is not known.
    start = _last_xz_stream(file, size) if method in ("xz", None) else None
    return start not in (None, 0) or (method in ("xz", None) and _XZ_MAGIC in tail[1:])


def read_seal(file: Any) -> Seal | None:
    """Return the seal of a file, if it has one.

    Parameters
    ----------
    file : file object
        As for `find`.
    """
    found = find(file, method_of(file))
    return None if found is None else found.seal


def require(file: BinaryIO, method: str | None, filename: str) -> Found:
    """Return the seal of a file, or raise."""
    found = find(file, method)
    if found is not None:
        return found
    if _looks_damaged(file, method):
        raise DamagedFileError(filename, "its seal is damaged, or cut, or something follows it", file.seek(0, 2))
    raise NotSealedError(filename)


def pass_seal(file: Any) -> None:
    """Leave a file object behind the seal at its position, if there is one behind a compressed stream.

    Parameters
    ----------
    file : file object
        That can seek.
    """
    position = file.tell()
    start = file.read(_START)
    if MAGIC in start or start.startswith(_XZ_MAGIC):
        start += file.read(MAX_SEAL)
    wrapped = _SKIPPABLE if start[1:4] == b"\x2a\x4d\x18" else 0
    nbytes = 0
    if start[wrapped : wrapped + len(MAGIC)] == MAGIC:
        size = int.from_bytes(start[wrapped + 16 : wrapped + 20], "little")
        if parse(start[wrapped : wrapped + size]) is not None:
            nbytes = wrapped + size
    elif start.startswith(_XZ_MAGIC):
        held = _read_xz(start)
        nbytes = 0 if held is None or parse(held[0]) is None else held[1]
    file.seek(position + nbytes)
