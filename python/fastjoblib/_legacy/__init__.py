"""Files that joblib before 0.10 wrote: arrays in side files, and "ZF" files.

It put each array into a file of its own beside the main one, in NumPy's .npy
format, and into the main file a wrapper with the side file's name.  With
compression, the main file is a "ZF" file, and so are the side files of large
arrays, which then hold the array's bytes alone.
"""

import re
from typing import Any

from fastjoblib._arguments import MmapMode
from fastjoblib._errors import UntrustedError
from fastjoblib._later import import_later
from fastjoblib._warnings import warn

__all__ = ["SIDE_FILE_LOADED", "SideFiles", "ZFormat", "is_side_file"]

SIDE_FILE_LOADED = (
    "expected a pickle, found the data of one array, which joblib before 0.10 "
    "wrote into a file of its own: load the main file that it belongs to"
)


def is_side_file(filename: str) -> bool:
    """Tell whether joblib gave names like this to compressed side files."""
    return re.search(r"_\d{2,}\.npy\.z$", filename) is not None


class ZFormat:
    """What reads "ZF" files, as a compressor that is never chosen to write."""

    prefix = b"ZF"

    @staticmethod
    def decompressor_file(fileobj: Any) -> Any:
        """Return a `ZFile`."""
        return import_later("fastjoblib._legacy.zfile").ZFile(fileobj)


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

    def __call__(self, wrapper: dict[str, Any], position: int) -> Any:
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
        arrays = import_later("fastjoblib._legacy.arrays")
        return arrays.ArrayReader(self.filename, self.mmap_mode).read(wrapper, position)
