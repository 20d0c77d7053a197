"""Making seals while a file is written."""

import hashlib
import importlib
import io
from typing import Any

from fastjoblib._seal.environment import check_metadata, describe
from fastjoblib._seal.form import Seal, build

__all__ = ["Sealer"]

_LEAF = 1 << 16
_SKIPPABLE = b"\x50\x2a\x4d\x18"  # what LZ4 and Zstandard readers skip begins so


class TreeHash:
    """The SHA-256 tree hash of what is passed to `update`, in leaves of 64 KiB."""

    def __init__(self) -> None:
        self._leaf = hashlib.sha256()
        self._leaf_nbytes = 0
        self._digests: list[bytes] = []
        self.nbytes = 0

    def update(self, data: Any) -> None:
        with memoryview(data) as view, view.cast("B") as octets:
            self.nbytes += len(octets)
            at = 0
            while at < len(octets):
                if self._leaf_nbytes == _LEAF:
                    self._end_leaf()
                piece = octets[at : at + _LEAF - self._leaf_nbytes]
                self._leaf.update(piece)
                self._leaf_nbytes += len(piece)
                at += len(piece)

    def _end_leaf(self) -> None:
        self._digests.append(self._leaf.digest())
        self._leaf = hashlib.sha256()
        self._leaf_nbytes = 0

    def hexdigest(self) -> str:
        digests = self._digests
        if self._leaf_nbytes or not digests:
            digests = [*digests, self._leaf.digest()]
        while len(digests) > 1:
            pairs = [digests[i : i + 2] for i in range(0, len(digests), 2)]
            digests = [hashlib.sha256(a[0] + a[1]).digest() if len(a) == 2 else a[0] for a in pairs]
        return digests[0].hex()


class _HashingWriter:
    """A file object that hashes what it passes on.

    Parameters
    ----------
    fileobj : file object
    tree_hash : TreeHash
    """

    def __init__(self, fileobj: Any, tree_hash: TreeHash) -> None:
        self._fileobj = fileobj
        self._hash = tree_hash
        self.name = getattr(fileobj, "name", "")

    def write(self, data: bytes, /) -> int:
        self._hash.update(data)
        if not isinstance(self._fileobj, io.RawIOBase):
            self._fileobj.write(data)  # takes everything; what it returns may be anything
            return len(data)
        rest = memoryview(data)
        while rest:
            taken = self._fileobj.write(rest)
            if not taken:
                raise BlockingIOError("the file object cannot take more data without blocking")
            rest = rest[taken:]
        return len(data)


class Sealer:
    """Makes the seal of one dump.

    Parameters
    ----------
    metadata : object
        Of the caller.

    Raises
    ------
    TypeError, ValueError
        If the metadata is no JSON, or too large.
    """

    def __init__(self, metadata: object) -> None:
        self._metadata = check_metadata(metadata)
        self._seen: Seal | None = None
        self._written = TreeHash()

    def __call__(
        self,
        found: set[tuple[str, str]],
        pieces: bytes,
        digest: bytes,
        data_nbytes: int,
        file_nbytes: int,
        check: int,
    ) -> bytes:
        """Return the bytes of the seal: what C calls when all but it has been written."""
        return build(self._seal(found, pieces, digest, data_nbytes, file_nbytes, check))

    def _seal(
        self,
        found: set[tuple[str, str]],
        pieces: bytes,
        digest: bytes,
        data_nbytes: int,
        file_nbytes: int,
        check: int,
    ) -> Seal:
        facts = describe(found, self._metadata)
        return Seal(data_nbytes, file_nbytes, digest.hex(), check, pieces, facts)

    def over(self, fileobj: Any) -> Any:
        """Return a file object that notes what is written to `fileobj`."""
        return _HashingWriter(fileobj, self._written)

    def note_data(self, *seen: Any) -> bytes:
        """Take the place of `__call__` where the data is compressed afterwards: keep it, seal nothing."""
        self._seen = self._seal(*seen)
        return b""

    def end(self, method: str) -> bytes:
        """Return what goes behind the compressed stream."""
        assert self._seen is not None
        seal = build(self._seen._replace(file_nbytes=self._written.nbytes, digest=self._written.hexdigest()))
        if method == "xz":
            lzma = importlib.import_module("lzma")
            stream: bytes = lzma.compress(seal, lzma.FORMAT_XZ, lzma.CHECK_CRC32)
            return stream
        if method == "zstd":
            return _SKIPPABLE + len(seal).to_bytes(4, "little") + seal
        return seal
