"""Whole dumps and loads of compressed files, through file objects."""

import io
from typing import Any

from fastjoblib import _core
from fastjoblib._compressors import BuiltInCompressor, detect, missing_bytes
from fastjoblib._errors import InvalidFileError
from fastjoblib._legacy import SIDE_FILE_LOADED, SideFiles, ZFile, is_side_file
from fastjoblib._streams import CompressingWriter, DecompressingReader, Resumed, read_some

__all__ = [
    "dump_compressed",
    "dump_compressed_path",
    "load_other",
    "load_other_bytes",
]

# Of what stands between C, which reads and writes pieces of any size, and
# compressors, each call of which is Python's.
_BUFFER_SIZE = 1024 * 1024


def dump_compressed(
    value: object, target: object, choice: tuple[Any, Any], protocol: int | None, share_arrays: bool
) -> None:
    """Write an object to a file object.

    Parameters
    ----------
    value, protocol, share_arrays
        As in `dump`.
    target : object
        What the compressor takes: a file object, or a path.
    choice : tuple of (compressor, int or None)
        As `choose` returns it.
    """
    compressor, level = choice
    inner = compressor.compressor_file(target, level)
    with io.BufferedWriter(inner, _BUFFER_SIZE) as stream:
        try:
            _core.dump_file(value, stream, protocol, share_arrays, True)
        except BaseException:
            if isinstance(inner, CompressingWriter):
                inner.abandon()  # what remains to be compressed may take minutes
            raise


def dump_compressed_path(
    value: object,
    filename: str,
    choice: tuple[Any, Any],
    protocol: int | None,
    share_arrays: bool,
    atomic: bool,
    fsync: bool,
) -> None:
    """Write an object to a path; the arguments are those of `dump` and `dump_compressed`."""
    # joblib gives compressors the path itself, and some take nothing else.
    by_path = not isinstance(choice[0], BuiltInCompressor)

    def write(fd: int, path: str | None) -> None:
        if by_path:
            dump_compressed(value, path, choice, protocol, share_arrays)
            return
        with io.FileIO(fd, "wb", closefd=False) as file:
            file.name = filename
            dump_compressed(value, file, choice, protocol, share_arrays)

    _core.write_path(write, filename, atomic, fsync, by_path)


def _read_more(fileobj: Any, start: bytes, size: int) -> bytes:
    while len(start) < size and (more := read_some(fileobj, size - len(start))):
        start += more
    return start


def _again(fileobj: Any, start: bytes) -> Any:
    """Return a stream that begins with `start`, which has been read from the file object."""
    if getattr(fileobj, "seekable", bool)():
        fileobj.seek(fileobj.tell() - len(start))
        return fileobj
    return Resumed(start, fileobj)


def _load_compressed(fileobj: Any, compressor: Any, filename: str, native: bool, side_files: SideFiles) -> Any:
    inner = compressor.decompressor_file(fileobj)
    side_files.mmap_mode = None
    if isinstance(inner, ZFile):
        side_files.used = side_files.in_zfile = True
    with io.BufferedReader(inner, _BUFFER_SIZE) as stream:
        try:
            value = _core.load_file(stream, filename, native, None, side_files)
        except InvalidFileError as error:
            if isinstance(inner, ZFile) and is_side_file(filename):
                raise InvalidFileError(filename, SIDE_FILE_LOADED, 0) from error
            raise
        if isinstance(inner, DecompressingReader):
            inner.finish()
        return value


def load_other(fileobj: Any, start: bytes, taken: bool, filename: str, native: bool, side_files: SideFiles) -> Any:
    """Load what does not begin as pickles do since protocol 2.  C calls this.

    Parameters
    ----------
    fileobj : file object or int
        What `load` was given, or the descriptor of its path.
    start : bytes
        What the data begins with, as far as it has been seen.
    taken : bool
        Whether `start` has been read from `fileobj`, not only looked at.
    filename, native
        As in `load`.
    side_files : SideFiles
        Of this load.

    Returns
    -------
    object
        NotImplemented for what may be a pickle after all; then nothing has been
        read.
    """
    compressor = detect(start)
    missing = 0 if compressor is not None else missing_bytes(start)
    if compressor is None and missing == 0:
        return NotImplemented
    if isinstance(fileobj, int):
        raw = io.FileIO(fileobj, "rb", closefd=False)
        raw.name = filename
        with io.BufferedReader(raw) as file:
            return load_other(file, start, taken, filename, native, side_files)
    if missing:
        start = _read_more(fileobj, start if taken else b"", len(start) + missing)
        taken = True
        compressor = detect(start)
    if taken:
        fileobj = _again(fileobj, start)
    if compressor is None:
        return _core.load_file(fileobj, filename, native, None, side_files)
    return _load_compressed(fileobj, compressor, filename, native, side_files)


def load_other_bytes(data: Any, start: bytes, taken: bool, filename: str, native: bool, side_files: SideFiles) -> Any:
    return load_other(io.BytesIO(data), start, taken, filename, native, side_files)
