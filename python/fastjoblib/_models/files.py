"""What keeps files of models whole, whoever else is at work and whenever a process is killed."""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from fastjoblib._errors import InvalidFileError
from fastjoblib._fileobjects import naming
from fastjoblib._models.places import CARDS

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


@contextlib.contextmanager
def locked(directory: str, name: str) -> Iterator[None]:
    """Let nobody else save a version of this model, or roll back, meanwhile; waits for its turn.

    The system gives the lock back when a process ends, however it does.
    """
    path = os.path.join(directory, CARDS, f".{name}.lock")
    owner = os.getpid()
    fd = _open_lock(path)
    try:
        with naming(path):
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        # A child that was forked meanwhile has the same lock, and is not the one to give it back;
        # but while it lives, closing the file here would not.
        try:
            if os.getpid() == owner:
                with naming(path):
                    fcntl.flock(fd, fcntl.LOCK_UN)
        finally:
            os.close(fd)


def sync_directory(path: str) -> None:
    """Bring the names in a directory to the disk."""
    with _directory(path) as fd:
        _sync_names(fd, path)


@contextlib.contextmanager
def _directory(path: str) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def _sync_names(fd: int, path: str) -> None:
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
        os.rename(pending, path)
        _sync_names(fd, folder)
