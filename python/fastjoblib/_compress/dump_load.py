"""Whole dumps and loads of compressed files, through file objects."""

import io
from typing import Any

from fastjoblib import _core
from fastjoblib._compress.registry import CoreCompressor, StreamCompressor, detect, missing_bytes
from fastjoblib._compress.streams import CompressingWriter, DecompressingReader, Resumed, read_some
from fastjoblib._errors import InvalidFileError
from fastjoblib._legacy import SIDE_FILE_LOADED, SideFiles, ZFile, is_side_file
from fastjoblib._progress import FilePosition, Report
from fastjoblib._threads import resolve

__all__ = ["Loader", "core_compression", "dump_compressed", "dump_compressed_path"]

# Of what stands between C, which reads and writes pieces of any size, and
# compressors, each call of which is Python's.
_BUFFER_SIZE = 1024 * 1024


Choice = tuple[Any, Any]
"""A compressor and its level, as `choose` returns them."""


def core_compression(choice: Choice | None, n_threads: int | None) -> tuple[str, int, int] | None:
    """Return how C compresses: the codec, its level (0 is its own) and the number of threads.

    None where there is no compression, or where it is not C's.
    """
    if choice is None or not isinstance(choice[0], CoreCompressor):
        return None
    compressor, level = choice
    return compressor.codec, int(level or 0), resolve(n_threads)


def dump_compressed(
    value: object,
    target: object,
    choice: Choice,
    protocol: int | None,
    share_arrays: bool,
    n_threads: int | None,
    report: Report | None,
) -> None:
    """Write an object to a file object, by a compressor that is none of C's.

    Parameters
    ----------
    value, protocol, share_arrays, n_threads
        As in `dump`.
    target : object
        What the compressor takes: a file object, or a path.
    choice : tuple of (compressor, int or None)
        As `choose` returns it.
    report : callable or None
        Is told of the progress.
    """
    compressor, level = choice
    if isinstance(compressor, StreamCompressor):
        inner = compressor.compressor_file(target, level, resolve(n_threads))
    else:
        inner = compressor.compressor_file(target, level)
    with io.BufferedWriter(inner, _BUFFER_SIZE) as stream:
        try:
            nbytes = _core.dump_file(value, stream, protocol, share_arrays, None, True, None, report)
        except BaseException:
            if isinstance(inner, CompressingWriter):
                inner.abandon()  # what remains to be compressed may take minutes
            raise
    if report is not None:
        report(nbytes, nbytes)


def dump_compressed_path(
    value: object,
    filename: str,
    choice: Choice,
    protocol: int | None,
    share_arrays: bool,
    n_threads: int | None,
    atomic: bool,
    fsync: bool,
    report: Report | None,
) -> None:
    """Write an object to a path; the arguments are those of `dump` and `dump_compressed`."""
    # joblib gives compressors the path itself, and some take nothing else.
    by_path = not isinstance(choice[0], StreamCompressor)

    def write(fd: int, path: str | None) -> None:
        if by_path:
            dump_compressed(value, path, choice, protocol, share_arrays, n_threads, report)
            return
        with io.FileIO(fd, "wb", closefd=False) as file:
            file.name = filename
            dump_compressed(value, file, choice, protocol, share_arrays, n_threads, report)

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


class Loader:
    """Loads what does not begin as pickles do since protocol 2.  C calls this.

    Parameters
    ----------
    n_threads : int or None
        As in `load`.
    whole : bool
        Nothing but further streams may follow the object's.
    report : callable, optional
        Is told of the progress.
    """

    def __init__(self, n_threads: int | None, whole: bool, report: Report | None = None) -> None:
        self._n_threads = n_threads
        self._whole = whole
        self._report = report

    def __call__(
        self, origin: Any, start: bytes, taken: bool, filename: str, native: bool, side_files: SideFiles
    ) -> Any:
        """Load an object.

        Parameters
        ----------
        origin : file object, int or bytes-like
            What `load` was given, the descriptor of its path, or what `loads` was
            given.
        start : bytes
            What the data begins with, as far as it has been seen.
        taken : bool
            Whether `start` has been read from `origin`, not only looked at.
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
        if isinstance(origin, int):
            if isinstance(compressor, CoreCompressor) and not taken:
                return self._load_core(origin, compressor, filename, native, side_files)
            raw = io.FileIO(origin, "rb", closefd=False)
            raw.name = filename
            with io.BufferedReader(raw) as file:
                return self(file, start, taken, filename, native, side_files)
        if not hasattr(origin, "read"):
            origin = io.BytesIO(origin)
        if missing:
            start = _read_more(origin, start if taken else b"", len(start) + missing)
            taken = True
            compressor = detect(start)
        if taken:
            origin = _again(origin, start)
        if compressor is None:
            return _core.load_file(origin, filename, native, None, side_files, None, self._report)
        if isinstance(compressor, CoreCompressor):
            return self._load_core(origin, compressor, filename, native, side_files)
        return self._load_streams(origin, compressor, filename, native, side_files)

    def _load_core(
        self, origin: Any, compressor: CoreCompressor, filename: str, native: bool, side_files: SideFiles
    ) -> Any:
        side_files.mmap_mode = None
        return _core.load_compressed(
            origin,
            compressor.codec,
            resolve(self._n_threads),
            self._whole,
            filename,
            native,
            side_files,
            self._report,
        )

    def _load_streams(
        self, fileobj: Any, compressor: Any, filename: str, native: bool, side_files: SideFiles
    ) -> Any:
        position = None
        if self._report is not None:
            if not getattr(fileobj, "seekable", bool)():
                fileobj = Resumed(b"", fileobj)  # which knows its position
            position = FilePosition(self._report, fileobj)
        inner = compressor.decompressor_file(fileobj)
        side_files.mmap_mode = None
        if isinstance(inner, ZFile):
            side_files.used = side_files.in_zfile = True
        with io.BufferedReader(inner, _BUFFER_SIZE) as stream:
            try:
                value = _core.load_file(stream, filename, native, None, side_files, None, position)
            except InvalidFileError as error:
                if isinstance(inner, ZFile) and is_side_file(filename):
                    raise InvalidFileError(filename, SIDE_FILE_LOADED, 0) from error
                raise
            if isinstance(inner, DecompressingReader):
                inner.finish(self._whole and not isinstance(inner, ZFile))
            if position is not None:
                position.finish(self._whole)
            return value
