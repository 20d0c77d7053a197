"""Files that are named by URLs, in all stores that fsspec knows."""

from fastjoblib._stores.opening import open_reader, reading, writing

__all__ = ["open_reader", "reading", "writing"]
