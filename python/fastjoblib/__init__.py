"""Save and load Python objects with NumPy arrays, fast, in joblib's files.

The usual way to use it is ``import fastjoblib as joblib``: `dump` and `load`
take the same arguments, read and write the same files and raise the same
errors as joblib's.
"""

from fastjoblib import pickle
from fastjoblib._compressors import register_compressor
from fastjoblib._errors import (
    FastjoblibError,
    InvalidFileError,
    TruncatedFileError,
)
from fastjoblib._files import dump, dumps, load, loads
from fastjoblib._show_versions import show_versions
from fastjoblib._version import __version__

__all__ = [
    "FastjoblibError",
    "InvalidFileError",
    "TruncatedFileError",
    "__version__",
    "dump",
    "dumps",
    "load",
    "loads",
    "pickle",
    "register_compressor",
    "show_versions",
]
