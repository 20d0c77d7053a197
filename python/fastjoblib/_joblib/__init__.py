"""The rest of joblib's namespace: taken from the installed joblib when it is first asked for."""

import importlib.util
import sys
from typing import Any

from fastjoblib._later import import_later

__all__ = ["MODULES", "NAMES", "find", "is_installed"]

# What joblib has besides files and hashes.
NAMES = tuple(
    """Logger MemorizedResult Memory Parallel ParallelBackendBase PrintTime StoreBackendBase
    cpu_count delayed effective_n_jobs expires_after parallel_backend parallel_config
    register_parallel_backend register_store_backend wrap_non_picklable_objects""".split()
)

# The modules that joblib imports, which are attributes of it.
MODULES = tuple(
    """backports compressor disk executor externals func_inspect hashing logger memory numpy_pickle
    numpy_pickle_compat numpy_pickle_utils parallel pool""".split()
)

# Those that use dump, load and hash, and so are subclasses that use ours.
_OURS = {
    "MemorizedResult": "fastjoblib._joblib.memory",
    "Memory": "fastjoblib._joblib.memory",
    "Parallel": "fastjoblib._joblib.parallel",
}


def is_installed() -> bool:
    """Tell whether there is a joblib, without importing it."""
    return importlib.util.find_spec("joblib") is not None


def find(name: str) -> Any:
    """Return what `fastjoblib` has under one of joblib's names.

    Raises
    ------
    ImportError
        If joblib is not installed, or hidden by `fastjoblib` in its place.
    AttributeError
        If the installed joblib is too old to have that name.
    """
    try:
        joblib = import_later("joblib")
    except ModuleNotFoundError as error:
        if error.name != "joblib":
            raise
        raise ImportError(f"fastjoblib.{name} is joblib's, which is not installed", name="joblib") from error
    if joblib is sys.modules["fastjoblib"]:
        raise ImportError(
            f"fastjoblib.{name} is joblib's, which fastjoblib hides in sys.modules: ask for {name} before it does",
            name="joblib",
        )
    if name in _OURS:
        return getattr(import_later(_OURS[name]), name)
    if name in MODULES:
        return import_later("fastjoblib._joblib.modules").find_module(name)
    try:
        return getattr(joblib, name)
    except AttributeError:
        version = getattr(joblib, "__version__", "(no version)")
        raise AttributeError(f"the installed joblib {version} has no {name}, and so fastjoblib has none") from None
