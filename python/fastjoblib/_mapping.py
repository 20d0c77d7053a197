"""Memory-mapped arrays: the file's side of it, which is opened once a load."""

import errno
import os
import stat
from mmap import ACCESS_COPY, ACCESS_READ, ACCESS_WRITE, mmap
from typing import Any, NoReturn

from fastjoblib._arguments import MmapMode
from fastjoblib._errors import TruncatedFileError
from fastjoblib._warnings import warn

__all__ = ["Mapper"]

# What numpy.memmap takes, in its order, and the mode that it comes to here,
# where the file is there already and must not be emptied.
_MODES = {
    "r": "r",
    "c": "c",
    "r+": "r+",
    "w+": "r+",
    "readonly": "r",
    "copyonwrite": "c",
    "readwrite": "r+",
    "write": "r+",
}
_ACCESS = {"r": ACCESS_READ, "c": ACCESS_COPY, "r+": ACCESS_WRITE}


class SharedMemory(mmap):
    """The memory of a file, in which several arrays lie.

    NumPy does not tell an mmap that an array uses it, so that closing it leaves
    the array without its memory. Here that would be every array of the file.
    """

    __slots__ = ()

    def _refuse(self) -> NoReturn:
        raise BufferError(
            "cannot close or resize the memory that all arrays of a file share; "
            "it is closed when the last of them is gone"
        )

    def close(self) -> NoReturn:
        """Refuse, with BufferError."""
        self._refuse()

    def resize(self, newsize: int) -> NoReturn:
        """Refuse, with BufferError."""
        self._refuse()

    def __exit__(self, *args: object) -> NoReturn:
        self._refuse()


class Mapper:
    """Maps one file, for all its arrays.

    Parameters
    ----------
    filename : str
        The file; it must not be compressed.
    mmap_mode : {'r+', 'r', 'w+', 'c'}
        As for `numpy.memmap`, but that the file is never made anew.
    """

    def __init__(self, filename: str, mmap_mode: MmapMode) -> None:
        self.filename = filename
        self.mmap_mode = mmap_mode

    def open(self, descriptor: int, needed: int) -> tuple[mmap, str, str]:
        """Map the file, when its first array is met.

        Parameters
        ----------
        descriptor : int
            Of the file, open for reading.
        needed : int
            How many bytes the first array needs; only for messages.

        Returns
        -------
        memory : mmap.mmap
            All of the file, however long it is by now.
        filename : str
            As the arrays shall name it: the absolute path.
        mode : {'r', 'r+', 'c'}

        Raises
        ------
        TruncatedFileError
            If the file has become empty.
        OSError
            If it cannot be written to as the mode demands, has been replaced
            since it was opened, or cannot be mapped.
        ValueError
            If there is no such mode.
        """
        mode = self._mode()
        if mode != "r+":
            memory = self._map(descriptor, needed, mode)
        else:
            with open(self.filename, "r+b") as file:
                if not os.path.samestat(os.fstat(file.fileno()), os.fstat(descriptor)):
                    raise OSError(errno.ESTALE, "The file was replaced while it was being loaded", self.filename)
                memory = self._map(file.fileno(), needed, mode)
        return memory, os.path.abspath(self.filename), mode

    def _mode(self) -> str:
        mode = _MODES.get(self.mmap_mode)
        if mode is None:
            raise ValueError(f"mode must be one of {list(_MODES)!r} (got {self.mmap_mode!r})")
        return mode

    def _map(self, descriptor: int, needed: int, mode: str) -> mmap:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENODEV, "Only arrays in a regular file can be mapped", self.filename)
        try:
            return SharedMemory(descriptor, 0, access=_ACCESS[mode])
        except ValueError:  # of an empty file
            raise TruncatedFileError(self.filename, needed, 0) from None
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.filename) from None

    def warn_unaligned(self, array: Any) -> None:
        """Warn of data without padding, which joblib wrote before 1.2, at an offset that is no multiple of 16."""
        warn(
            f"The memmapped array {array} loaded from the file "
            f"{self.filename} is not byte aligned. "
            "This may cause segmentation faults if this memmapped array "
            "is used in some libraries like BLAS or PyTorch. "
            "To get rid of this warning, regenerate your pickle file "
            "with joblib >= 1.2.0. "
            "See https://github.com/joblib/joblib/issues/563 "
            "for more details"
        )
