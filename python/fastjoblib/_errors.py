"""The exceptions of fastjoblib.

Each also is what joblib or pickle raise in the same place, so that code
written for those catches them.
"""

import pickle

__all__ = ["FastjoblibError", "InvalidFileError", "TruncatedFileError"]


class FastjoblibError(Exception):
    """Base of all exceptions that fastjoblib defines."""


def _name(filename: str) -> str:
    """How a message refers to the data: by file name where there is one."""
    return repr(filename) if filename else "the data"


class TruncatedFileError(FastjoblibError, EOFError, pickle.UnpicklingError, ValueError):
    """A file or stream that ends before the object does.

    Parameters
    ----------
    filename : str
        The file, or '' where the data came from no file.
    expected : int
        Bytes that the file would need at least.
    actual : int
        Bytes that there are.
    """

    def __init__(self, filename: str, expected: int, actual: int) -> None:
        super().__init__(filename, expected, actual)
        self.filename = filename
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        if self.actual == 0:
            return f"{_name(self.filename)} is empty: there is no object in it"
        return (
            f"{_name(self.filename)} is truncated: expected at least "
            f"{self.expected} bytes, found {self.actual}"
        )


class InvalidFileError(FastjoblibError, pickle.UnpicklingError, ValueError):
    """Data that is no pickle, or a damaged one.

    Parameters
    ----------
    filename : str
        The file, or '' where the data came from no file.
    detail : str
        What was expected and what was found.
    position : int
        Offset in bytes, after decompression, at which reading stopped.
    """

    def __init__(self, filename: str, detail: str, position: int) -> None:
        super().__init__(filename, detail, position)
        self.filename = filename
        self.detail = detail
        self.position = position

    def __str__(self) -> str:
        return (
            f"{_name(self.filename)} cannot be loaded: {self.detail} "
            f"(at byte {self.position})"
        )
