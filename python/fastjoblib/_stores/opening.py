"""From a URL to what is read or written."""

import contextlib
import io
from collections.abc import Iterator, Mapping
from typing import Any

from fastjoblib._errors import ObjectChangedError
from fastjoblib._later import fork_lock, import_later
from fastjoblib._stores.errors import translated
from fastjoblib._stores.objects import StoredObject
from fastjoblib._stores.reader import RangedFile
from fastjoblib._stores.writer import Upload, upload_to
from fastjoblib._urls import shown_url

__all__ = ["open_reader", "reading", "writing"]

Options = Mapping[str, Any] | None


def _locate(url: str, options: Options) -> tuple[Any, str]:
    """Return the file system and the path in it."""
    try:
        url_to_fs = import_later("fsspec.core").url_to_fs
    except ImportError:
        raise ImportError(
            f"{shown_url(url)}: URLs need fsspec, with the package of their store: pip install fsspec s3fs"
        ) from None
    try:
        with fork_lock:  # it imports the package of the store
            fs, path = url_to_fs(url, **(options or {}))
    except ImportError as error:  # which names what to install
        raise ImportError(f"{shown_url(url)}: {error}") from None
    except ValueError as error:
        raise ValueError(f"{shown_url(url)}: {shown_url(str(error))}") from None
    return fs, path


def _is_local(fs: Any) -> bool:
    """Tell whether the files of a file system are, or become when they are opened, files on the disk."""
    return bool(getattr(fs, "local_file", False))


def _local_copy(fs: Any, path: str, url: str) -> str:
    """Return the path of a file on the disk with what the URL names."""
    name = shown_url(url)
    if "file" in fs.protocol:
        return path
    try:
        with fs.open(path, "rb") as file:
            copy: str = file.name
    except BaseException as error:
        raise translated(error, name, "read") from None
    return copy


class _Stream(io.BufferedReader):
    """An object of which no ranges can be read, in order."""

    def __init__(self, raw: Any, name: str) -> None:
        super().__init__(raw, 1 << 20)
        self._name = name

    @property
    def name(self) -> str:
        return self._name


class _Raw(io.RawIOBase):
    """What fsspec opens, with errors that name the URL."""

    def __init__(self, file: Any, name: str) -> None:
        super().__init__()
        self._file = file
        self._url = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read(len(buffer))
        except BaseException as error:
            raise translated(error, self._url, "read") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def open_reader(url: str, storage_options: Options = None) -> RangedFile:
    """Open an object of which ranges can be read.

    Parameters
    ----------
    url : str
    storage_options : mapping, optional
        What fsspec gives to the file system.

    Returns
    -------
    RangedFile

    Raises
    ------
    OSError
        If there is no such object, or it cannot be read in ranges.
    """
    fs, path = _locate(url, storage_options)
    stored = StoredObject(fs, path, shown_url(url))
    if not stored.has_ranges:
        raise OSError(22, "its server gives no parts of it", stored.name)
    return RangedFile(stored)


@contextlib.contextmanager
def reading(url: str, storage_options: Options = None, whole: bool = True) -> Iterator[Any]:
    """Give what to read of a URL: the path of a file on the disk, or a file object.

    At the end it is certain that all that was read was of one object.  `whole` tells
    whether all of it will be read.

    Raises
    ------
    ObjectChangedError
        If another object has taken its place meanwhile.
    """
    fs, path = _locate(url, storage_options)
    name = shown_url(url)
    if _is_local(fs):
        yield _local_copy(fs, path, url)
        return
    stored = StoredObject(fs, path, name)
    with contextlib.closing(stored):
        if stored.has_ranges:
            file: Any = RangedFile(stored, whole)
        else:
            try:
                file = _Stream(_Raw(fs.open(path, "rb"), name), name)
            except BaseException as error:
                raise translated(error, name, "read") from None
        with file:
            try:
                yield file
            except Exception as error:
                if not isinstance(error, ObjectChangedError):
                    stored.check_after_failure()
                raise
            stored.check()


@contextlib.contextmanager
def writing(url: str, storage_options: Options = None) -> Iterator[Any]:
    """Give what to write for a URL: the path of a file on the disk, or a file object.

    Nothing is seen in the store before the end, and nothing is left there if it fails.
    """
    fs, path = _locate(url, storage_options)
    if "file" in fs.protocol:
        yield path
        return
    file: Upload = upload_to(fs, path, shown_url(url))
    try:
        yield file
        file.commit()
    except BaseException as error:
        try:
            file.abandon()
        except Exception as other:  # the first error is the one to raise
            if hasattr(error, "add_note"):  # Python 3.11
                error.add_note(f"what was sent of it may be left in the store: {other}")
        raise
