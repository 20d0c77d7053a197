"""dump and load: argument rules, names and messages.

The rules are joblib's (joblib/numpy_pickle.py), so that what works there works
here and what is refused there is refused here; the work is done in C.
"""

import io
import os
import warnings
from typing import Any, Literal, Protocol, overload

from fastjoblib import _core
from fastjoblib._legacy import SideFiles, warn_old_file
from fastjoblib._mapping import Mapper, MmapMode

__all__ = ["dump", "dumps", "load", "loads"]


class Writable(Protocol):
    """What `dump` asks of a file object."""

    def write(self, data: bytes, /) -> object: ...


class Readable(Protocol):
    """What `load` asks of a file object."""

    def read(self, size: int, /) -> bytes: ...


Path = str | os.PathLike[str]

# Names that make joblib compress whatever `compress` says.
_COMPRESSED_EXTENSIONS = (".z", ".gz", ".bz2", ".xz", ".lzma", ".lz4")


def _check_compress(compress: object, filename: object = "") -> None:
    """Refuse what is not there yet.  0 and False are no compression."""
    if compress is not False and (compress is True or compress != 0):
        raise NotImplementedError(
            f"compress={compress!r} comes with compression support; until then "
            "only compress=0 can be written"
        )
    if isinstance(filename, str) and filename.endswith(_COMPRESSED_EXTENSIONS):
        raise NotImplementedError(
            f"writing {filename!r}, whose name asks for compression, comes with "
            "compression support; until then use another extension"
        )


def _writes_compressed(fileobj: object) -> bool:
    """Tell whether joblib would know this file object as compressing.

    Its wrappers then say that the arrays cannot be memory-mapped.
    """
    return any(
        cls.__name__ == "BinaryZlibFile" and cls.__module__ == "joblib.compressor"
        for cls in type(fileobj).__mro__
    )


@overload
def dump(
    value: object,
    filename: Path,
    compress: int = 0,
    protocol: int | None = None,
    *,
    atomic: bool = True,
    fsync: bool = False,
) -> list[str]: ...
@overload
def dump(
    value: object,
    filename: Writable,
    compress: int = 0,
    protocol: int | None = None,
    *,
    atomic: bool = True,
    fsync: bool = False,
) -> None: ...
def dump(
    value: object,
    filename: Path | Writable,
    compress: int = 0,
    protocol: int | None = None,
    *,
    atomic: bool = True,
    fsync: bool = False,
) -> list[str] | None:
    """Write an object to a file.

    Parameters
    ----------
    value : object
        Anything that can be pickled.  NumPy arrays in it are written from their
        own memory.
    filename : str, os.PathLike, or file object
        A path, or any object with a ``write`` method.
    compress : int or bool, default=0
        0 or False.  Other values come with compression support.
    protocol : int, optional
        The pickle protocol, 0 to 5; negative for the highest.  By default
        `pickle.DEFAULT_PROTOCOL`.
    atomic : bool, default=True
        Write a temporary file in the same directory and rename it at the end: the
        old file stays whole until the new one is, also if the dump fails.  Mode
        and symbolic links are kept.  What cannot be replaced (a FIFO, a device)
        is written in place, and so is an existing file in a directory in which
        no file can be made.  Ignored for file objects.
    fsync : bool, default=False
        Return only when the file and its directory entry are on the disk.
        Ignored for file objects.

    Returns
    -------
    list of str or None
        ``[filename]``, or None for a file object.

    Raises
    ------
    pickle.PicklingError, TypeError
        If the object, or one in it, cannot be pickled.
    OSError
        If the file cannot be written.
    ValueError
        If `filename` is neither a path nor a file object.

    See Also
    --------
    load : Read the object back.

    Notes
    -----
    The bytes are those that ``joblib.dump`` of the same Python writes.  How deep
    an object is nested does not matter.

    Examples
    --------
    >>> import os, tempfile, fastjoblib
    >>> path = os.path.join(tempfile.mkdtemp(), "model.joblib")
    >>> fastjoblib.dump({"coef": [1.5, 2.5]}, path) == [path]
    True
    >>> fastjoblib.load(path)
    {'coef': [1.5, 2.5]}
    """
    if isinstance(filename, os.PathLike):
        filename = os.fspath(filename)
    _check_compress(compress, filename)
    if isinstance(filename, str):
        _core.dump_path(value, filename, protocol, atomic, fsync)
        return [filename]
    if not hasattr(filename, "write"):
        raise ValueError(
            "Second argument should be a filename or a file-like object, "
            f"{filename} (type {type(filename)}) was given."
        )
    _core.dump_file(value, filename, protocol, not _writes_compressed(filename))
    return None


