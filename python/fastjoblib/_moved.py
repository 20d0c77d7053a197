"""Names that files hold and that have changed since.

A pickle names every class and function by module and name as they were when
it was written.  NumPy 2 moved its inner modules, so that files written with
NumPy 1 name other ones than those written with NumPy 2, and scikit-learn once
held a copy of joblib.
"""

import importlib
import importlib.util
import sys
from typing import Any

import numpy as np

__all__ = ["PACKAGES", "find", "other_names"]

_NUMPY_2 = int(np.__version__.partition(".")[0]) >= 2

# Whole packages; looked at for each global, before it is imported.  numpy.core
# could be imported under its old name too, but NumPy 2 warns of it, and what
# NumPy 1.26 has as numpy._core is only a part.
PACKAGES = {"sklearn.externals.joblib": "joblib"}
if _NUMPY_2:
    PACKAGES["numpy.core"] = "numpy._core"
else:
    PACKAGES["numpy._core"] = "numpy.core"
    # NumPy 2 gives these functions arguments that NumPy 1 does not know.
    PACKAGES["numpy.random._pickle"] = "fastjoblib._random_numpy1"

# Single modules, looked at only when an import fails.  There is one of each
# pair, whichever the version of NumPy or joblib.
_MODULES = [
    # joblib had a copy of its own until 1.5.
    ("joblib.externals.cloudpickle.cloudpickle", "cloudpickle.cloudpickle"),
    ("numpy.core.records", "numpy.rec"),
    ("numpy.core.defchararray", "numpy.char"),
    *(
        (f"numpy.lib.{name}", f"numpy.lib._{name}_impl")
        for name in (
            "arraypad",
            "arraysetops",
            "arrayterator",
            "function_base",
            "histograms",
            "index_tricks",
            "nanfunctions",
            "npyio",
            "polynomial",
            "scimath",
            "shape_base",
            "stride_tricks",
            "twodim_base",
            "type_check",
            "ufunclike",
            "user_array",
            "utils",
        )
    ),
]

# The same for single names.
_NAMES = [
    (("numpy.core", "_ufunc_reconstruct"), ("numpy._core", "_ufunc_reconstruct")),
    (("numpy", "DataSource"), ("numpy.lib.npyio", "DataSource")),
    (("numpy", "alltrue"), ("numpy", "all")),
    (("numpy", "bool_"), ("numpy", "bool")),
    (("numpy", "chararray"), ("numpy.char", "chararray")),
    (("numpy", "cumproduct"), ("numpy", "cumprod")),
    (("numpy", "format_parser"), ("numpy.rec", "format_parser")),
    (("numpy", "product"), ("numpy", "prod")),
    (("numpy", "round_"), ("numpy", "round")),
    (("numpy", "row_stack"), ("numpy", "vstack")),
    (("numpy", "sometrue"), ("numpy", "any")),
    (("numpy", "trapz"), ("numpy", "trapezoid")),
]

# What multiprocessing calls the script in the processes that it spawns.
_WORKERS_MAIN = "__mp_main__"

_Name = tuple[str, str]


def other_names(module: str, name: str) -> list[_Name]:
    """Under what else a global may be found."""
    found = []
    for one, other in (*_NAMES, *(pair[::-1] for pair in _NAMES)):
        if one == (module, name):
            found.append(other)
    for old, new in (*_MODULES, *(pair[::-1] for pair in _MODULES)):
        if old == module:
            found.append((new, name))
    if module == _WORKERS_MAIN:
        found.append(("__main__", name))
    return found


def find(module: str, name: str) -> Any:
    """Find a global that is missing under its own name.

    Parameters
    ----------
    module : str
    name : str
        As in a pickle: dotted, where it is a class within a class.

    Returns
    -------
    object or None
        What has taken its place; None where nothing is known that has.
    """
    for other_module, other_name in other_names(module, name):
        try:
            found: Any = importlib.import_module(other_module)
            for part in other_name.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError):
            continue
        return found
    if module in ("__main__", _WORKERS_MAIN):
        raise AttributeError(_of_another_script(module, name), name=name, obj=sys.modules["__main__"])
    if "cloudpickle" in module.split(".") and importlib.util.find_spec("cloudpickle") is None:
        raise ModuleNotFoundError(
            "No module named 'cloudpickle': the file holds functions or classes by value, "
            "which cloudpickle makes anew (pip install cloudpickle)",
            name="cloudpickle",
        )
    return None


def _of_another_script(module: str, name: str) -> str:
    """Say what a file wants of a script that is not the one that runs."""
    return (
        f"Can't get attribute {name!r} on {sys.modules['__main__']!r}: {name} was defined in the script or notebook "
        f"that saved the file, which is not the program that loads it. Either tell where it can be imported from, "
        f"load(..., rename={{'{module}.{name}': 'your_module.{name}'}}), or define or import it in the program's "
        f"own __main__ first, or let the script save it with its code, dump(..., by_value=True)"
    )
