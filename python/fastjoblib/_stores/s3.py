"""Multipart uploads to S3, several parts at a time: a file of s3fs sends one after another."""

import collections
import concurrent.futures
import contextlib
import hashlib
from typing import Any

from fastjoblib._stores.errors import is_no_upload
from fastjoblib._stores.objects import run

__all__ = ["S3Sink"]

# Parts under way; with the one that is being filled, this many and one are in memory.
_AT_ONCE = 4


class S3Sink:
    """Where the parts of one object go.

    An object of one part is put at once; of more, S3 makes one when all of them are
    there, and forgets them when the upload is abandoned.

    Parameters
    ----------
    fs : s3fs.S3FileSystem
    path : str
        ``bucket/key``.
    """

    def __init__(self, fs: Any, path: str) -> None:
        bucket, key, _ = fs.split_path(path)
        if not key:
            raise ValueError(f"{path!r} names a bucket, and no object in it")
        self._fs = fs
        self._path = path
        self._object = {"Bucket": bucket, "Key": key}
        self._only: bytearray | None = None  # the first part, as long as there is no other
        self._upload: dict[str, Any] | None = None
        self._beginning: concurrent.futures.Future[None] | None = None
        self._waited_for: concurrent.futures.Future[Any] | None = None
        self._under_way: collections.deque[concurrent.futures.Future[dict[str, Any]]] = collections.deque()
        self._parts: list[dict[str, Any]] = []
        self._n_sent = 0

    async def _call(self, method: str, **arguments: Any) -> Any:
        return await self._fs._call_s3(method, **self._object, **arguments)

    def _wait_for(self, method: str, **arguments: Any) -> Any:
        self._waited_for = run(self._fs, self._call(method, **arguments))
        return self._waited_for.result()

    async def _begin(self) -> None:
        answer = await self._call("create_multipart_upload")
        self._upload = {"UploadId": answer["UploadId"]}

    def send(self, part: bytearray) -> None:
        if self._upload is None and self._only is None:
            self._only = part
            return
        if self._upload is None:
            self._beginning = run(self._fs, self._begin())
            self._beginning.result()
        if self._only is not None:
            first, self._only = self._only, None
            self._start(first)
        self._start(part)

    def _start(self, part: bytearray) -> None:
        while len(self._under_way) >= _AT_ONCE:
            self._take()
        self._n_sent += 1
        self._under_way.append(run(self._fs, self._send(self._n_sent, bytes(part))))

    async def _send(self, number: int, data: bytes) -> dict[str, Any]:
        assert self._upload is not None
        answer = await self._call("upload_part", PartNumber=number, Body=data, **self._upload)
        checksums = {key: answer[key] for key in answer if key.startswith("Checksum") and key != "ChecksumType"}
        return {"PartNumber": number, "ETag": answer["ETag"], **checksums}

    def _take(self) -> None:
        self._parts.append(self._under_way[0].result())
        self._under_way.popleft()

    def commit(self) -> None:
        if self._upload is None:
            self._wait_for("put_object", Body=bytes(self._only or b""))
        else:
            while self._under_way:
                self._take()
            parts = {"MultipartUpload": {"Parts": self._parts}}
            try:
                self._wait_for("complete_multipart_upload", **parts, **self._upload)
            except Exception:
                if not self._is_there():
                    raise
            self._upload = None
        self._fs.invalidate_cache(self._path)

    def _is_there(self) -> bool:
        """Tell whether S3 has made the object, and only its answer was lost: asked again, it knows no such upload."""
        with contextlib.suppress(Exception):  # the first error is the one to tell
            found = self._wait_for("head_object")
            digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in self._parts)
            digest = hashlib.md5(digests, usedforsecurity=False).hexdigest()
            return bool(found["ETag"].strip('"') == f"{digest}-{len(self._parts)}")
        return False

    def abandon(self) -> None:
        waited_for = [] if self._waited_for is None else [self._waited_for]
        for future in (*self._under_way, *waited_for):
            future.cancel()
        # A part that comes after the abort would be kept, and cost money; so would an upload whose
        # name had not come when the dump was interrupted.
        beginning = [] if self._beginning is None else [self._beginning]
        concurrent.futures.wait((*self._under_way, *waited_for, *beginning))
        self._under_way.clear()
        if self._upload is not None:
            try:
                self._wait_for("abort_multipart_upload", **self._upload)
            except Exception as error:
                if not is_no_upload(error):
                    raise
            self._upload = None
