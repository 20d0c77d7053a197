"""What goes wrong in stores: what is tried again, and what is said of the rest."""

import asyncio
import errno
from collections.abc import Iterator
from typing import Any

from fastjoblib._errors import ObjectChangedError

__all__ = ["is_no_upload", "is_transient", "translated"]

# 429 asks to slow down; the rest are faults of a server, or of one before it.
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
# What only the libraries of a store define, by name: none of them need be installed.
_CUT = frozenset(
    {
        "ClientConnectionError",
        "ClientConnectorError",
        "ClientOSError",
        "ClientPayloadError",
        "ConnectionClosedError",
        "HTTPClientError",
        "IncompleteReadError",
        "ReadTimeoutError",
        "ResponseStreamingError",
        "ServerDisconnectedError",
        "ServerTimeoutError",
    }
)


def _status(error: BaseException) -> int | None:
    """Return the status of HTTP, if that is what an error is about."""
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return status
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's
        found = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return found if isinstance(found, int) else None
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _statuses(error: BaseException) -> set[int]:
    return {status for each in _chain(error) if (status := _status(each)) is not None}


def is_transient(error: BaseException) -> bool:
    """Tell whether the same request may succeed a moment later."""
    statuses = _statuses(error)
    if statuses:
        return bool(statuses & _TRANSIENT)
    return any(
        isinstance(each, (ConnectionError, TimeoutError, asyncio.TimeoutError, asyncio.IncompleteReadError))
        or type(each).__name__ in _CUT
        for each in _chain(error)
    )


def is_no_upload(error: BaseException) -> bool:
    """Tell whether S3 knows no such upload: it is complete, or was aborted."""
    return any(
        isinstance(response := getattr(each, "response", None), dict)
        and response.get("Error", {}).get("Code") == "NoSuchUpload"
        for each in _chain(error)
    )


def _is_of_http(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in ("aiohttp", "yarl")


def translated(error: BaseException, name: str, doing: str) -> BaseException:
    """Return what to raise in place of a store's error: it names the URL, and nothing that is secret.

    Parameters
    ----------
    error : BaseException
    name : str
        The URL, as it may be shown.
    doing : str
        ``read`` or ``written``.
    """
    statuses = _statuses(error)
    if 412 in statuses:
        return ObjectChangedError(name)
    if not isinstance(error, Exception):
        return error  # KeyboardInterrupt
    if is_no_upload(error):
        return OSError(errno.EIO, "it cannot be written (the store has forgotten the upload: was it aborted?)", name)
    if isinstance(error, FileNotFoundError) or statuses & {404, 410}:
        return FileNotFoundError(errno.ENOENT, "no such object", name)
    if isinstance(error, PermissionError) or statuses & {401, 403}:
        why = f"HTTP status {min(statuses)}" if _is_of_http(error) else _text_of(error)
        return PermissionError(errno.EACCES, f"the store refuses it ({why})", name)
    if _is_of_http(error):  # whose texts have the whole URL
        why = f"HTTP status {min(statuses)}" if statuses else type(error).__name__
        return OSError(errno.EIO, f"it cannot be {doing} ({why})", name)
    if isinstance(error, (OSError, asyncio.TimeoutError)) or type(error).__name__ in _CUT or statuses:
        return OSError(getattr(error, "errno", None) or errno.EIO, f"it cannot be {doing} ({_text_of(error)})", name)
    return error


def _text_of(error: BaseException) -> str:
    text: Any = getattr(error, "strerror", None) or str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
