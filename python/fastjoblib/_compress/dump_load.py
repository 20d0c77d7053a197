"""Whole dumps and loads of compressed files, through file objects."""

import contextlib
import functools
import io
import os
from typing import TYPE_CHECKING, Any, BinaryIO

from fastjoblib import _core
from fastjoblib._compress.registry import CoreCompressor, StreamCompressor, detect, missing_bytes
from fastjoblib._errors import InvalidFileError
from fastjoblib._fileobjects import close_read, write_whole
from fastjoblib._later import import_later
from fastjoblib._legacy import SIDE_FILE_LOADED, SideFiles, ZFormat, is_side_file
from fastjoblib._progress import FilePosition, Report
from fastjoblib._threads import resolve

if TYPE_CHECKING:
    from fastjoblib._by_value import Rules
    from fastjoblib._seal.writing import Sealer

__all__ = ["Fallback", "core_compression", "dump_compressed", "dump_compressed_path", "refuse_seal"]

# C reads and writes pieces of any size, and each call of a compressor is one of
# Python's: a buffer of this size stands between them.
_BUFFER_SIZE = 1024 * 1024


Choice = tuple[Any, Any]
"""A compressor and its level, as `choose` returns them."""


def _close(fileobj: Any, *unused: object) -> None:
    """End a with statement.  ExitStack.callback would do, but where memory runs out it can keep the file."""
    close_read(fileobj)


def _streams() -> Any:
    return import_later("fastjoblib._compress.streams")


def core_compression(choice: Choice | None, n_threads: int | None) -> tuple[str, int, int] | None:
    """Return how C compresses: the codec, its level (0 is its own) and the number of threads.

    None where there is no compression, or where it is not C's.
    """
    if choice is None or not isinstance(choice[0], CoreCompressor):
        return None
    compressor, level = choice
    return compressor.codec, int(level or 0), resolve(n_threads)


def refuse_seal(choice: Choice | None) -> None:
    """Raise ValueError for a method that was registered: what may follow its data is not known."""
    if choice is not None and not isinstance(choice[0], (CoreCompressor, StreamCompressor)):
        raise ValueError(f"seal=True needs a method that is built in, not {choice[0]!r}")


