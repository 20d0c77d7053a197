"""Which compressor writes a file, and which reads it: joblib's rules.

Compressors are found here (`register_compressor`), in joblib's own registry if
joblib has been imported, and among the methods that are built in:
joblib's six, and zstd.
"""

import operator
import sys
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from fastjoblib._later import import_later
from fastjoblib._legacy import ZFormat
from fastjoblib._seal import MAGIC

if TYPE_CHECKING:
    from fastjoblib._compress.codecs import Codec
    from fastjoblib._compress.streams import CompressingWriter, DecompressingReader

__all__ = [
    "BuiltInCompressor",
    "CompressorWrapper",
    "CoreCompressor",
    "StreamCompressor",
    "ZSTD_PREFIX",
    "ZSTD_SKIPPABLE",
    "choose",
    "detect",
    "detect_name",
    "missing_bytes",
    "register_compressor",
]

_METHODS = ("compressor_file", "decompressor_file")
_ATTRIBUTES = ("prefix", "extension")
ZSTD_PREFIX = b"\x28\xb5\x2f\xfd"
# Frames of other data (tables of contents, ...) begin with one of these.
ZSTD_SKIPPABLE = tuple(bytes((0x50 + i, 0x2A, 0x4D, 0x18)) for i in range(16))
_OFFERED = "fastjoblib._compress.zstd_wrapper"  # which compressors for joblib are from


class CompressorWrapper:
    """What `register_compressor` takes: how to make file objects that compress.

    Parameters
    ----------
    obj : callable
        Called with a file object (for a dump to a path: its name) and the mode
        "rb" or "wb", in which `compresslevel` may follow as a keyword.  Returns
        a file object.
    prefix : bytes, default=b''
        What files of this kind begin with.  Without it they are written only.
    extension : str, default=''
        Of the names for which `dump` chooses this compressor by itself.
    """

    def __init__(self, obj: Any, prefix: bytes = b"", extension: str = "") -> None:
        self.fileobj_factory = obj
        self.prefix = prefix
        self.extension = extension

    def compressor_file(self, fileobj: Any, compresslevel: int | None = None) -> Any:
        """Return a file object that compresses into `fileobj`."""
        if compresslevel is None:
            return self.fileobj_factory(fileobj, "wb")
        return self.fileobj_factory(fileobj, "wb", compresslevel=compresslevel)

    def decompressor_file(self, fileobj: Any) -> Any:
        """Return a file object that decompresses `fileobj`."""
        return self.fileobj_factory(fileobj, "rb")


class BuiltInCompressor(CompressorWrapper):
    """One of our methods.

    Parameters
    ----------
    prefix, extension : as for `CompressorWrapper`
    joblib_name : str
        The class in joblib.compressor, or that we offer joblib, which this one
        replaces.
    """

    def __init__(self, prefix: bytes, extension: str, joblib_name: str) -> None:
        super().__init__(None, prefix, extension)
        self._joblib_name = joblib_name

    def check(self, level: Any) -> None:
        """Raise ValueError if a module that it needs is missing, and what joblib raises for the level."""

    def replaces(self, other: object) -> bool:
        """Tell whether `other` does in joblib what this does here."""
        kind = type(other)
        return kind.__name__ == self._joblib_name and kind.__module__ in ("joblib.compressor", _OFFERED)


class CoreCompressor(BuiltInCompressor):
    """A method of which C does everything.

    Parameters
    ----------
    codec : {'zlib', 'gzip', 'lz4'}
    prefix, extension, joblib_name : as for `BuiltInCompressor`
    """

    def __init__(self, codec: str, prefix: bytes, extension: str, joblib_name: str) -> None:
        super().__init__(prefix, extension, joblib_name)
        self.codec = codec

    def check(self, level: Any) -> None:
        if level is None:
            return
        if self.codec == "lz4":
            operator.index(level)
        elif not isinstance(level, int) or not 1 <= level <= 9:
            raise ValueError(
                f"'compresslevel' must be an integer between 1 and 9. You provided 'compresslevel={level}'"
            )


