"""Reading arrays that lie in files beside a main file."""

import math
import os
import sys
from errno import ENOENT
from pickle import UnpicklingError
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format

from fastjoblib._arguments import MmapMode
from fastjoblib._errors import InvalidFileError, TruncatedFileError
from fastjoblib._legacy.zfile import ZFile

__all__ = ["ArrayReader"]

_Array = np.ndarray[Any, np.dtype[Any]]

npy: Any = npy_format  # what NumPy says of its types differs between versions

# NumPy's own function of that name, wherever it lies today.
_reconstruct: Any = np.empty(0).__reduce__()[0]


class ArrayReader:
    """Reads the arrays of one main file.

    Parameters
    ----------
    filename : str
        The main file; "" for data without a name.
    mmap_mode : {None, 'r+', 'r', 'w+', 'c'}
        As for `load`.
    """

    def __init__(self, filename: str, mmap_mode: MmapMode | None) -> None:
        self._filename = filename
        self._mmap_mode = mmap_mode

    def read(self, wrapper: dict[str, Any], position: int) -> _Array:
        """Read one array; see `SideFiles`."""
        path = self._path(wrapper.get("filename"), position)
        try:
            with open(path, "rb") as file:
                if "init_args" in wrapper:
                    return self._read_compressed(wrapper, position, path, file)
                return self._read_npy(wrapper, path, file)
        except FileNotFoundError:
            raise FileNotFoundError(
                ENOENT,
                f"An array of {self._filename!r} is missing. joblib before 0.10 "
                "wrote each array into a file of its own, and those files must "
                "lie beside that one, under the names they had",
                path,
            ) from None

    def _path(self, name: object, position: int) -> str:
        """Where a side file lies: beside the main file, nowhere else."""
        if not self._filename:
            raise self._invalid(
                "its arrays lie in files beside it, as joblib before 0.10 wrote "
                "them, and data without a file name has no place in which to "
                "look for them: load it by its path",
                position,
            )
        valid = isinstance(name, str) and name not in ("", ".", "..")
        if not valid or "\0" in str(name) or os.path.basename(str(name)) != name:
            raise self._invalid(
                f"expected the name of a file in the same directory, found {name!r}",
                position,
            )
        return os.path.join(os.path.dirname(self._filename), str(name))

    def _invalid(self, detail: str, position: int) -> InvalidFileError:
        return InvalidFileError(self._filename, detail, position)

    def _read_npy(self, wrapper: dict[str, Any], path: str, file: BinaryIO) -> _Array:
        has_objects = _check_npy(path, file)
        mode = self._mmap_mode if wrapper.get("allow_mmap", True) else None
        if has_objects or mode == "w+":
            # Objects cannot be mapped; "w+" would empty the file.
            mode = None if has_objects else "r+"
        try:
            array: Any = np.load(path, mmap_mode=mode, allow_pickle=True)
        except (EOFError, UnpicklingError, ValueError) as error:
            raise InvalidFileError(path, f"its array is damaged: {error}", 0) from error
        if not isinstance(array, np.ndarray):
            raise InvalidFileError(path, f"expected an array, found an object of {type(array)}", 0)
        native = _in_native_byte_order(array)
        # A memmap stays one, as with the files of today.
        if wrapper.get("subclass") is np.matrix and type(native) is np.ndarray:
            return native.view(np.matrix)
        return native

    def _read_compressed(self, wrapper: dict[str, Any], position: int, path: str, file: BinaryIO) -> _Array:
        state = wrapper.get("state")
        match state:
            case (int(), (*shape,), np.dtype() as dtype, bool()):
                pass
            case _:
                raise self._invalid(f"expected an array's description, found {state!r}", position)
        expected = _nbytes(tuple(shape), dtype)
        stream = ZFile(file)
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
        if read is None:  # joblib before 0.10 cannot have written a later version
            raise ValueError(f"unknown version {version}")
        start = file.tell()
        claimed = int.from_bytes(file.read(2 if version == (1, 0) else 4), "little")
        if claimed > os.fstat(file.fileno()).st_size - file.tell():  # NumPy would take memory for all of it
            raise ValueError(f"a header of {claimed} bytes")
        file.seek(start)
        # Its default limit is for data that is not trusted.
        shape, _, dtype = read(file, max_header_size=sys.maxsize)
        nbytes = _nbytes(shape, dtype)
        if nbytes < 0:
            raise ValueError(f"an array of shape {shape}")
    except (ValueError, TypeError, SyntaxError, TokenError) as error:
        raise InvalidFileError(path, f"expected NumPy's .npy format, found something else: {error}", 0) from error
    has_objects = bool(dtype.hasobject)
    if not has_objects:
        size = os.fstat(file.fileno()).st_size
        expected = file.tell() + nbytes
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