def dump_compressed(
    value: object,
    target: Any,
    choice: Choice,
    protocol: int | None,
    share_arrays: bool,
    n_threads: int | None,
    report: Report | None,
    seal: "Sealer | None",
    rules: "Rules | None",
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
    seal : Sealer or None
        Of the dump.
    rules : tuple or None
        By what it writes functions and classes by value.
    """
    compressor, level = choice
    file = target if seal is None else seal.over(target)
    if isinstance(compressor, StreamCompressor):
        inner = compressor.compressor_file(file, level, resolve(n_threads))
    else:
        inner = compressor.compressor_file(file, level)
    note = None if seal is None else seal.note_data
    with io.BufferedWriter(inner, _BUFFER_SIZE) as stream:
        try:
            nbytes = _core.dump_file(value, stream, protocol, share_arrays, None, True, None, report, note, rules)
        except BaseException:
            if isinstance(inner, _streams().CompressingWriter):
                inner.abandon()  # what remains to be compressed may take minutes
            raise
    if seal is not None:
        assert isinstance(compressor, StreamCompressor)  # see refuse_seal()
        write_whole(target, seal.end(compressor.name))
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
    seal: "Sealer | None",
    rules: "Rules | None",
) -> None:
    """Write an object to a path; the arguments are those of `dump` and `dump_compressed`."""
    # joblib gives compressors the path itself, and some take nothing else.
    by_path = not isinstance(choice[0], StreamCompressor)

    def write(fd: int, path: str | None) -> None:
        if by_path:
            dump_compressed(value, path, choice, protocol, share_arrays, n_threads, report, seal, rules)
            return
        with io.FileIO(fd, "wb", closefd=False) as file:
            file.name = filename
            dump_compressed(value, file, choice, protocol, share_arrays, n_threads, report, seal, rules)

    _core.write_path(write, filename, atomic, fsync, by_path)


class Fallback:
    """Says what data is that does not begin as pickles do since protocol 2.  C asks this.

    The load takes place in a ``with`` of its own, at the end of which what was
    opened for it is verified and closed.

    Parameters
    ----------
    filename : str
        For messages.
    side_files : SideFiles
        Of this load.
    n_threads : int or None
        As in `load`.
    whole : bool
        Nothing but further streams may follow the object's.
    report : callable, optional
        Is told of the progress.

    Attributes
    ----------
    report : callable or None
        What C tells of the progress.
    compressed : bool
        Whether the data is.
    in_python : bool
        Whether a module of Python decompresses it.
    """

    compressed = False
    in_python = False

    def __init__(
        self, filename: str, side_files: SideFiles, n_threads: int | None, whole: bool, report: Report | None = None
    ) -> None:
        self._filename = filename
        self._side_files = side_files
        self._n_threads = n_threads
        self._whole = whole
        self._report = report
        self.report = None if report is None else self._tell
        self._position: FilePosition | None = None
        self._inner: Any = None  # decompresses, where C does not
        self._in_zfile = False
        self._opened = contextlib.ExitStack()

    def __call__(self, origin: Any, start: bytes, taken: int) -> None | int | tuple[str, int] | BinaryIO:
        """Say what the data is.

        Parameters
        ----------
        origin : file object, int or bytes-like
            What is loaded from: an int is the descriptor of a path.
        start : bytes
            What the data begins with, as far as it has been seen.
        taken : int
            How many of these bytes have been read from `origin`, not only looked at.

        Returns
        -------
        None, int, tuple of (str, int), or file object
            None for what may be a pickle after all, how many bytes would tell, the
            codec and the number of threads for what C decompresses, or what the
            pickle can be read from.
        """
        compressor = detect(start)
        if compressor is None:
            missing = missing_bytes(start)
            return len(start) + missing if missing else None
        self.compressed = True
        self._side_files.mmap_mode = None
        if isinstance(compressor, CoreCompressor):
            return compressor.codec, resolve(self._n_threads)
        return self._open(compressor, self._rewound(origin, start[:taken]))

    def _rewound(self, origin: Any, taken: bytes) -> Any:
        """Return a stream of all the data."""
        if isinstance(origin, int):
            # C closes its own before the check value is verified here.
            raw = io.FileIO(self._filename, "rb", opener=lambda name, flags: os.dup(origin))
            origin = io.BufferedReader(raw)
            self._opened.push(functools.partial(_close, origin))
        elif not hasattr(origin, "read"):
            origin = io.BytesIO(origin)
        if not taken:
            return origin
        if getattr(origin, "seekable", bool)():
            origin.seek(origin.tell() - len(taken))
            return origin
        return _streams().Resumed(taken, origin)

    def _open(self, compressor: Any, fileobj: Any) -> BinaryIO:
        """Return a stream of what the compressor makes of a file."""
        if self._report is not None:
            if not getattr(fileobj, "seekable", bool)():
                fileobj = _streams().Resumed(b"", fileobj)  # which knows its position
            self._position = FilePosition(self._report, fileobj)
        self._inner = compressor.decompressor_file(fileobj)
        self.in_python = isinstance(compressor, StreamCompressor)
        if compressor is ZFormat:
            self._in_zfile = self._side_files.used = self._side_files.in_zfile = True
        return self._opened.enter_context(io.BufferedReader(self._inner, _BUFFER_SIZE))

    def _tell(self, done: int, total: int | None) -> None:
        assert self._report is not None
        (self._position or self._report)(done, total)

    def __enter__(self) -> "Fallback":
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        with self._opened:
            if error is None:
                self._finish()
            elif isinstance(error, InvalidFileError) and self._in_zfile and is_side_file(self._filename):
                raise InvalidFileError(self._filename, SIDE_FILE_LOADED, 0) from error

    def _finish(self) -> None:
        """Verify the check value, and leave the file object behind the stream."""
        if self._inner is not None and isinstance(self._inner, _streams().DecompressingReader):
            self._inner.finish(self._whole and not self._in_zfile)
        if self._position is not None:
            self._position.finish(self._whole)
