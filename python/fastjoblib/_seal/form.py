"""The form of a seal in bytes; docs/format.md describes it."""

import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from fastjoblib._seal import MAGIC

__all__ = ["MAX_METADATA", "MAX_SEAL", "Piece", "Seal", "build", "parse", "read_pieces"]

MAX_SEAL = 1 << 20
# Of the caller's metadata as JSON.  Pieces take up to half a MiB, packages a few
# kilobytes.
MAX_METADATA = 1 << 18

_HEAD = struct.Struct("<8sQIIQ32sII")
_FOOTER = struct.Struct("<II8s")


class Piece(NamedTuple):
    """A range of the object's data, before compression."""

    begin: int
    end: int
    check: int  # CRC-32
    kind: int  # 0: pickle and small arrays, 1: an array or its beginning, 2: more of the same


class Seal(NamedTuple):
    """What a seal says.

    Attributes
    ----------
    data_nbytes : int
        Of the object, before compression.
    file_nbytes : int
        Of the file, before the seal.
    digest : str
        The SHA-256 tree hash of these, in hexadecimal.
    check : int
        The check value of the data, in zlib and gzip files; else 0.
    pieces : bytes
        Checksums of the data; see `read_pieces`.
    facts : dict
        What was known of the surroundings: ``python``, ``packages``, ``platform``,
        ``time``, ``metadata`` and others.
    """

    data_nbytes: int
    file_nbytes: int
    digest: str
    check: int
    pieces: bytes
    facts: dict[str, Any]


def build(seal: Seal) -> bytes:
    """Return the bytes of a seal."""
    text = json.dumps(seal.facts, separators=(",", ":")).encode()
    size = _HEAD.size + len(seal.pieces) + len(text) + _FOOTER.size
    if size > MAX_SEAL:
        raise ValueError(f"a seal of {size:,} bytes is larger than {MAX_SEAL:,}")
    digest = bytes.fromhex(seal.digest)
    head = _HEAD.pack(
        MAGIC, seal.data_nbytes, size, seal.check, seal.file_nbytes, digest, len(seal.pieces), len(text)
    )
    body = head + seal.pieces + text
    return body + _FOOTER.pack(size, zlib.crc32(body + struct.pack("<I", size)), MAGIC)


def parse(data: bytes) -> Seal | None:
    """Return what the bytes of a seal say, or None where they are none."""
    if not _HEAD.size + _FOOTER.size <= len(data) <= MAX_SEAL:
        return None
    magic, data_nbytes, size, check, file_nbytes, digest, n_pieces, n_text = _HEAD.unpack_from(data)
    last_size, crc, last_magic = _FOOTER.unpack_from(data, len(data) - _FOOTER.size)
    whole = _HEAD.size + n_pieces + n_text + _FOOTER.size
    if not (magic == last_magic == MAGIC and size == last_size == len(data) == whole):
        return None
    if zlib.crc32(data[: len(data) - _FOOTER.size + 4]) != crc:
        return None
    end = _HEAD.size + n_pieces
    try:
        facts = json.loads(data[end : end + n_text])
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict):
        return None
    return Seal(data_nbytes, file_nbytes, digest.hex(), check, data[_HEAD.size : end], facts)


def read_pieces(pieces: bytes) -> Iterator[Piece]:
    """Yield the pieces of a seal, as far as they can be read."""
    at = begin = 0
    while at < len(pieces):
        number = shift = 0
        while at < len(pieces) and shift < 70:
            byte = pieces[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if at + 4 > len(pieces):
            return
        end = begin + (number >> 2)
        yield Piece(begin, end, int.from_bytes(pieces[at : at + 4], "little"), number & 3)
        at += 4
        begin = end
