"""What is asked of the caller's file objects, and how their names get into messages."""

import contextlib
import io
import os
from collections.abc import Iterator
from typing import Any, Protocol

__all__ = ["Readable", "close_read", "name_of", "naming", "read_some", "write_whole"]


class Readable(Protocol):
    """What reading asks of a file object."""

    def read(self, size: int, /) -> bytes: ...


def name_of(fileobj: object) -> str:
    """Name a file object in messages; descriptors opened by number have ints."""
    name = getattr(fileobj, "name", "")
    return os.fsdecode(name) if isinstance(name, (str, bytes)) else ""


@contextlib.contextmanager
def naming(filename: str) -> Iterator[None]:
    """Say which file it is that the system could not read or write."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:  # else it has words of its own
            error.filename = error.filename or filename or None
        raise


def close_read(file: io.BufferedReader) -> None:
    """Close what was only read, so that nothing can be lost by it."""
    with contextlib.suppress(OSError):
        file.close()


def read_some(fileobj: Readable, size: int) -> bytes:
    """Read up to `size` bytes, none at the end only."""
    with naming(name_of(fileobj)):
        data: bytes | None = fileobj.read(size)
    if data is None:  # what a raw file object says that would have to wait
        raise BlockingIOError("the file object has no data without blocking")
    return data


def write_whole(fileobj: Any, data: bytes) -> None:
    """Write all of the data; raw file objects may take less than they are given."""
    while data:
        with naming(name_of(fileobj)):
            taken = fileobj.write(data)
        if not isinstance(fileobj, io.RawIOBase):
            return  # takes everything; what it returns may be anything
        if not taken:
            raise BlockingIOError("the file object cannot take more data without blocking")
        data = data[taken:]