def dumps(value: object, compress: int = 0, protocol: int | None = None) -> bytes:
    """Write an object to bytes.

    Parameters
    ----------
    value : object
        Anything that can be pickled.
    compress : int or bool, default=0
        As for `dump`.
    protocol : int, optional
        As for `dump`.

    Returns
    -------
    bytes
        What `dump` writes into a file.

    Examples
    --------
    >>> import fastjoblib
    >>> fastjoblib.loads(fastjoblib.dumps((1, 2)))
    (1, 2)
    """
    _check_compress(compress)
    return _core.dumps(value, protocol)


def _native_byte_order(ensure_native_byte_order: object, mmap_mode: object) -> bool:
    """Resolve "auto", and refuse what joblib refuses."""
    if ensure_native_byte_order == "auto":
        return mmap_mode is None
    if ensure_native_byte_order and mmap_mode is not None:
        raise ValueError(
            "Native byte ordering can only be enforced if 'mmap_mode' parameter "
            f"is set to None, but got 'mmap_mode={mmap_mode}' instead."
        )
    return bool(ensure_native_byte_order)


def _warn_unmappable(fileobj: object, mmap_mode: object) -> None:
    """Say that a file object's arrays are read, not mapped, where joblib does."""
    if isinstance(fileobj, io.BytesIO):
        message = (
            "In memory persistence is not compatible with "
            f'mmap_mode "{mmap_mode}" flag passed. '
            "mmap_mode option will be ignored."
        )
    elif not isinstance(getattr(fileobj, "raw", fileobj), io.FileIO):
        message = (
            f'"{fileobj!r}" is not a raw file, mmap_mode '
            f'"{mmap_mode}" flag will be ignored.'
        )
    else:
        return
    warnings.warn(message, stacklevel=3)


def _file_name(fileobj: object) -> str:
    """Name a file object in messages; descriptors opened by number have ints."""
    name = getattr(fileobj, "name", "")
    return name if isinstance(name, str) else ""


def _load_file(fileobj: Readable, native: bool) -> Any:
    name = _file_name(fileobj)
    side_files = SideFiles(name) if name else None
    value = _core.load_file(fileobj, name, native, side_files)
    if side_files is not None and side_files.used:
        warn_old_file(name, stacklevel=3)
    return value


def load(
    filename: Path | Readable,
    mmap_mode: MmapMode | None = None,
    ensure_native_byte_order: bool | Literal["auto"] = "auto",
) -> Any:
    """Read an object that `dump` or ``joblib.dump`` has written.

    .. warning::
       Like pickle, this runs what the file tells it to run.  Load only files
       that you trust.

    Parameters
    ----------
    filename : str, os.PathLike, or file object
        A path, or any object with a ``read`` method.  A file object is left
        right behind the object, so that several can be read one after another;
        of a stream that cannot be rewound no byte more is read.
    mmap_mode : {None, 'r+', 'r', 'w+', 'c'}, optional
        Map the data of arrays instead of reading it: they come back as
        `numpy.memmap`.  'w+' means 'r+', since the data is there.  File objects
        are always read.
    ensure_native_byte_order : bool or 'auto', default='auto'
        Bring arrays to the byte order of this machine.  'auto' means yes unless
        `mmap_mode` is given.

    Returns
    -------
    object

    Raises
    ------
    TruncatedFileError
        If the file ends before the object does (an `EOFError` and `ValueError`).
    InvalidFileError
        If the data is no pickle, or a damaged one.
    OSError
        If the file cannot be read.
    ValueError
        For a pickle of Python 2 with text that is not ASCII, and for byte order
        asked for together with `mmap_mode`.
    ModuleNotFoundError, AttributeError
        If a module or class that the object needs is missing.

    See Also
    --------
    dump : Write an object.
    """
    native = _native_byte_order(ensure_native_byte_order, mmap_mode)
    if isinstance(filename, os.PathLike):
        filename = os.fspath(filename)
    if hasattr(filename, "read"):
        if mmap_mode is not None:
            _warn_unmappable(filename, mmap_mode)
        return _load_file(filename, native)
    if not isinstance(filename, str):  # bytes, a descriptor: open() knows them
        with open(filename, "rb") as fileobj:
            return _load_file(fileobj, native)
    mapper = None if mmap_mode is None else Mapper(filename, mmap_mode)
    side_files = SideFiles(filename, mmap_mode)
    value = _core.load_path(filename, native, mapper, side_files)
    if side_files.used:
        warn_old_file(filename, stacklevel=2)
    return value


def loads(data: bytes | bytearray | memoryview) -> Any:
    """Read an object from bytes.

    As unsafe as `load`: only for data that you trust.

    Parameters
    ----------
    data : bytes-like
        What `dumps` has returned, or the contents of a file.

    Returns
    -------
    object

    Raises
    ------
    TruncatedFileError, InvalidFileError, ValueError, ImportError, AttributeError
        As `load`.
    """
    return _core.loads(data)
