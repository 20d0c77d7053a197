"""Uploads that begin while an object is still being written, and show nothing before it is whole."""

import io
from typing import Any, Protocol

from fastjoblib._stores.errors import translated
from fastjoblib._stores.files import FileSink
from fastjoblib._stores.objects import protocols
from fastjoblib._stores.s3 import S3Sink

__all__ = ["Upload", "upload_to"]

# S3 takes 10,000 parts of at least 5 MiB: parts grow by a thousandth of what was written before, which
# never comes to the end of them.
_PART = 8 << 20
_GROWTH = 1000


class Sink(Protocol):
    """Where parts go.  Each method may wait, and raises what the store raises."""

    def send(self, part: bytearray) -> None:
        """Send one more part, which is not changed any more."""

    def commit(self) -> None:
        """Make the object of all parts, in place of an old one."""

    def abandon(self) -> None:
        """Leave nothing of it in the store."""


class Upload(io.RawIOBase):
    """A file object whose data goes into a store.

    Parameters
    ----------
    sink : Sink
    name : str
        The URL, as it may be shown.
    even : bool
        All parts but the last have the same size, as some stores want it.
    """

    def __init__(self, sink: Sink, name: str, even: bool = False) -> None:
        super().__init__()
        self._sink = sink
        self.name = name
        self._even = even
        self._part = bytearray()
        self._sent = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        """Return how many bytes were written: by it the data of arrays is aligned, as in a file."""
        return self._sent + len(self._part)

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        rest = view
        while len(rest):
            size = _PART if self._even else max(_PART, self._sent // _GROWTH)
            taken = rest[: size - len(self._part)]
            self._part += taken
            rest = rest[len(taken) :]
            if len(self._part) >= size:
                self._send()
        return len(view)

    def _send(self) -> None:
        part, self._part = self._part, bytearray()
        self._sent += len(part)
        self._do(self._sink.send, part)

    def _do(self, step: Any, *arguments: Any) -> None:
        try:
            step(*arguments)
        except BaseException as error:
            raise translated(error, self.name, "written") from None

    def commit(self) -> None:
        """Put the object in place."""
        if self._part:
            self._send()
        self._do(self._sink.commit)
        super().close()

    def abandon(self) -> None:
        """Leave nothing in the store."""
        try:
            self._do(self._sink.abandon)
        finally:
            super().close()


def upload_to(fs: Any, path: str, name: str) -> Upload:
    """Begin an upload.

    Parameters
    ----------
    fs : fsspec.AbstractFileSystem
    path : str
        In that file system.
    name : str
        The URL, as it may be shown.

    Raises
    ------
    OSError
        If the store cannot be written.
    """
    try:
        if "s3" in protocols(fs) and hasattr(fs, "_call_s3"):
            return Upload(S3Sink(fs, path), name, even=bool(getattr(fs, "fixed_upload_size", False)))
        return Upload(FileSink(fs, path), name)
    except NotImplementedError:
        raise io.UnsupportedOperation(f"{name}: this kind of store cannot be written") from None
    except Exception as error:
        raise translated(error, name, "written") from None
