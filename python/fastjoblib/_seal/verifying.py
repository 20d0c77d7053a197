"""Telling whether a file is what its seal says."""

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from fastjoblib import _core
from fastjoblib._errors import DamagedFileError
from fastjoblib._fileobjects import name_of, naming
from fastjoblib._later import import_later
from fastjoblib._threads import resolve
from fastjoblib._urls import by_url

if TYPE_CHECKING:
    from fastjoblib._seal.finding import Found
    from fastjoblib._seal.form import Seal

__all__ = ["verified", "verified_seal", "verify"]


def _has_descriptor(file: Any) -> bool:
    """Tell whether all of a file can be read by its descriptor."""
    return type(file) is io.BufferedReader and type(file.raw) is io.FileIO and file.seekable() and file.tell() == 0


@contextlib.contextmanager
def _copied(fileobj: Any) -> Iterator[BinaryIO]:
    """Copy what is left of a stream to a file on the disk."""
    import shutil
    import tempfile

    with tempfile.TemporaryFile(prefix="fastjoblib-") as copy:
        shutil.copyfileobj(fileobj, copy, 1 << 20)
        copy.flush()
        with open(copy.fileno(), "rb", closefd=False) as file:
            file.seek(0)
            yield file


@contextlib.contextmanager
def _readable(fileobj: Any) -> Iterator[tuple[BinaryIO, str]]:
    """Give a file object itself, or of what is no plain file from its beginning on a copy."""
    name = name_of(fileobj)
    if _has_descriptor(fileobj):
        yield fileobj, name
    else:
        with _copied(fileobj) as file:
            yield file, name


@contextlib.contextmanager
def _opened(filename: Any) -> Iterator[tuple[BinaryIO, str]]:
    """The same for a path, which is opened, or a file object."""
    if hasattr(filename, "read"):
        with _readable(filename) as readable:
            yield readable
    else:
        with open(filename, "rb") as file, _readable(file) as readable:
            yield readable


def _check(file: BinaryIO, name: str, n_threads: int | None) -> "Found":
    """Verify an open file, or raise."""
    from fastjoblib._seal.damage import describe_damage
    from fastjoblib._seal.finding import method_of, require

    method = method_of(file)
    found = require(file, method, name)
    seal = found.seal
    if seal.file_nbytes != found.start:
        difference = found.start - seal.file_nbytes
        what = f"{abs(difference):,} bytes {'were added' if difference > 0 else 'are missing'} before its seal"
        raise DamagedFileError(name, *describe_damage(file, method, found, name, what))
    digest = _core.tree_hash(file.fileno(), 0, found.start, resolve(n_threads))
    if digest.hex() != seal.digest:
        raise DamagedFileError(name, *describe_damage(file, method, found, name, ""))
    if not found.ends_right:
        size = os.fstat(file.fileno()).st_size
        raise DamagedFileError(name, "the check value behind its seal, at the end of the file, is wrong", size)
    return found


def verify(
    filename: Any, *, n_threads: int | None = None, storage_options: Mapping[str, Any] | None = None
) -> None:
    """Check that a file is what ``dump(..., seal=True)`` has written.

    Nothing in the file is run.  A seal is no signature: whoever can write the file
    can write another seal as well.  See docs/verify.md.

    Parameters
    ----------
    filename : str, os.PathLike, or file object
        A path, a URL, or a file object at the beginning of the file, which is read to its
        end.  What is no plain file is copied to a temporary one.
    n_threads : int, optional
        How many threads may read and hash, as for `load`.
    storage_options : mapping, optional
        As for `load`.

    Raises
    ------
    NotSealedError
        If the file has no seal.
    DamagedFileError
        If a byte differs, is missing or was added; says which, as near as possible,
        and in which array.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import os, tempfile, fastjoblib
    >>> path = os.path.join(tempfile.mkdtemp(), "model.joblib")
    >>> fastjoblib.dump([1.5, 2.5], path, seal=True) == [path]
    True
    >>> fastjoblib.verify(path)
    """
    if by_url(filename, storage_options):
        with import_later("fastjoblib._stores").reading(filename, storage_options) as source:
            verified_seal(source, n_threads)
    else:
        verified_seal(filename, n_threads)


def verified_seal(filename: Any, n_threads: int | None = None) -> "Seal":
    """Verify a file, as `verify` does, and return its seal."""
    with _opened(filename) as (file, name), naming(name):
        return _check(file, name, n_threads).seal


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def verified(filename: Any, by_name: bool, n_threads: int | None) -> Iterator[Any]:
    """Verify a file, and give what to load it from: the file that was verified.

    Parameters
    ----------
    filename : str, int or file object
    by_name : bool
        It must be loaded from its name: that this still is the same file is
        verified afterwards.
    n_threads : int or None
    """
    with _opened(filename) as (file, name):
        with naming(name):
            found = _check(file, name, n_threads)
        before = _identity(os.fstat(file.fileno()))
        file.seek(0)
        yield filename if by_name else file
        if by_name and _identity(os.stat(filename)) != before:
            raise DamagedFileError(name, "it was replaced or changed while it was loaded", 0)
        from fastjoblib._seal.environment import warn_of_mismatch

        warn_of_mismatch(name, found.seal.digest, found.seal.facts)
