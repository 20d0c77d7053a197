"""One version of an object in a store, of which ranges are read."""

import asyncio
import concurrent.futures
import random
from collections.abc import Awaitable, Callable
from typing import Any

from fastjoblib._errors import ObjectChangedError
from fastjoblib._stores.errors import is_transient, translated

__all__ = ["StoredObject", "run"]

# A request is tried that often, with pauses of 0.1 s, 0.2 s and so on between, give or take a half.
_ATTEMPTS = 6
_PAUSE = 0.1
# What stores call the version of an object.
_VERSION_KEYS = (
    "ETag", "etag", "VersionId", "generation", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified",
    "updated", "modified", "created", "checksum",
)  # fmt: skip

Request = Callable[[int, int], Awaitable[bytes]]


class _GivenUp(Exception):
    """What a store's own library has tried again as often as it does: it is not tried here too."""


def run(fs: Any, coroutine: Any) -> "concurrent.futures.Future[Any]":
    """Start a coroutine on the thread of fsspec's event loop."""
    return asyncio.run_coroutine_threadsafe(coroutine, fs.loop)


def protocols(fs: Any) -> tuple[str, ...]:
    """Return the names of a file system."""
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _of_s3(fs: Any, path: str, info: dict[str, Any]) -> Request | None:
    """Ask S3 for ranges of the very object that `info` is of."""
    etag = info.get("ETag")
    if not etag or not hasattr(fs, "_call_s3") or getattr(fs, "local_expiry_check", False):
        return None
    bucket, key, version = fs.split_path(path)
    pinned = {"IfMatch": etag} if version is None else {"VersionId": version}

    async def request(start: int, end: int) -> bytes:
        try:
            answer = await fs._call_s3("get_object", Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}", **pinned)
        except Exception as error:
            raise _GivenUp from error
        async with answer["Body"] as body:
            return bytes(await body.read())

    return request


def _of_http(fs: Any, path: str, info: dict[str, Any]) -> Request | None:
    etag = info.get("ETag")
    if not etag or etag.startswith("W/"):  # those of weak validators cannot be asked for
        return None

    async def request(start: int, end: int) -> bytes:
        return bytes(await fs._cat_file(path, start, end, headers={"If-Match": etag}))

    return request


_PINNED = {"s3": _of_s3, "http": _of_http}


class StoredObject:
    """An object in a store, as it was when it was opened.

    Parameters
    ----------
    fs : fsspec.AbstractFileSystem
    path : str
        In that file system.
    name : str
        The URL, as it may be shown.

    Attributes
    ----------
    nbytes : int or None
        Its size; None where the store does not say.
    has_ranges : bool
        Whether parts of it can be read.

    Raises
    ------
    OSError
        If there is no such object, or the store does not let it be read.
    """

    def __init__(self, fs: Any, path: str, name: str) -> None:
        self._fs = fs
        self._path = path
        self.name = name
        info = self._info()
        if info.get("type") == "directory":
            raise IsADirectoryError(21, "it is a directory", name)
        self._version = self._version_of(info)
        self.nbytes: int | None = info["size"]
        self.has_ranges = self.nbytes is not None and ("http" not in protocols(fs) or self._answers_ranges())
        make = next((_PINNED[each] for each in protocols(fs) if each in _PINNED), None)
        self._pinned = make(fs, path, info) if make is not None and self.has_ranges else None
        # File systems without coroutines need not be safe for several threads.
        self._thread = None if fs.async_impl else concurrent.futures.ThreadPoolExecutor(1, "fastjoblib-read")

    def _info(self) -> dict[str, Any]:
        try:
            self._fs.invalidate_cache(self._path)
            found: dict[str, Any] = self._fs.info(self._path)
            return found
        except BaseException as error:
            raise translated(error, self.name, "read") from None

    def _answers_ranges(self) -> bool:
        """Tell whether a server of http gives a part of the object when it is asked for one."""
        try:
            found: bool = run(self._fs, self._ask_for_a_byte()).result()
            return found
        except Exception as error:
            raise translated(error, self.name, "read") from None

    async def _ask_for_a_byte(self) -> bool:
        session = await self._fs.set_session()
        arguments = dict(self._fs.kwargs)
        headers = {**arguments.pop("headers", {}), "Range": "bytes=0-0"}
        async with session.get(self._fs.encode_url(self._path), headers=headers, **arguments) as answer:
            return bool(answer.status == 206)  # whatever else it is, a request for data will tell

    @staticmethod
    def _version_of(info: dict[str, Any]) -> dict[str, Any]:
        return {key: info.get(key) for key in ("size", *_VERSION_KEYS)}

    def check(self) -> None:
        """Raise `ObjectChangedError` if another object has taken this one's place, where requests do not see that."""
        if self._pinned is None and self._version_of(self._info()) != self._version:
            raise ObjectChangedError(self.name)

    def check_after_failure(self) -> None:
        """Raise `ObjectChangedError` if that may be why something has failed; else that failure is the one to tell."""
        try:
            self.check()
        except ObjectChangedError as error:
            raise error from None
        except OSError:
            pass

    def fetch(self, start: int, end: int) -> "concurrent.futures.Future[bytes]":
        """Begin to read a range."""
        if self._thread is not None:
            return self._thread.submit(self._read, start, end)
        return run(self._fs, self._fetch(start, end))

    def _read(self, start: int, end: int) -> bytes:
        return self._whole(bytes(self._fs.cat_file(self._path, start=start, end=end)), end - start)

    async def _fetch(self, start: int, end: int) -> bytes:
        for attempt in range(_ATTEMPTS):
            try:
                if self._pinned is not None:
                    data = await self._pinned(start, end)
                else:
                    data = await self._fs._cat_file(self._path, start=start, end=end)
                return self._whole(data, end - start)
            except _GivenUp as error:
                # "from None" would take away what it comes from, which has the status.
                raise error.__cause__ or error  # noqa: B904
            except Exception as error:
                if attempt + 1 == _ATTEMPTS or not is_transient(error):
                    raise
            await asyncio.sleep(_PAUSE * 2**attempt * random.uniform(0.5, 1.5))
        raise AssertionError  # the last attempt returns or raises

    def _whole(self, data: bytes, nbytes: int) -> bytes:
        if len(data) == self.nbytes != nbytes:
            raise OSError(5, "the server sends all of the object for a part of it", self.name)
        if len(data) != nbytes:
            raise ConnectionError(f"{len(data):,} bytes of {nbytes:,} came")
        return data

    def close(self) -> None:
        """End the thread, if there is one."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
