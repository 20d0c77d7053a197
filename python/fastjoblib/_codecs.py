"""What compresses and decompresses a stream of bytes, and the methods that need little code.

All speak the language of `bz2.BZ2Compressor` and `bz2.BZ2Decompressor`.  Modules
that may be missing are imported when they are asked for.
"""

import importlib
import zlib
from typing import Any, Protocol

__all__ = ["Codec", "Compressor", "Decompressor", "Deflate", "Lz4", "Lzma", "load_module"]

LZ4_NOT_INSTALLED_ERROR = "LZ4 is not installed. Install it with pip: https://python-lz4.readthedocs.io/"
"""joblib's words: they are what people search for."""


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


class Codec(Protocol):
    """One method of compression."""

    name: str

    def check(self) -> None:
        """Raise ValueError if a module is missing."""

    def errors(self) -> tuple[type[Exception], ...]:
        """Return what the decompressor raises for damaged data."""

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        """Return what compresses a stream; its bytes do not depend on `n_threads`."""

    def decompressor(self) -> Decompressor: ...


def load_module(name: str, missing: str) -> Any:
    """Import a module, or raise ValueError with the text `missing`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ValueError(missing) from None


class _Inflate:
    """A `zlib.decompressobj` that keeps the input it has not come to."""

    def __init__(self, wbits: int) -> None:
        self._inflate = zlib.decompressobj(wbits)
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


class Deflate:
    """zlib and gzip, which differ in header and check value.

    Parameters
    ----------
    name : str
    wbits : int
        As for `zlib.compressobj`.
    """

    def __init__(self, name: str, wbits: int) -> None:
        self.name = name
        self._wbits = wbits

    def check(self) -> None:
        pass

    def errors(self) -> tuple[type[Exception], ...]:
        return (zlib.error,)

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        if level is None:
            level = 3
        if not isinstance(level, int) or not 1 <= level <= 9:
            raise ValueError(
                f"'compresslevel' must be an integer between 1 and 9. You provided 'compresslevel={level}'"
            )
        return zlib.compressobj(level, zlib.DEFLATED, self._wbits)

    def decompressor(self) -> Decompressor:
        return _Inflate(self._wbits)


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


class _Lz4Compressor:
    """An `lz4.frame.LZ4FrameCompressor` that writes its header by itself."""

    def __init__(self, compressor: Any) -> None:
        self._compressor = compressor
        self._header: bytes = compressor.begin()

    def compress(self, data: bytes | memoryview, /) -> bytes:
        header, self._header = self._header, b""
        result: bytes = header + self._compressor.compress(data)
        return result

    def flush(self) -> bytes:
        result: bytes = self._header + self._compressor.flush()
        return result


class Lz4:
    """LZ4 frames, by the lz4 package."""

    name = "lz4"

    @staticmethod
    def _lz4() -> Any:
        return load_module("lz4.frame", LZ4_NOT_INSTALLED_ERROR)

    def check(self) -> None:
        self._lz4()

    def errors(self) -> tuple[type[Exception], ...]:
        return (RuntimeError,)

    def compressor(self, level: int | None, n_threads: int = 1) -> Compressor:
        frame = self._lz4()
        if level is None:
            return _Lz4Compressor(frame.LZ4FrameCompressor())
        return _Lz4Compressor(frame.LZ4FrameCompressor(compression_level=level))

    def decompressor(self) -> Decompressor:
        decompressor: Decompressor = self._lz4().LZ4FrameDecompressor()
        return decompressor
