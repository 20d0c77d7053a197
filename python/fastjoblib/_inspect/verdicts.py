"""What a name in a file is good for: nothing dangerous, something dangerous, or nobody knows."""

import itertools
import unicodedata
from typing import Literal

from fastjoblib._inspect.dangerous import DANGEROUS, EVERYWHERE, PACKAGES
from fastjoblib._inspect.safe_learning import JOBLIB, SCIKIT_LEARN
from fastjoblib._inspect.safe_older import OLDER
from fastjoblib._inspect.safe_python import NUMPY, PYTHON
from fastjoblib._inspect.safe_scientific import BOOSTING, PANDAS, SCIPY
from fastjoblib._inspect.safe_values import OLDER_VALUES, VALUES

__all__ = ["Verdict", "is_listed", "verdict"]

Verdict = Literal["safe", "unknown", "dangerous"]

# No module has a longer name; each of its parts is looked at.
_LONGEST_MODULE = 500

_Names = frozenset[tuple[str, str]]


def _pairs(*tables: dict[str, str]) -> _Names:
    return frozenset((module, name) for table in tables for module, names in table.items() for name in names.split())


_SAFE = _pairs(PYTHON, NUMPY, SCIPY, PANDAS, SCIKIT_LEARN, JOBLIB, BOOSTING, OLDER)
_DANGEROUS = _pairs(DANGEROUS)
# Harmless as long as nothing calls them.
_SAFE_VALUES = _pairs(VALUES, OLDER_VALUES)


def _plain(text: str) -> str:
    """What a reader, or a careless comparison, takes a name for."""
    return unicodedata.normalize("NFKC", text).strip()


def is_listed(module: str, name: str) -> bool:
    """Tell whether the tables of dangerous names have exactly this one, or all of its module."""
    parents = itertools.accumulate(module.split("."), "{}.{}".format)
    return (module, name) in _DANGEROUS or any(parent in PACKAGES for parent in parents)


def _is_dangerous(module: str, name: str) -> bool:
    if is_listed(module, name) or name in EVERYWHERE:
        return True
    if "." in name:  # one attribute after another, to wherever that leads
        return True
    if name.startswith("__") and name.endswith("__"):
        return True
    return name.lstrip("_") in PACKAGES  # a module that another has imported, or imported as _os


def verdict(module: str, name: str, is_run: bool = True) -> Verdict:
    """Judge a global by its name.

    Parameters
    ----------
    module, name : str
        As the unpickler looks them up, after its mapping of Python 2's names.
    is_run : bool, default True
        Whether the file calls or instantiates it.

    Returns
    -------
    {"safe", "unknown", "dangerous"}
        "safe" only for names of which the tables say so; whatever is in no table is
        "unknown", a user's own classes too.
    """
    if len(module) > _LONGEST_MODULE:
        return "unknown"
    if module == "numpy.core" or module.startswith("numpy.core."):  # NumPy 1
        module = "numpy._core" + module.removeprefix("numpy.core")
    pair = (module, name)
    if pair in _SAFE or (not is_run and pair in _SAFE_VALUES):
        return "safe"
    if pair in _SAFE_VALUES and pair not in _DANGEROUS:
        return "unknown"
    return "dangerous" if _is_dangerous(_plain(module), _plain(name)) else "unknown"
