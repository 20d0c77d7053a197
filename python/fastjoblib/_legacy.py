"""Files that joblib before 0.10 wrote: arrays in side files, and "ZF" files.

It put each array into a file of its own beside the main one, in NumPy's .npy
format, and into the main file a wrapper with the side file's name.  With
compression, the main file is a "ZF" file, and so are the side files of large
arrays, which then hold the array's bytes alone.
"""

import math
import os
import re
import sys
from collections.abc import Iterator
from errno import ENOENT
from pickle import UnpicklingError
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format

from fastjoblib._compress.codecs import Zlib
from fastjoblib._compress.streams import DecompressingReader, name_of, read_some
from fastjoblib._errors import InvalidFileError, TruncatedFileError, UntrustedError
from fastjoblib._mapping import MmapMode
from fastjoblib._warnings import warn

__all__ = ["SIDE_FILE_LOADED", "SideFiles", "ZFile", "ZFormat", "is_side_file"]

_Array = np.ndarray[Any, np.dtype[Any]]

npy: Any = npy_format  # what NumPy says of its types differs between versions

# NumPy's own function of that name, wherever it lies today.
_reconstruct: Any = np.empty(0).__reduce__()[0]

_PIECE_SIZE = 1 << 20

SIDE_FILE_LOADED = (
    "expected a pickle, found the data of one array, which joblib before 0.10 "
    "wrote into a file of its own: load the main file that it belongs to"
)


def is_side_file(filename: str) -> bool:
    """Tell whether joblib gave names like this to compressed side files."""
    return re.search(r"_\d{2,}\.npy\.z$", filename) is not None


class ZFile(DecompressingReader):
    """The contents of a "ZF" file, decompressed as they are read.

    "ZF", the length of the contents in hexadecimal, in a field of 19
    characters (20 by Python 2), then one zlib stream.

    Parameters
    ----------
    fileobj : file object
        Stands at the beginning of the file.

    Attributes
    ----------
    length : int
        Of the contents, as the file claims it: trusted for nothing but being
        compared.
    """

    _WIDTH = 19

    def __init__(self, fileobj: Any) -> None:
        super().__init__(fileobj, Zlib(), (b"",))
        header = b""
        size = len(ZFormat.prefix) + self._WIDTH
        while len(header) < size and (more := read_some(fileobj, size - len(header))):
            header += more
        claim = re.fullmatch(rb"ZF(0x[0-9a-fA-F]{1,16}) *", header)
        if claim is None:
            raise self._invalid(
                f'expected "ZF" and a length in hexadecimal in a field of {self._WIDTH} characters, found {header!r}'
            )
        self.length = int(claim[1], 16)
        following = read_some(fileobj, 1)
        self._taken = len(header) + len(following)
        self._ahead = b"" if following == b" " else following

    def readinto(self, buffer: Any, /) -> int:
        size = super().readinto(buffer)
        at_end = size == 0 and len(buffer) > 0
        if self._position > self.length or (at_end and self._position < self.length):
            found = "more" if self._position > self.length else self._position
            raise self._invalid(f"expected {self.length} bytes of contents, as its header says, found {found}")
        return size

    def finish(self, whole: bool = False) -> None:
        """Verify length and check value, and leave the file object behind the stream."""
        for _ in self.pieces():
            pass
        super().finish(whole)

    def pieces(self) -> Iterator[bytes]:
        """Give what has not been read, piece by piece."""
        while piece := self.read(_PIECE_SIZE):
            yield piece

    def _begin_stream(self) -> bool:
        return False  # there is one, whatever follows

    def _invalid(self, detail: str) -> InvalidFileError:
        return InvalidFileError(name_of(self._fileobj), detail, self._position)


class ZFormat:
    """What reads "ZF" files, as a compressor that is never chosen to write."""

    prefix = b"ZF"

    @staticmethod
    def decompressor_file(fileobj: Any) -> ZFile:
        return ZFile(fileobj)


class SideFiles:
    """Reads the arrays that lie in files beside a main file.

    The load takes place in a ``with`` of its own, at the end of which the
    caller of the function that holds it is warned of old files.

    Parameters
    ----------
    filename : str
        The main file; "" for data without a name.
    mmap_mode : {None, 'r+', 'r', 'w+', 'c'}
        As for `load`.  Compressed arrays are always read.
    refused : bool, default=False
        Open no file, since the main file is not trusted, which names them.

    Attributes
    ----------
    used : bool
        Whether this load has met what only joblib before 0.10 wrote.
    in_zfile : bool
        Whether the main file is a "ZF" file.
    """

    __slots__ = ("filename", "in_zfile", "mmap_mode", "refused", "used")

    def __init__(self, filename: str, mmap_mode: MmapMode | None = None, refused: bool = False) -> None:
        self.filename = filename
        self.mmap_mode = mmap_mode
        self.refused = refused
        self.used = False
        self.in_zfile = False

    def __enter__(self) -> "SideFiles":
        return self

    def __exit__(self, error: object, *unused: object) -> None:
        """Warn once a load, where joblib does: of a "ZF" file also if it cannot be loaded."""
        if self.in_zfile or (self.used and error is None):
            warn(
                f"The file '{self.filename}' has been generated with a joblib "
                "version less than 0.10. Please regenerate this pickle file.",
                DeprecationWarning,
            )

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
        if self.refused:
            raise UntrustedError(self.filename, f"it names a file: {wrapper.get('filename')!r:.100}", position)
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
        if not self.filename:
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
