"""Zstandard, which stock joblib does not know: by Python 3.14's own module.

For older Pythons the backports.zstd package is the same.
"""

import importlib
from typing import Any

from fastjoblib._compress.codecs import Compressor, Decompressor

__all__ = ["Zstd"]

_NOT_INSTALLED = (
    "zstd needs Python 3.14 or the backports.zstd package, which is not installed: pip install 'fastjoblib[zstd]'"
)
_DEFAULT_LEVEL = 3
# What is larger is compressed by the library's threads.  These write other bytes than
# a single call does, but the same however many they are; so this depends on the data
# alone.
_LARGE = 1024 * 1024


def _module() -> Any:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    raise ValueError(_NOT_INSTALLED)


def _compressor(zstd: Any, level: int, n_workers: int) -> Compressor:
    parameter = zstd.CompressionParameter
    most: int = parameter.nb_workers.bounds()[1]  # 0 if it was built without threads
    compressor: Compressor = zstd.ZstdCompressor(
        options={
            parameter.compression_level: level,
            parameter.checksum_flag: 1,
            parameter.nb_workers: min(n_workers, most),
        }
    )
    return compressor


class _ZstdCompressor:
    """Compresses with the library's threads what is large, and else without."""

    def __init__(self, zstd: Any, level: int, n_threads: int) -> None:
        self._zstd = zstd
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
        self._compressor = _compressor(self._zstd, self._level, self._n_threads)
        return self._compressor.compress(self._given_up_start())

    def flush(self) -> bytes:
        if self._compressor is not None:
            last = self._compressor.flush()
            self.stop()
            return last
        compressor = _compressor(self._zstd, self._level, 0)
        return compressor.compress(self._given_up_start()) + compressor.flush()

    def stop(self) -> None:
        self._compressor = None  # and with it the library's threads

    def _given_up_start(self) -> bytes:
        start, self._start = bytes(self._start), bytearray()
        return start


class Zstd:
    """Frames of Zstandard with a checksum."""

    name = "zstd"

    def check(self) -> None:
        _module()

    def errors(self) -> tuple[type[Exception], ...]:
        return (_module().ZstdError,)

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        return _ZstdCompressor(_module(), _DEFAULT_LEVEL if level is None else level, n_threads)

    def decompressor(self) -> Decompressor:
        decompressor: Decompressor = _module().ZstdDecompressor()
        return decompressor
