"""dump and load: argument rules, names and messages.

The rules are joblib's (joblib/numpy_pickle.py), so that what works there works
here and what is refused there is refused here; the work is done in C.
"""

import atexit
import contextlib
import functools
import io
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

from fastjoblib import _core
from fastjoblib._arguments import ByValue, MmapMode
from fastjoblib._compress.dump_load import (
    Fallback,
    core_compression,
    dump_compressed,
    dump_compressed_path,
    refuse_seal,
)
from fastjoblib._compress.registry import choose
from fastjoblib._fileobjects import Readable
from fastjoblib._later import import_later
from fastjoblib._legacy import SideFiles
from fastjoblib._loading import load_opened
from fastjoblib._missing import say_where
from fastjoblib._progress import Progress, Report, reporting
from fastjoblib._rename import Rename, renaming
from fastjoblib._threads import resolve
from fastjoblib._urls import by_url, shown_url

if TYPE_CHECKING:
    from fastjoblib._seal.writing import Sealer

atexit.register(_core.finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_core.before_fork,
        after_in_parent=functools.partial(_core.after_fork, False),
        after_in_child=functools.partial(_core.after_fork, True),
    )

__all__ = ["dump", "dumps", "load", "loads"]


class Writable(Protocol):
    """What `dump` asks of a file object."""

    def write(self, data: bytes, /) -> object: ...


Path = str | os.PathLike[str]
StorageOptions = Mapping[str, Any] | None
Compress = bool | int | str | tuple[str, int | None] | None


def _writes_compressed(fileobj: object) -> bool:
    """Tell whether joblib would know this file object as compressing.

    Its wrappers then say that the arrays cannot be memory-mapped.
    """
    return any(
        cls.__name__ == "BinaryZlibFile" and cls.__module__ == "joblib.compressor"
        for cls in type(fileobj).__mro__
    )


def _sealer(seal: bool, metadata: Any, choice: tuple[Any, Any] | None) -> "Sealer | None":
    """Return what makes the seal of a dump."""
    if not seal:
        if metadata is not None:
            raise ValueError("metadata is part of a seal, so it needs seal=True")
        return None
    refuse_seal(choice)
    from fastjoblib._seal.writing import Sealer

    return Sealer(metadata)