class StreamCompressor(BuiltInCompressor):
    """A method by file objects, which it takes only, and leaves open.

    Parameters
    ----------
    name : str
        What `dump` calls it.
    make_codec : callable
        Returns the `Codec`; called when that is first needed, so that its modules are not imported before.
    prefix, extension, joblib_name : as for `BuiltInCompressor`
    also : tuple of bytes, default=()
        What streams behind the first one may begin with besides the prefix.
    """

    def __init__(
        self,
        name: str,
        make_codec: "Callable[[], Codec]",
        prefix: bytes,
        extension: str,
        joblib_name: str,
        also: tuple[bytes, ...] = (),
    ) -> None:
        super().__init__(prefix, extension, joblib_name)
        self.name = name
        self._make_codec = make_codec
        self._also = also

    @cached_property
    def _codec(self) -> "Codec":
        return self._make_codec()

    def check(self, level: Any) -> None:
        self._codec.check()

    def compressor_file(
        self, fileobj: Any, compresslevel: int | None = None, n_threads: int = 1
    ) -> "CompressingWriter":
        streams = import_later("fastjoblib._compress.streams")
        writer: CompressingWriter = streams.CompressingWriter(fileobj, self._codec.compressor(compresslevel, n_threads))
        return writer

    def decompressor_file(self, fileobj: Any) -> "DecompressingReader":
        streams = import_later("fastjoblib._compress.streams")
        prefixes = (self.prefix, *self._also)
        reader: DecompressingReader = streams.DecompressingReader(fileobj, self._codec, prefixes, MAGIC)
        return reader


def _codec(module: str, name: str, *arguments: str) -> "Callable[[], Codec]":
    """Return what imports a codec's module and makes the codec."""

    def make() -> Any:
        return getattr(import_later(f"fastjoblib._compress.{module}"), name)(*arguments)

    return make


_lzma = _codec("codecs", "Lzma", "lzma", "FORMAT_ALONE")
_BUILT_IN: dict[str, BuiltInCompressor] = {
    "zlib": CoreCompressor("zlib", b"\x78", ".z", "ZlibCompressorWrapper"),
    "gzip": CoreCompressor("gzip", b"\x1f\x8b", ".gz", "GzipCompressorWrapper"),
    "bz2": StreamCompressor("bz2", _codec("bz2_blocks", "Bz2"), b"BZ", ".bz2", "BZ2CompressorWrapper"),
    "lzma": StreamCompressor("lzma", _lzma, b"\x5d\x00", ".lzma", "LZMACompressorWrapper"),
    "xz": StreamCompressor("xz", _codec("xz_blocks", "Xz"), b"\xfd7zXZ", ".xz", "XZCompressorWrapper"),
    "lz4": CoreCompressor("lz4", b"\x04\x22\x4d\x18", ".lz4", "LZ4CompressorWrapper"),
    "zstd": StreamCompressor(
        "zstd", _codec("zstd", "Zstd"), ZSTD_PREFIX, ".zst", "ZstdCompressorWrapper", also=ZSTD_SKIPPABLE
    ),
}
_ADDED = {"zstd"}  # may be registered here too, as with joblib, which does not have it
_registered: dict[str, Any] = {}


class _Known(NamedTuple):
    """All compressors, while both registries are as they were."""

    joblibs: dict[str, Any]
    registered: dict[str, Any]
    by_name: dict[str, Any]  # in the order in which joblib asks them
    extensions: tuple[str, ...]  # those that are not empty


_last: _Known | None = None


def _known() -> _Known:
    global _last
    theirs: dict[str, Any] = getattr(sys.modules.get("joblib.compressor"), "_COMPRESSORS", {})
    last = _last
    if last is None or last.registered != _registered or last.joblibs != theirs:
        registered, theirs = dict(_registered), dict(theirs)  # another thread may be adding to them
        added = {
            name: compressor
            for name, compressor in (*theirs.items(), *registered.items())
            if name not in _BUILT_IN or not _BUILT_IN[name].replaces(compressor)
        }
        by_name = {**_BUILT_IN, **added}
        extensions = tuple(c.extension for c in by_name.values() if c.extension)
        last = _last = _Known(theirs, registered, by_name, extensions)
    return last


