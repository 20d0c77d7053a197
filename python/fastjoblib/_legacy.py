"""Files that joblib before 0.10 wrote: arrays in side files, and "ZF" files.

It put each array into a file of its own beside the main one, in NumPy's .npy
format, and into the main file a wrapper with the side file's name.  With
compression, the main file is a "ZF" file, and so are the side files of large
arrays, which then hold the array's bytes alone.
"""

import io
import math
import os
import re
import sys
import warnings
import zlib
from collections.abc import Iterator
from errno import ENOENT
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from fastjoblib._errors import InvalidFileError, TruncatedFileError
from fastjoblib._mapping import MmapMode

__all__ = ["SideFiles", "ZFile", "warn_old_file"]

_Array = np.ndarray[Any, np.dtype[Any]]

# How much is read or decompressed at a time.
_STEP = 1 << 16


def warn_old_file(filename: str, stacklevel: int) -> None:
    """Warn as joblib does; `stacklevel` as if this were `warnings.warn`."""
    warnings.warn(
        f"The file '{filename}' has been generated with a joblib version less "
        "than 0.10. Please regenerate this pickle file.",
        DeprecationWarning,
        stacklevel=stacklevel + 1,
    )


class ZFile(io.RawIOBase):
    """The contents of a "ZF" file, decompressed as they are read.

    "ZF", the length of the contents in hexadecimal, in a field of 19
    characters (20 by Python 2), then one zlib stream.

    Parameters
    ----------
    fileobj : file object
        Stands at the beginning of the file.
    filename : str
        For messages.

    Attributes
    ----------
    length : int
        Of the contents, as the file claims it: trusted for nothing but being
        compared.
    """

    _WIDTH = 19

    def __init__(self, fileobj: BinaryIO, filename: str) -> None:
        self._file = fileobj
        self._name = filename
        self._zlib = zlib.decompressobj()
        self._given = 0
        header = fileobj.read(2 + self._WIDTH)
        claim = re.fullmatch(rb"ZF(0x[0-9a-fA-F]{1,16}) *", header)
        if claim is None:
            raise InvalidFileError(
                filename,
                'expected "ZF" and a length in hexadecimal in a field of '
                f"{self._WIDTH} characters, found {header!r}",
                0,
            )
        self.length = int(claim[1], 16)
        following = fileobj.read(1)
        self._ahead = b"" if following == b" " else following
        self._taken = len(header) + len(following)
        self._full = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._decompress(len(buffer))
        buffer[: len(data)] = data
        self._given += len(data)
        if self._given > self.length or (buffer and not data):
            self._check_length()
        return len(data)

    def _decompress(self, limit: int) -> bytes:
        """Return at most `limit` bytes; none only at the end."""
        data = b""
        while limit and not data and not self._zlib.eof:
            piece = self._zlib.unconsumed_tail
            # What filled its room may have left more inside.
            if not piece and not self._full:
                piece = self._input()
            try:
                data = self._zlib.decompress(piece, limit)
            except zlib.error as error:
                raise self._invalid(f"its zlib data is damaged: {error}") from error
            self._full = len(data) == limit
        return data

    def _input(self) -> bytes:
        piece, self._ahead = self._ahead, b""
        if not piece:
            piece = self._file.read(_STEP)
            self._taken += len(piece)
        if not piece:
            raise TruncatedFileError(self._name, self._taken + 1, self._taken)
        return piece

    def _check_length(self) -> None:
        if self._given != self.length:
            found = "more" if self._given > self.length else str(self._given)
            raise self._invalid(
                f"expected {self.length} bytes of contents, as its header says, "
                f"found {found}"
            )

    def _invalid(self, detail: str) -> InvalidFileError:
        return InvalidFileError(self._name, detail, self._given)

    def pieces(self) -> Iterator[bytes]:
        """Give what has not been read, piece by piece."""
        while piece := self.read(_STEP):
            yield piece


