"""Which names are URLs; what may be shown of them."""

import re
from typing import Any

__all__ = ["by_url", "is_url", "shown_url"]

_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
_URL = re.compile(rf"(?:{_SCHEME}::)*{_SCHEME}://")
_USER = re.compile(r"://[^/@?#]*@")
# All of a query but the version of an object: signatures and tokens have many names.
_QUERY = re.compile(r"\?(?!versionId=[^&:]*(?:::|$)).*?(?=::|$)")


def is_url(filename: object) -> bool:
    """Tell whether a file is named by a URL: ``s3://bucket/key``, or a chain such as ``simplecache::s3://bucket/key``."""
    return isinstance(filename, str) and "://" in filename and _URL.match(filename) is not None


def shown_url(url: Any) -> str:
    """Return a URL without user, password and query, to be shown in messages."""
    return _QUERY.sub("?***", _USER.sub("://***@", str(url)))


def by_url(filename: object, storage_options: object) -> bool:
    """Tell whether a file is named by a URL; only then may there be options for its store."""
    if is_url(filename):
        return True
    if storage_options is not None:
        raise ValueError(f"storage_options are for URLs, and {filename!r} is none")
    return False