def register_compressor(name: str, compressor: Any, force: bool = False) -> None:
    """Make a compressor known to `dump` and `load`.

    Those that were registered with joblib are known without this.

    Parameters
    ----------
    name : str
        What ``compress=`` of `dump` says to choose it.
    compressor : object
        A ``CompressorWrapper`` of joblib, or any object with its attributes
        ``prefix`` (bytes that its files begin with) and ``extension`` (of file
        names), and its methods ``compressor_file(fileobj, compresslevel=None)``
        and ``decompressor_file(fileobj)``, which return file objects.
    force : bool, default=False
        Replace the compressor that has the name now.

    Raises
    ------
    ValueError
        If `name` is no str or is taken, or `compressor` lacks something.

    See Also
    --------
    dump : Write an object, compressed if asked.

    Notes
    -----
    A compressor without a prefix never reads, and one without an extension is
    never chosen by file name.  A dump to a path gives ``compressor_file`` a path,
    as joblib does; everything else is done with file objects.

    Examples
    --------
    >>> import gzip, fastjoblib
    >>> class Gzip9:
    ...     prefix, extension = bytes.fromhex("1f8b"), ".gz9"
    ...     def compressor_file(self, fileobj, compresslevel=None):
    ...         return gzip.open(fileobj, "wb", 9)
    ...     def decompressor_file(self, fileobj):
    ...         return gzip.open(fileobj, "rb")
    >>> fastjoblib.register_compressor("gzip9", Gzip9())
    >>> fastjoblib.loads(fastjoblib.dumps([1, 2], compress="gzip9"))
    [1, 2]
    """
    if not isinstance(name, str):
        raise ValueError(f"Compressor name should be a string, '{name}' given.")
    if not all(hasattr(compressor, part) for part in (*_METHODS, *_ATTRIBUTES)):
        raise ValueError(f"Compressor should implement the CompressorWrapper interface, '{compressor}' given.")
    factory = getattr(compressor, "fileobj_factory", None)
    if factory is not None and not all(hasattr(factory, part) for part in ("read", "write", "seek", "tell")):
        raise ValueError(
            f"Compressor 'fileobj_factory' attribute should implement the file object interface, '{factory}' given."
        )
    old = _known().by_name.get(name)
    if old is not None and not force and not (name in _ADDED and old is _BUILT_IN[name]):
        raise ValueError(f"Compressor '{name}' already registered.")
    _registered[name] = compressor


def _method_and_level(compress: Any) -> tuple[Any, Any]:
    """Take `compress` apart; the level None is the method's own."""
    if compress is True:
        return "zlib", None
    if isinstance(compress, str):
        return compress, None
    if not isinstance(compress, tuple):
        return "zlib", compress
    if len(compress) != 2:
        raise ValueError(
            "Compress argument tuple should contain exactly 2 elements: "
            f"(compress method, compress level), you passed {compress}"
        )
    return compress


def _by_extension(filename: str) -> Any:
    """Return the compressor that a file name asks for, or None."""
    known = _known()
    if not filename.endswith(known.extensions):
        return None
    # The last one, as in joblib.
    return [c for c in known.by_name.values() if c.extension and filename.endswith(c.extension)][-1]


def choose(compress: Any, filename: object = None) -> tuple[Any, Any] | None:
    """Choose how to write.

    Parameters
    ----------
    compress : object
        The argument of `dump`.
    filename : object, optional
        If it is a str, its extension counts unless `compress` names a method.

    Returns
    -------
    tuple of (compressor, int or None), or None
        The compressor and its level; None for no compression.

    Raises
    ------
    ValueError
        If there is no such method or level, or the method's module is missing.
    """
    by_name = None
    if isinstance(filename, str) and not isinstance(compress, (str, tuple)):
        by_name = _by_extension(filename)
    if by_name is None and (compress is False or type(compress) is int and compress == 0):
        return None
    method, level = _method_and_level(compress)
    if level is not None and level not in range(10):
        raise ValueError(f'Non valid compress level given: "{level}". Possible values are {list(range(10))}.')
    compressors = _known().by_name
    if method not in compressors:
        raise ValueError(f'Non valid compression method given: "{method}". Possible values are {list(compressors)}.')
    compressor = compressors[method]
    if level is not None and level == 0:
        if by_name is None:
            return None
        level = None
    if by_name is not None:
        compressor = by_name
    if isinstance(compressor, BuiltInCompressor):
        compressor.check(level)
    return compressor, level


def _prefixes() -> list[tuple[bytes, Any]]:
    # An empty prefix would claim every file; joblib lets str through as well,
    # which begins none.
    compressors = (ZFormat, *_known().by_name.values())
    return [(c.prefix, c) for c in compressors if isinstance(c.prefix, bytes) and c.prefix]


def detect(start: bytes) -> Any:
    """Return the compressor whose prefix the data begins with, or None."""
    for prefix, compressor in _prefixes():
        if start.startswith(prefix):
            return compressor
    return None


def detect_name(start: bytes) -> str | None:
    """Return the name of the compressor whose prefix the data begins with, "zf" for joblib's before 0.10, or None."""
    compressor = detect(start)
    if compressor is ZFormat:
        return "zf"
    return next((name for name, known in _known().by_name.items() if known is compressor), None)


def missing_bytes(start: bytes) -> int:
    """Return how many more bytes may show a prefix that `start` is a part of."""
    longest = max((len(prefix) for prefix, _ in _prefixes() if prefix.startswith(start)), default=0)
    return max(longest - len(start), 0)
