"""The exceptions of fastjoblib.

Each also is what joblib or pickle raise in the same place, so that code
written for those catches them.
"""

import errno
import pickle

__all__ = [
    "DamagedFileError",
    "EnvironmentMismatchWarning",
    "FastjoblibError",
    "InvalidFileError",
    "NotSealedError",
    "ObjectChangedError",
    "OnnxExportError",
    "OnnxMismatchWarning",
    "TruncatedFileError",
    "UntrustedError",
]


class FastjoblibError(Exception):
    """Base of all exceptions that fastjoblib defines."""


# How many names a message shows.
_SHOWN = 10
_SHOWN_LENGTH = 200


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

    Attributes
    ----------
    start : int
        Where a file object stood when the load began; 0 if that is not known.
    """

    start = 0

    def __init__(self, filename: str, expected: int, actual: int) -> None:
        super().__init__(filename, expected, actual)
        self.filename = filename
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        if self.actual == 0:
            name = _name(self.filename)
            where = "a file object is read from where it stands: seek(0) goes back to its start"
            if self.start > 0:
                return f"{name} has nothing from byte {self.start} on: there is no object there ({where})"
            hint = "was its writer interrupted?" if self.filename else where
            return f"{name} is empty: there is no object in it ({hint})"
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


class NotSealedError(FastjoblibError, ValueError):
    """A file without a seal, of which nothing can be verified.

    Parameters
    ----------
    filename : str
        The file, or '' where the data came from no file.
    """

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self.filename = filename

    def __str__(self) -> str:
        return f"{_name(self.filename)} has no seal (dump(..., seal=True) writes one)"


class DamagedFileError(InvalidFileError):
    """A sealed file that is not what was saved.

    Parameters
    ----------
    filename : str
        The file, or '' where the data came from no file.
    detail : str
        What is damaged.
    position : int
        Offset in bytes of the damage, as near as it is known: in the object's data
        (after decompression), or in the file where the detail says so.
    """

    def __str__(self) -> str:
        return f"{_name(self.filename)} is not what was saved: {self.detail}"


class ObjectChangedError(FastjoblibError, OSError):
    """An object in a store that was replaced while it was read: what came is a mixture of two.

    Parameters
    ----------
    filename : str
        Its URL, as it may be shown.
    """

    def __init__(self, filename: str) -> None:
        super().__init__(errno.ESTALE, "it was replaced or removed while it was read: load it again", filename)

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.filename,)


class UntrustedError(FastjoblibError, pickle.UnpicklingError):
    """A file that `safe_load` refuses.

    Parameters
    ----------
    filename : str
        The file, or '' where the data came from no file.
    detail : str
        What was refused first.
    position : int
        Offset in bytes, after decompression, at which it was.
    names : tuple of str
        All names in the file that are not trusted, "module.name", renamed where `rename`
        does so; empty if it was refused for something else.
    paths : dict of str to tuple of str
        Where in the object each of them is used, at most five places.
    """

    def __init__(
        self,
        filename: str,
        detail: str,
        position: int,
        names: tuple[str, ...] = (),
        paths: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(filename, detail, position, names, paths)
        self.filename = filename
        self.detail = detail
        self.position = position
        self.names = names
        self.paths: dict[str, tuple[str, ...]] = paths or {}

    def __str__(self) -> str:
        text = f"{_name(self.filename)} is refused: {self.detail} (at byte {self.position})"
        if len(self.names) > 1 or any(self.paths.values()):
            text += f"; not trusted in it: {', '.join(map(self._place, self.names[:_SHOWN]))}"
            if len(self.names) > _SHOWN:
                text += f", and {len(self.names) - _SHOWN} more"
        return text

    def _place(self, name: str) -> str:
        place = "".join(f" ({path})" for path in self.paths.get(name, ())[:1])
        text = f"{name:.{_SHOWN_LENGTH}}{place:.{_SHOWN_LENGTH}}"
        return text if text.isprintable() else ascii(text)


class EnvironmentMismatchWarning(UserWarning):
    """A file was saved by versions of Python or of packages with which it may not work here."""


class OnnxExportError(FastjoblibError, ValueError):
    """A model that cannot be written as an ONNX file.

    Parameters
    ----------
    detail : str
        What failed.
    unsupported : str
        The class for which there is no converter; '' if it was something else.
    """

    def __init__(self, detail: str, unsupported: str = "") -> None:
        super().__init__(detail, unsupported)
        self.detail = detail
        self.unsupported = unsupported

    def __str__(self) -> str:
        return self.detail


class OnnxMismatchWarning(UserWarning):
    """An ONNX file that was written predicts other than the model that it was made from."""


def explain_text(error: BaseException, start: bytes) -> BaseException:
    """Say that data looks like text, if it failed to load and does.

    Parameters
    ----------
    error : Exception
        Of the load.
    start : bytes
        What the data begins with.

    Returns
    -------
    Exception
        `error` itself where there is nothing to add.
    """
    if any(byte < 32 and byte not in b"\t\r\n" for byte in start):
        return error
    if isinstance(error, InvalidFileError) and error.position <= len(start):
        detail, position = error.detail, error.position
    elif isinstance(error, TruncatedFileError) and error.expected - error.actual > 1 << 28:
        # Some opcodes take a length, for which four letters make a large one.
        detail, position = f"read as a pickle, {error.expected - error.actual} bytes are missing", 0
    else:
        return error
    return InvalidFileError(
        error.filename,
        f"expected a pickle, found what looks like text that begins with {start!r} ({detail})",
        position,
    )