class SideFiles:
    """Reads the arrays that lie in files beside a main file.

    Parameters
    ----------
    filename : str
        The main file.
    mmap_mode : {None, 'r+', 'r', 'w+', 'c'}
        As for `load`.  Compressed arrays are always read.
    """

    __slots__ = ("filename", "mmap_mode", "used")

    def __init__(self, filename: str, mmap_mode: MmapMode | None = None) -> None:
        self.filename = filename
        self.mmap_mode = mmap_mode
        self.used = False

    def __call__(self, wrapper: dict[str, Any], position: int) -> _Array:
        """Read one array.

        Parameters
        ----------
        wrapper : dict
            The attributes of joblib's NDArrayWrapper or ZNDArrayWrapper.
        position : int
            Of the wrapper in the main file, for messages.

        Returns
        -------
        numpy.ndarray or subclass

        Raises
        ------
        FileNotFoundError
            If the side file is missing.
        InvalidFileError, TruncatedFileError
            If the wrapper or the side file is damaged.
        """
        self.used = True
        path = self._path(wrapper.get("filename"), position)
        try:
            with open(path, "rb") as file:
                if "init_args" in wrapper:
                    return self._read_compressed(wrapper, position, path, file)
                return self._read_npy(wrapper, path, file)
        except FileNotFoundError:
            raise FileNotFoundError(
                ENOENT,
                f"An array of {self.filename!r} is missing. joblib before 0.10 "
                "wrote each array into a file of its own, and those files must "
                "lie beside that one, under the names they had",
                path,
            ) from None

    def _path(self, name: object, position: int) -> str:
        """Where a side file lies: beside the main file, nowhere else."""
        valid = isinstance(name, str) and name not in ("", ".", "..")
        if not valid or "\0" in str(name) or os.path.basename(str(name)) != name:
            raise self._invalid(
                f"expected the name of a file in the same directory, found {name!r}",
                position,
            )
        return os.path.join(os.path.dirname(self.filename), str(name))

    def _invalid(self, detail: str, position: int) -> InvalidFileError:
        return InvalidFileError(self.filename, detail, position)

    def _read_npy(self, wrapper: dict[str, Any], path: str, file: BinaryIO) -> _Array:
        has_objects = _check_npy(path, file)
        mode = self.mmap_mode if wrapper.get("allow_mmap", True) else None
        if has_objects or mode == "w+":
            # Objects cannot be mapped; "w+" would empty the file.
            mode = None if has_objects else "r+"
        try:
            array: Any = np.load(path, mmap_mode=mode, allow_pickle=True)
        except (EOFError, ValueError) as error:
            raise InvalidFileError(path, f"its array is damaged: {error}", 0) from error
        if not isinstance(array, np.ndarray):
            raise InvalidFileError(
                path, f"expected an array, found an object of {type(array)}", 0
            )
        native = _in_native_byte_order(array)
        # A memmap stays one, as with the files of today.
        if wrapper.get("subclass") is np.matrix and type(native) is np.ndarray:
            return native.view(np.matrix)
        return native

    def _read_compressed(
        self, wrapper: dict[str, Any], position: int, path: str, file: BinaryIO
    ) -> _Array:
        state = wrapper.get("state")
        match state:
            case (int(), (*shape,), np.dtype() as dtype, bool()):
                pass
            case _:
                raise self._invalid(
                    f"expected an array's description, found {state!r}", position
                )
        expected = _nbytes(tuple(shape), dtype)
        stream = ZFile(file, path)
        if dtype.hasobject or stream.length != expected:
            raise InvalidFileError(
                path,
                f"expected the {expected} bytes of an array of shape "
                f"{tuple(shape)} and dtype {dtype}, found a file of "
                f"{stream.length}",
                0,
            )
        data = b"".join(stream.pieces())
        try:
            array: _Array = _reconstruct(*wrapper["init_args"])
            array.__setstate__((*state, data))
        except (TypeError, ValueError) as error:
            raise self._invalid(f"its array is damaged: {error}", position) from error
        return array


def _reconstruct(*arguments: Any) -> Any:
    """NumPy's own function of that name, wherever it lies today."""
    function: Any = np.empty(0).__reduce__()[0]
    return function(*arguments)


def _nbytes(shape: tuple[int, ...], dtype: "np.dtype[Any]") -> int:
    """How long the data of an array is; -1 for what is no shape."""
    if not all(isinstance(length, int) and length >= 0 for length in shape):
        return -1
    return math.prod(shape) * dtype.itemsize


def _check_npy(path: str, file: BinaryIO) -> bool:
    """Refuse what is no .npy file, or one that is too short for its array.

    Returns whether the array's elements are Python objects.
    """
    try:
        version = npy.read_magic(file)
        read = {
            (1, 0): npy.read_array_header_1_0,
            (2, 0): npy.read_array_header_2_0,
        }.get(version)
        if read is None:  # joblib before 0.10 is older than the later ones
            raise ValueError(f"unknown version {version}")
        # Its default limit is for data that is not trusted.
        shape, _, dtype = read(file, max_header_size=sys.maxsize)
    except ValueError as error:
        raise InvalidFileError(
            path, f"expected NumPy's .npy format, found something else: {error}", 0
        ) from error
    has_objects = bool(dtype.hasobject)
    if not has_objects:
        size = os.fstat(file.fileno()).st_size
        expected = file.tell() + _nbytes(shape, dtype)
        if size < expected:
            raise TruncatedFileError(path, expected, size)
    return has_objects


def _in_native_byte_order(array: _Array) -> _Array:
    """Swap what joblib swaps: arrays, and records whose fields all need it."""
    dtype = array.dtype
    foreign = ">" if sys.byteorder == "little" else "<"
    parts = [field[0] for field in dtype.fields.values()] if dtype.fields else [dtype]
    if all(part.byteorder == foreign for part in parts):
        return array.byteswap().view(dtype.newbyteorder("="))
    return array
