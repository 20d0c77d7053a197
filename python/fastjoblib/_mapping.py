"""Memory-mapped arrays: what `load` calls in place of reading data."""

from typing import Any, Literal

import numpy as np

from fastjoblib._warnings import warn

__all__ = ["Mapper", "MmapMode"]

MmapMode = Literal["r+", "r", "w+", "c"]


class Mapper:
    """Maps the arrays of one file.

    Parameters
    ----------
    filename : str
        The file; it must not be compressed.
    mmap_mode : {'r+', 'r', 'w+', 'c'}
        As for `numpy.memmap`, but that the file is never made anew.
    """

    def __init__(self, filename: str, mmap_mode: MmapMode) -> None:
        self.filename = filename
        self.mode: MmapMode = "r+" if mmap_mode == "w+" else mmap_mode

    def __call__(
        self,
        dtype: "np.dtype[Any]",
        shape: tuple[int, ...],
        order: Literal["C", "F"],
        offset: int,
        unaligned: bool,
    ) -> "np.memmap[Any, np.dtype[Any]]":
        """Map one array.

        Parameters
        ----------
        dtype : numpy.dtype
        shape : tuple of int
        order : {'C', 'F'}
        offset : int
            Of the data in the file, in bytes.
        unaligned : bool
            Whether joblib wrote the data without padding (before 1.2) to an
            offset that is no multiple of 16.

        Returns
        -------
        numpy.memmap
        """
        array: np.memmap[Any, np.dtype[Any]] = np.memmap(
            self.filename,
            dtype=dtype,
            shape=shape,
            order=order,
            mode=self.mode,
            offset=offset,
        )
        if unaligned:
            self._warn_unaligned(array)
        return array

    def _warn_unaligned(self, array: object) -> None:
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
