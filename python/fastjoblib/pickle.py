"""Python's pickle module, faster.

The functions and classes take what those of `pickle` take, write the same pickles
and raise the same errors; `TruncatedFileError` and `InvalidFileError` are
subclasses of `UnpicklingError`.

.. warning::
   Loading a pickle runs what the pickle tells it to run.  Load only data that
   you trust.
"""

from pickle import (
    DEFAULT_PROTOCOL,
    HIGHEST_PROTOCOL,
    PickleBuffer,
    PickleError,
    PicklingError,
    UnpicklingError,
)

from fastjoblib._core import Pickler, Unpickler
from fastjoblib._core import pickle_dump as dump
from fastjoblib._core import pickle_dumps as dumps
from fastjoblib._core import pickle_load as load
from fastjoblib._core import pickle_loads as loads

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "PickleBuffer",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Unpickler",
    "UnpicklingError",
    "dump",
    "dumps",
    "load",
    "loads",
]
