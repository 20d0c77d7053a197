"""What keeps files of models whole, whoever else is at work and whenever a process is killed."""

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

from fastjoblib._errors import InvalidFileError
from fastjoblib._fileobjects import naming
from fastjoblib._models.places import CARDS

try:
    import fcntl
except ImportError:  # Windows
    from importlib import import_module

    fcntl = None  # type: ignore[assignment]
    msvcrt: Any = import_module("msvcrt")

_PAUSE = 0.05  # seconds between two attempts to lock a file on Windows, which knows no waiting without end

__all__ = ["locked", "open_regular", "put", "sync_directory"]


def open_regular(path: str) -> BinaryIO:
    """Open a file to read, and nothing on which that would wait, such as a pipe that nobody writes."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InvalidFileError(path, "expected a file, found a directory, device or pipe", 0)
    return open(path, "rb")


def _open_lock(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # another user's: reading is enough for a lock, but on network file systems
        return os.open(path, os.O_RDONLY)


def _lock(fd: int) -> None:
    if fcntl is not None:
        fcntl.flock(fd, fcntl.LOCK_EX)
        return
    while True:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # the first byte, which need not be there
            return
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
        time.sleep(_PAUSE)


def _unlock(fd: int) -> None:
    if fcntl is not None:
        fcntl.flock(fd, fcntl.LOCK_UN)
    else:
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)


@contextlib.contextmanager
def locked(directory: str, name: str) -> Iterator[None]:
    """Let nobody else save a version of this model, or roll back, meanwhile; waits for its turn.

    The system gives the lock back when a process ends, however it does.
    """
    path = os.path.join(directory, CARDS, f".{name}.lock")
    owner = os.getpid()
    fd = _open_lock(path)
    has_lock = False
    try:
        with naming(path):
            _lock(fd)
        has_lock = True
        yield
    finally:
        # A child that was forked meanwhile has the same lock, and is not the one to give it back;
        # but while it lives, closing the file here would not.
        try:
            if has_lock and os.getpid() == owner:
                with naming(path):
                    _unlock(fd)
        finally:
            os.close(fd)


def sync_directory(path: str) -> None:
    """Bring the names in a directory to the disk; Windows does so by itself."""
    with _directory(path) as fd:
        _sync_names(fd, path)


@contextlib.contextmanager
def _directory(path: str) -> Iterator[int | None]:
    """Open a directory, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        yield None
        return
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def _sync_names(fd: int | None, path: str) -> None:
    if fd is None:
        return
    try:
        with naming(path):
            os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:  # of file systems that do this by themselves
            raise


def put(text: bytes, pending: str, path: str) -> None:
    """Write a file under one name, and give it another when it is on the disk."""
    folder = os.path.dirname(path)
    with _directory(folder) as fd:  # which may fail before it is too late, but not after
        with naming(pending), open(pending, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(pending, path)
        _sync_names(fd, folder)
