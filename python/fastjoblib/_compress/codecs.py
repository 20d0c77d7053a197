"""What compresses and decompresses a stream of bytes, and the methods that need little code.

All speak the language of `bz2.BZ2Compressor` and `bz2.BZ2Decompressor`.  Modules
that may be missing are imported when they are asked for.
"""

import importlib
from typing import Any, Protocol

__all__ = ["Codec", "Compressor", "Decompressor", "Lzma", "ReadingCodec", "Zlib", "load_module"]


class Compressor(Protocol):
    """Takes data piece by piece, and gives what is finished.

    One that has threads has a method ``stop()`` as well, which drops what is not
    finished and ends them.
    """

    def compress(self, data: bytes | memoryview, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Decompressor(Protocol):
    """Decompresses one stream, at most `max_length` bytes a call."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class ReadingCodec(Protocol):
    """One method of compression, as far as it reads."""

    @property
    def name(self) -> str: ...
    def errors(self) -> tuple[type[Exception], ...]:
        """Return what the decompressor raises for damaged data."""

    def decompressor(self) -> Decompressor: ...


class Codec(ReadingCodec, Protocol):
    """One method of compression."""

    def check(self) -> None:
        """Raise ValueError if a module is missing."""

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        """Return what compresses a stream; its bytes do not depend on `n_threads`."""


def load_module(name: str, missing: str) -> Any:
    """Import a module, or raise ValueError with the text `missing`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ValueError(missing) from None


class _Inflate:
    """A `zlib.decompressobj` that keeps the input it has not come to."""

    def __init__(self) -> None:
        import zlib

        self._inflate = zlib.decompressobj()
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    @property
    def needs_input(self) -> bool:
        # What filled its room may have left more inside, even with no input left.
        return not self._full and not self._inflate.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        tail = self._inflate.unconsumed_tail
        result = self._inflate.decompress(tail + data if tail else data, max_length)
        self._full = len(result) == max_length
        return result


class Zlib:
    """zlib as far as old files need it; C does the rest."""

    name = "zlib"

    def errors(self) -> tuple[type[Exception], ...]:
        import zlib

        return (zlib.error,)

    def decompressor(self) -> Decompressor:
        return _Inflate()


class Lzma:
    """lzma, and its successor xz on one core.

    Parameters
    ----------
    name : str
    container : {'FORMAT_XZ', 'FORMAT_ALONE'}
        A constant of the lzma module.
    """

    def __init__(self, name: str, container: str) -> None:
        self.name = name
        self._container = container

    @staticmethod
    def _lzma() -> Any:
        return load_module("lzma", "lzma module is not compiled on your python standard library.")

    def check(self) -> None:
        self._lzma()

    def errors(self) -> tuple[type[Exception], ...]:
        return (self._lzma().LZMAError,)

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        lzma = self._lzma()
        compressor: Compressor = lzma.LZMACompressor(getattr(lzma, self._container), preset=level)
        return compressor

    def decompressor(self) -> Decompressor:
        decompressor: Decompressor = self._lzma().LZMADecompressor()
        return decompressor
