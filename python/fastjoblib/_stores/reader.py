"""A file object over ranges of an object, which are requested before they are needed."""

import collections
import concurrent.futures
import io
import os
from typing import Any

from fastjoblib._stores.errors import translated
from fastjoblib._stores.objects import StoredObject

__all__ = ["RangedFile"]

_PART = 4 << 20
# What is requested or has come, and was not read yet, is no more than that.
_MOST_AHEAD = 64 << 20


class RangedFile(io.RawIOBase):
    """An object in a store, to be read in order or at any place.

    It reads ahead, in parts of 4 MiB that come side by side; what is asked for in one
    call comes side by side too.

    Parameters
    ----------
    stored : StoredObject
        Whose size is known.
    whole : bool
        All of it will be read: then 64 MiB are on their way from the start.  Else as
        much as has been read in a row since the last `seek`, up to 64 MiB, so that
        whoever jumps over most of an object moves little of it.

    Attributes
    ----------
    name : str
        The URL, as it may be shown.
    size : int
        In bytes.
    fastjoblib_nbytes : int
        The same, by which C knows that seeking costs nothing.
    """

    def __init__(self, stored: StoredObject, whole: bool = False) -> None:
        super().__init__()
        assert stored.nbytes is not None
        self._stored = stored
        self.name = stored.name
        self.size = self.fastjoblib_nbytes = stored.nbytes
        self._position = 0
        self._whole = whole
        self._in_a_row = 0
        # Ranges (start, end) that follow each other, with their data.
        self._parts: collections.deque[tuple[int, int, concurrent.futures.Future[bytes]]] = collections.deque()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError(f"{self.name}: cannot seek to {start + offset}")
        if start + offset != self._position:
            self._in_a_row = 0
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        n = max(min(len(view), self.size - self._position), 0)
        if n > 0:
            self._read(view[:n], self._position)
            self._position += n
            self._in_a_row += n
            self._request(self._position, self._position)
        return n

    def read_at(self, offset: int, buffer: Any) -> int:
        """Read at an offset; the position of the file stays.

        Parameters
        ----------
        offset : int
            In bytes.
        buffer : writable buffer
            Is filled, but for what is behind the end.

        Returns
        -------
        int
            How many bytes were read.
        """
        position, in_a_row = self._position, self._in_a_row
        self.seek(offset)
        try:
            return self.readinto(buffer)
        finally:
            self._position, self._in_a_row = position, in_a_row

    def _read(self, view: memoryview, position: int) -> None:
        end = position + len(view)
        while position < end:
            self._request(position, end)
            start, part_end, future = self._parts[0]
            try:
                data = future.result()
            except concurrent.futures.CancelledError:
                raise ValueError(f"{self.name}: it was closed while it was read") from None
            except Exception as error:
                self._drop()
                self._stored.check_after_failure()
                raise translated(error, self.name, "read") from None
            n = min(part_end, end) - position
            view[:n] = memoryview(data)[position - start : position - start + n]
            view = view[n:]
            position += n

    def _request(self, position: int, end: int) -> None:
        """Request the ranges from a position to an end, and those ahead."""
        while self._parts and self._parts[0][1] <= position:
            self._parts.popleft()
        if self._parts and not self._parts[0][0] <= position:
            self._drop()
        start = self._parts[-1][1] if self._parts else position
        ahead = _MOST_AHEAD if self._whole else min(self._in_a_row, _MOST_AHEAD)
        stop = min(max(min(end, position + _MOST_AHEAD), position + ahead), self.size)
        # A request for each few bytes would cost more than they do.
        if start >= end and stop < self.size and stop - start < min(ahead // 2, _PART):
            return
        while start < stop:
            nbytes = min(_PART, stop - start)
            self._parts.append((start, start + nbytes, self._stored.fetch(start, start + nbytes)))
            start += nbytes

    def _drop(self) -> None:
        for _, _, future in self._parts:
            future.cancel()
        self._parts.clear()

    def close(self) -> None:
        if not self.closed:
            self._drop()
            self._stored.close()
        super().close()
