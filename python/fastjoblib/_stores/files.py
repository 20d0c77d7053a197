"""Uploads by the files of fsspec, on a thread of their own."""

import concurrent.futures
import contextlib
import posixpath
import uuid
from typing import Any

from fastjoblib._later import import_later

__all__ = ["FileSink"]


def _waits_for_commit(file: Any) -> bool:
    """Tell whether a file keeps to itself until its own ``commit``, and forgets all by its ``discard``."""
    base = import_later("fsspec.spec").AbstractBufferedFile
    kind = type(file)
    return isinstance(file, base) and kind.commit is not base.commit and kind.discard is not base.discard


class FileSink:
    """Where the data of one file goes.

    Where a store's files can wait for a commit, they do.  Elsewhere the data goes into
    an object of another name in the same folder, which takes the right one at the end.

    Parameters
    ----------
    fs : fsspec.AbstractFileSystem
    path : str
        In that file system.
    """

    def __init__(self, fs: Any, path: str) -> None:
        self._fs = fs
        self._path = path
        folder, name = posixpath.split(path)
        self._temporary: str | None = posixpath.join(folder, f".{name}.fastjoblib-{uuid.uuid4().hex}")
        self._file = self._open(self._temporary)
        if _waits_for_commit(self._file):  # which only a file tells
            self._file.discard()
            self._temporary = None
            self._file = self._open(path)
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "fastjoblib-write")
        self._last: concurrent.futures.Future[None] | None = None

    def _open(self, path: str) -> Any:
        file = self._fs.open(path, "wb", autocommit=False)
        with contextlib.suppress(ValueError):
            self._fs.transaction.files.remove(file)  # it is committed here
        return file

    def send(self, part: bytearray) -> None:
        self._wait()
        self._last = self._thread.submit(self._write, part)

    def _write(self, part: bytearray) -> None:
        self._file.write(bytes(part))

    def _wait(self) -> None:
        if self._last is not None:
            self._last.result()
            self._last = None

    def commit(self) -> None:
        self._wait()
        self._file.close()
        if self._temporary is None:
            self._file.commit()
        else:
            self._fs.mv(self._temporary, self._path)
        self._fs.invalidate_cache(self._path)
        self._thread.shutdown()

    def abandon(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        if self._temporary is None:
            self._file.discard()
            return
        with contextlib.suppress(Exception):  # the first error is the one to tell
            self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._temporary)