@overload
def dump(
    value: object,
    filename: Path,
    compress: Compress = 0,
    protocol: int | None = None,
    *,
    n_threads: int | None = None,
    progress: Progress = None,
    atomic: bool = True,
    fsync: bool = False,
    share_arrays: bool = False,
    seal: bool = False,
    metadata: Any = None,
    by_value: ByValue = False,
    storage_options: StorageOptions = None,
) -> list[str]: ...
@overload
def dump(
    value: object,
    filename: Writable,
    compress: Compress = 0,
    protocol: int | None = None,
    *,
    n_threads: int | None = None,
    progress: Progress = None,
    atomic: bool = True,
    fsync: bool = False,
    share_arrays: bool = False,
    seal: bool = False,
    metadata: Any = None,
    by_value: ByValue = False,
    storage_options: StorageOptions = None,
) -> None: ...
def dump(
    value: object,
    filename: Path | Writable,
    compress: Compress = 0,
    protocol: int | None = None,
    *,
    n_threads: int | None = None,
    progress: Progress = None,
    atomic: bool = True,
    fsync: bool = False,
    share_arrays: bool = False,
    seal: bool = False,
    metadata: Any = None,
    by_value: ByValue = False,
    storage_options: StorageOptions = None,
) -> list[str] | None:
    """Write an object to a file.

    Parameters
    ----------
    value : object
        Anything that can be pickled.  NumPy arrays in it are written from their
        own memory.
    filename : str, os.PathLike, or file object
        A path, a URL of any store that fsspec knows (``s3://bucket/key``), or any object
        with a ``write`` method.
    compress : int, bool, str or tuple of (str, int), default=0
        A level from 0 to 9, a method, or both.  0 and False are no compression,
        True is a method's own level.  The methods are 'zlib', 'gzip', 'bz2',
        'lzma', 'xz', 'lz4', 'zstd' (with Python 3.14 or
        the backports.zstd package; joblib reads it with `ZstdCompressorWrapper`), and
        those registered.  Where none is named, the extension of a path decides
        ('.z', '.gz', '.bz2', '.lzma', '.xz', '.lz4', '.zst'), also against a
        level of 0, and else it is zlib.
    protocol : int, optional
        The pickle protocol, 0 to 5; negative for the highest.  By default
        `pickle.DEFAULT_PROTOCOL`.
    n_threads : int, optional
        How many threads may compress, or collect the elements of arrays that are
        not contiguous.  By default as many as the environment
        variable ``FASTJOBLIB_NUM_THREADS`` says, else as this process may use
        cores.  What is written does not depend on it.  'lzma' and registered
        methods use one.  One thread writes as fast as several.
    progress : bool or callable, optional
        True shows a bar in a notebook; elsewhere one of tqdm, or a line of text on
        stderr where tqdm is not installed.  A callable is called as
        ``progress(done_bytes, total_bytes)``, from this thread, at most 20 times a
        second, and once more when all is done.  The bytes are those of the pickle,
        before compression; the total is None until that last call, since only
        the walk through the object finds out what it holds.  What the callable
        raises ends the dump.
    atomic : bool, default=True
        Write a new file, which takes the old one's place at the end: the old file
        stays whole until the new one is, also if the dump fails.  One of 32 MiB or
        more stays a moment longer, as ``.NAME.fastjoblib-old`` in the same
        directory, until the new data is on the disk.  Owner, mode, access control
        list and extended attributes are kept where that is permitted, and
        symbolic links are followed.  A file with several names (hard links) is
        overwritten when the new data is complete.  What cannot be replaced (a
        FIFO, a device) is written in place, and so is an existing file in a
        directory in which no file can be made.  Ignored for file objects.
    fsync : bool, default=False
        Return only when the file and its directory entry are on the disk.  If the
        file cannot be brought there, the old one stays.  Ignored for file objects.
    share_arrays : bool, default=False
        Write an array that comes up again as a reference to the first: it takes
        its space once, and is one array again when it is loaded, by joblib too.
        By default each is written anew, as joblib does.  Different arrays that
        look at the same memory stay different, and so do arrays within arrays
        of objects.  True with `by_value`, where each function of a module may use
        the same array.
    seal : bool, default=False
        Write checksums behind the object, where joblib does not look: of each array,
        of the pickle between them, and of the whole file (SHA-256, as a tree),
        with the versions of Python and of all packages that the object needs.
        `verify` and ``load(..., verify=True)`` then tell whether the file is
        what was saved, and `load` warns where other versions would load it.
        Not for registered methods of compression.
    metadata : optional
        Anything that JSON can hold, up to 256 KiB, to be kept in the seal.
    by_value : bool, or iterable of str or module, default=False
        True writes functions and classes of ``__main__``, and those that no module has
        under their names (lambdas, local classes), with their code, so that other
        programs load them, with `joblib.load` too.  An iterable names modules of which
        that also holds, with all in their packages.  Whoever loads such a file needs
        cloudpickle and the same version of Python, and must trust it.  Needs
        cloudpickle 3.
    storage_options : mapping, optional
        What fsspec gives to the file system of a URL: credentials, an endpoint.

    Returns
    -------
    list of str or None
        ``[filename]``, or None for a file object.

    Raises
    ------
    pickle.PicklingError, TypeError
        If the object, or one in it, cannot be pickled; a note says where it is.
    OSError
        If the file cannot be written.
    TypeError
        If `progress` is neither a bool nor a callable, `n_threads` is no integer,
        `metadata` is nothing that JSON can hold, or `by_value` holds what is no module.
    ValueError
        If `n_threads` is less than 1, `filename` is neither a path nor a file object,
        there is no such method or level, or a module that the method needs is
        missing; if `metadata` is given without `seal`, or is too large; if `by_value`
        names a module that has not been imported, or `protocol` is too old for it.
    ImportError
        If `by_value` is asked for and cloudpickle is not installed.

    See Also
    --------
    load : Read the object back.
    find_unpicklable : List all that cannot be pickled.
    register_compressor : Add a method of compression.

    Notes
    -----
    The bytes, before compression, are those that ``joblib.dump`` of the same
    Python writes.  How deep an object is nested does not matter.

    Ctrl-C ends a dump at once, as an exception does, in a path that is written
    atomically without a trace.

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
    if n_threads is not None:
        n_threads = resolve(n_threads)
    threads = functools.partial(resolve, n_threads)
    choice = choose(compress, filename)
    compression = core_compression(choice, n_threads)
    sealer = _sealer(seal, metadata, choice)
    reducers = None if by_value is False else import_later("fastjoblib._by_value").rules(by_value, protocol)
    share_arrays = share_arrays or reducers is not None
    is_url = by_url(filename, storage_options)
    target: Any = filename
    with contextlib.ExitStack() as stack:
        report = stack.enter_context(reporting(progress, "dump", shown_url(filename) if is_url else filename))
        if is_url:
            target = stack.enter_context(import_later("fastjoblib._stores").writing(filename, storage_options))
        if isinstance(target, str):
            if choice is None or compression is not None:
                _core.dump_path(
                    value, target, protocol, share_arrays, compression, atomic, fsync, threads, report, sealer, reducers
                )
            else:
                dump_compressed_path(
                    value, target, choice, protocol, share_arrays, n_threads, atomic, fsync, report, sealer, reducers
                )
        elif not hasattr(target, "write"):
            raise ValueError(
                "Second argument should be a filename or a file-like object, "
                f"{filename} (type {type(filename)}) was given."
            )
        elif choice is None or compression is not None:
            allow_mmap = choice is not None or not _writes_compressed(target)
            nbytes = _core.dump_file(
                value, target, protocol, share_arrays, compression, allow_mmap, threads, report, sealer, reducers
            )
            if report is not None:
                report(nbytes, nbytes)
        else:
            dump_compressed(value, target, choice, protocol, share_arrays, n_threads, report, sealer, reducers)
    return [filename] if isinstance(filename, str) else None


def dumps(value: object, compress: Compress = 0, protocol: int | None = None) -> bytes:
    """Write an object to bytes.

    Parameters
    ----------
    value : object
        Anything that can be pickled.
    compress : int, bool, str or tuple of (str, int), default=0
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
    choice = choose(compress)
    if choice is None:
        return _core.dumps(value, protocol)
    target = io.BytesIO()
    compression = core_compression(choice, None)
    if compression is not None:
        _core.dump_file(value, target, protocol, False, compression, True, None, None, None, None)
    else:
        dump_compressed(value, target, choice, protocol, False, None, None, None, None)
    return target.getvalue()


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


