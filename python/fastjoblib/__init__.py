"""Save and load Python objects with NumPy arrays, fast, in joblib's files.

The usual way to use it is ``import fastjoblib as joblib``: `dump` and `load`
take the same arguments, read and write the same files and raise the same
errors as joblib's.
"""

import sys
from typing import TYPE_CHECKING

from fastjoblib import pickle
from fastjoblib._compress.registry import register_compressor
from fastjoblib._compress.zstd_wrapper import ZstdCompressorWrapper
from fastjoblib._errors import (
    DamagedFileError,
    EnvironmentMismatchWarning,
    FastjoblibError,
    InvalidFileError,
    NotSealedError,
    TruncatedFileError,
    UntrustedError,
)
from fastjoblib._files import dump, dumps, load, loads
from fastjoblib._hash import hash
from fastjoblib._inspect import Report, inspect
from fastjoblib._patch import patch_joblib, unpatch_joblib
from fastjoblib._safe import Limits, safe_load
from fastjoblib._seal.verifying import verify
from fastjoblib._show_versions import show_versions
from fastjoblib._version import __version__

__all__ = [
    "DamagedFileError",
    "EnvironmentMismatchWarning",
    "FastjoblibError",
    "InvalidFileError",
    "Limits",
    "NotSealedError",
    "Report",
    "TruncatedFileError",
    "UntrustedError",
    "ZstdCompressorWrapper",
    "__version__",
    "dump",
    "dumps",
    "hash",
    "inspect",
    "load",
    "loads",
    "patch_joblib",
    "pickle",
    "register_compressor",
    "safe_load",
    "show_versions",
    "unpatch_joblib",
    "verify",
]

# What joblib has besides files; `import fastjoblib as joblib` does not bring it.
_JOBLIBS = frozenset(
    """Logger MemorizedResult Memory Parallel ParallelBackendBase PrintTime
    StoreBackendBase cpu_count delayed
    effective_n_jobs expires_after parallel_backend parallel_config
    register_parallel_backend register_store_backend
    wrap_non_picklable_objects""".split()
)

if not TYPE_CHECKING:  # which would take every name for one of ours

    def __getattr__(name: str) -> object:
        message = f"module {__name__!r} has no attribute {name!r}"
        if name in _JOBLIBS:
            message += (
                ": import it from joblib "
                f"({__name__}.patch_joblib() makes its files fast, too)"
            )
        raise AttributeError(message, name=name, obj=sys.modules[__name__])
