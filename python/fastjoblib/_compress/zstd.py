"""Zstandard, which stock joblib does not know: by Python 3.14's own module, or a package.

`compression.zstd` came with Python 3.14, and the backports.zstd package is the same
for older ones.  The zstandard package is older and has an interface of its own.
"""

import importlib
from collections.abc import Callable
from typing import Any

from fastjoblib._compress.codecs import Compressor, Decompressor

__all__ = ["PREFIX", "SKIPPABLE", "Zstd"]

PREFIX = b"\x28\xb5\x2f\xfd"
# Frames of other data (tables of contents, ...) begin with one of these.
SKIPPABLE = tuple(bytes((0x50 + i, 0x2A, 0x4D, 0x18)) for i in range(16))
_NOT_INSTALLED = (
    "zstd needs Python 3.14 or the zstandard package, which is not installed: pip install 'fastjoblib[zstd]'"
)
_DEFAULT_LEVEL = 3
# What is larger is compressed by the library's threads.  These write other bytes than
# a single call does, but the same however many they are; so this depends on the data
# alone.
_LARGE = 1024 * 1024


class _Module:
    """compression.zstd, or backports.zstd."""

    def __init__(self, zstd: Any) -> None:
        self._zstd = zstd
        self.error: type[Exception] = zstd.ZstdError

    def compressor(self, level: int, n_workers: int) -> Compressor:
        parameter = self._zstd.CompressionParameter
        most: int = parameter.nb_workers.bounds()[1]  # 0 if it was built without threads
        compressor: Compressor = self._zstd.ZstdCompressor(
            options={
                parameter.compression_level: level,
                parameter.checksum_flag: 1,
                parameter.nb_workers: min(n_workers, most),
            }
        )
        return compressor

    def decompressor(self) -> Decompressor:
        decompressor: Decompressor = self._zstd.ZstdDecompressor()
        return decompressor


class _Package:
    """zstandard."""

    def __init__(self, zstandard: Any) -> None:
        self._zstandard = zstandard
        self.error: type[Exception] = zstandard.ZstdError

    def compressor(self, level: int, n_workers: int) -> Compressor:
        zstandard = self._zstandard
        compressor: Compressor = zstandard.ZstdCompressor(
            level, threads=min(n_workers, 256), write_checksum=True
        ).compressobj()
        return compressor

    def decompressor(self) -> Decompressor:
        return _PackageDecompressor(self._zstandard.ZstdDecompressor().decompressobj())


class _PackageDecompressor:
    """Decompresses one frame, a block at a time.

    A call of the package's decompressor gives all that its input decompresses to,
    and 64 KiB of input may be 2 GiB.  A block never is more than 128 KiB, so this
    finds where they end.  What is wrong with them is left to the library.

    Parameters
    ----------
    frame : zstandard.ZstdDecompressionObj
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._input = b""
        self._at = 0  # what of the input has been given to the frame
        self._left = 0  # what the frame lacks of the part that it was given the beginning of
        self._next: Callable[[bytes], int] = self._header_size
        self._has_checksum = False
        self._output = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof) and not self._output

    @property
    def unused_data(self) -> bytes:
        return self._input[self._at :]

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._input = self._input[self._at :] + data
            self._at = 0
        while not self._output and not self._frame.eof:
            if not self._left:
                # The longest thing to look at is the header of a skippable frame.
                self._left = self._next(self._input[self._at : self._at + 8])
            part = self._input[self._at : self._at + self._left]
            if not part:
                break
            self._output = self._frame.decompress(part)
            self._at += len(part)
            self._left -= len(part)
        self.needs_input = not self._output
        result, self._output = self._output[:max_length], self._output[max_length:]
        return result

    # Each returns the size of the next part, or 0 if `start` does not show it yet.

    def _header_size(self, start: bytes) -> int:
        """The header of a frame, or all of a skippable one."""
        if start[:4] in SKIPPABLE:
            return 8 + int.from_bytes(start[4:8], "little") if len(start) == 8 else 0
        if len(start) < 5:
            return 0
        flags = start[4]
        has_window = not flags & 0x20
        dictionary_id = (0, 1, 2, 4)[flags & 3]
        content = (0 if has_window else 1, 2, 4, 8)[flags >> 6]
        self._has_checksum = bool(flags & 4)
        self._next = self._block_size
        return 5 + has_window + dictionary_id + content

    def _block_size(self, start: bytes) -> int:
        if len(start) < 3:
            return 0
        header = int.from_bytes(start[:3], "little")
        is_last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if is_last:
            self._next = self._checksum_size
        return 3 + (1 if kind == 1 else size)  # kind 1: one byte, to be repeated

    def _checksum_size(self, start: bytes) -> int:
        return 4 if self._has_checksum else 0


class _ZstdCompressor:
    """Compresses with the library's threads what is large, and else without."""

    def __init__(self, backend: _Module | _Package, level: int, n_threads: int) -> None:
        self._backend = backend
        self._level = level
        self._n_threads = n_threads
        self._start = bytearray()
        self._compressor: Compressor | None = None

    def compress(self, data: bytes | memoryview, /) -> bytes:
        if self._compressor is not None:
            return self._compressor.compress(data)
        self._start += data
        if len(self._start) <= _LARGE:
            return b""
        self._compressor = self._backend.compressor(self._level, self._n_threads)
        return self._compressor.compress(self._given_up_start())

    def flush(self) -> bytes:
        if self._compressor is not None:
            last = self._compressor.flush()
            self.stop()
            return last
        compressor = self._backend.compressor(self._level, 0)
        return compressor.compress(self._given_up_start()) + compressor.flush()

    def stop(self) -> None:
        self._compressor = None  # and with it the library's threads

    def _given_up_start(self) -> bytes:
        start, self._start = bytes(self._start), bytearray()
        return start


class Zstd:
    """Frames of Zstandard with a checksum."""

    name = "zstd"

    @staticmethod
    def _backend() -> _Module | _Package:
        for name, backend in (("compression.zstd", _Module), ("backports.zstd", _Module), ("zstandard", _Package)):
            try:
                return backend(importlib.import_module(name))
            except ImportError:
                pass
        raise ValueError(_NOT_INSTALLED)

    def check(self) -> None:
        self._backend()

    def errors(self) -> tuple[type[Exception], ...]:
        return (self._backend().error,)

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        return _ZstdCompressor(self._backend(), _DEFAULT_LEVEL if level is None else level, n_threads)

    def decompressor(self) -> Decompressor:
        return self._backend().decompressor()