def load(
    filename: Path | Readable,
    mmap_mode: MmapMode | None = None,
    ensure_native_byte_order: bool | Literal["auto"] = "auto",
    *,
    n_threads: int | None = None,
    progress: Progress = None,
    verify: bool = False,
    rename: Mapping[str, str] | None = None,
    storage_options: StorageOptions = None,
) -> Any:
    """Read an object that `dump` or ``joblib.dump`` has written.

    .. warning::
       Like pickle, this runs what the file tells it to run.  Load only files
       that you trust.

    Parameters
    ----------
    filename : str, os.PathLike, or file object
        A path, a URL of any store that fsspec knows, or any object with a ``read`` method;
        what is in it may be compressed.  A file object is left right behind the object, so that
        several can be read one after another; of a stream that cannot be
        rewound no byte more is read, unless it is compressed.  One in memory
        that stands at its end, as after `dump`, is read from its start.
    mmap_mode : {None, 'r+', 'r', 'w+', 'c'}, optional
        Map the data of arrays instead of reading it: they come back as
        `numpy.memmap`.  'w+' means 'r+', since the data is there.  Compressed
        files and file objects are always read, with a warning unless it is an
        open file.  See Notes.
    ensure_native_byte_order : bool or 'auto', default='auto'
        Bring arrays to the byte order of this machine.  'auto' means yes unless
        `mmap_mode` is given.
    n_threads : int, optional
        How many threads may read or decompress, as for `dump`.  Arrays from 2 MiB
        on are read by all, from paths and from files opened with ``open``.
        Files that `dump` has written with 'zlib', 'gzip' or 'lz4' are
        decompressed by all; of others of these methods one thread decompresses
        while another builds the objects.
    progress : bool or callable, optional
        As for `dump`, but that the bytes are those of the file, as it lies there:
        how many have been read, and its size, or of a file object what is left of
        it.  The size is None where it is not known (of pipes, sockets and file
        objects of other kinds).  In the last call both are what has been read.
        Mapped arrays count as read.
    verify : bool, default=False
        Before anything is loaded, check that the file is what `dump` sealed, as
        `verify` does.  A file object must stand at the beginning of the file, and is
        read to its end.
    rename : mapping of str to str, optional
        Where classes, functions, modules and packages are now: ``{"__main__.Imputer":
        "utils.Imputer", "old_package": "new_package"}``.  Of several that fit, the longest
        is taken.  ``__main__`` also stands for ``__mp_main__``, which is what the script is
        in a process that multiprocessing has spawned.
    storage_options : mapping, optional
        What fsspec gives to the file system of a URL: credentials, an endpoint.

    Returns
    -------
    object

    Raises
    ------
    NotSealedError, DamagedFileError
        If `verify` is set and the file has no seal, or is not what was saved.
    TruncatedFileError
        If the file ends before the object does (an `EOFError` and `ValueError`).
    InvalidFileError
        If the data is no pickle, or a damaged one, or is compressed and damaged,
        or something else follows compressed data in a file that was named.
    OSError
        If the file cannot be read, or not be mapped as `mmap_mode` says.
    ValueError
        For a pickle of Python 2 with text that is not ASCII, for byte order
        asked for together with `mmap_mode`, and where the module is missing that
        could decompress the file.
    ModuleNotFoundError, AttributeError
        If a module or class is missing; a note says what in the file wants it.
    TypeError
        If `progress` is neither a bool nor a callable, or `n_threads` is no integer.

    See Also
    --------
    dump : Write an object.
    verify : Only check.

    Warns
    -----
    EnvironmentMismatchWarning
        Once for a sealed file in which other versions of Python or of packages are
        noted than are here, if they differ in the first number (of scikit-learn in
        the second), unless scikit-learn warns of that itself.

    Notes
    -----
    With `mmap_mode`, all arrays of a load share one mapping of the file, with one
    descriptor, which is there until the last of them is gone: flushing one
    flushes all.  A file that is replaced, as `dump` does, leaves them with the
    old data; one that grows does not concern them.  One that is cut takes the
    data away: reading it then ends the process with SIGBUS.

    Examples
    --------
    >>> import os, tempfile, fastjoblib, numpy
    >>> path = os.path.join(tempfile.mkdtemp(), "arrays.joblib")
    >>> fastjoblib.dump([numpy.zeros(3), numpy.ones(3)], path) == [path]
    True
    >>> arrays = fastjoblib.load(path, mmap_mode="r+")
    >>> arrays[0][:] = 5
    >>> arrays[0].flush()
    >>> fastjoblib.load(path)[0]
    array([5., 5., 5.])
    """
    native = _native_byte_order(ensure_native_byte_order, mmap_mode)
    if isinstance(filename, (bytes, os.PathLike)):
        filename = os.fsdecode(filename)
    if by_url(filename, storage_options):
        with import_later("fastjoblib._stores").reading(filename, storage_options) as source:
            if mmap_mode is not None and not isinstance(source, str):
                raise ValueError(
                    f"{shown_url(filename)}: only files on the disk can be mapped; "
                    "'simplecache::' before the URL makes a copy there and maps that"
                )
            return load(
                source,
                mmap_mode,
                ensure_native_byte_order,
                n_threads=n_threads,
                progress=progress,
                verify=verify,
                rename=rename,
            )
    if n_threads is not None:
        n_threads = resolve(n_threads)
    with contextlib.ExitStack() as stack:
        report = stack.enter_context(reporting(progress, "load", filename))
        source = filename
        if verify:
            verified = import_later("fastjoblib._seal.verifying").verified
            by_name = mmap_mode is not None and isinstance(filename, str)
            source = stack.enter_context(verified(filename, by_name, n_threads))
        try:
            return _load(source, mmap_mode, native, n_threads, report, renaming(rename))
        except AttributeError as error:
            if isinstance(filename, str):
                import_later("fastjoblib._seal.loading").name_script(filename, error)
            raise


def _load(
    filename: Any,
    mmap_mode: MmapMode | None,
    native: bool,
    n_threads: int | None,
    report: Report | None,
    rename: Rename | None,
) -> Any:
    """Load from a path, a file object or a descriptor."""
    if isinstance(filename, str) or hasattr(filename, "read"):
        return load_opened(filename, filename, mmap_mode, native, n_threads, report, rename=rename)
    with open(filename, "rb") as fileobj:  # a descriptor; open() refuses the rest
        return load_opened(fileobj, filename, mmap_mode, native, n_threads, report, rename=rename)


def loads(data: bytes | bytearray | memoryview) -> Any:
    """Read an object from bytes.

    As unsafe as `load`: only for data that you trust.

    Parameters
    ----------
    data : bytes-like
        What `dumps` has returned, or the contents of a file, compressed or not.

    Returns
    -------
    object

    Raises
    ------
    TruncatedFileError, InvalidFileError, ValueError, ImportError, AttributeError
        As `load`.
    """
    with SideFiles("") as side_files:
        with Fallback("", side_files, None, whole=True) as fallback:
            try:
                return _core.loads(data, fallback, side_files)
            except (ImportError, AttributeError) as error:
                say_where(error, io.BytesIO(data), 0, None)
                raise
