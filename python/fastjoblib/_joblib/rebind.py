"""Let methods of joblib's use our dump, load and hash, and no others' use them.

A function of Python finds what it calls in its globals.  A subclass whose methods are
joblib's own, with other globals, does what joblib's class does, in every version of
joblib, by other means.
"""

from types import CodeType, FunctionType, ModuleType
from typing import Any

from fastjoblib import _files
from fastjoblib._hash import hash as hash_

__all__ = ["rebound"]


class _Files:
    """Stands for joblib.numpy_pickle."""

    dump = staticmethod(_files.dump)
    load = staticmethod(_files.load)


class _Hashing:
    """Stands for joblib.hashing."""

    hash = staticmethod(hash_)


# By the names that joblib's modules have for them, and what these are there.
_REPLACED: dict[str, tuple[str, Any]] = {
    "numpy_pickle": ("joblib.numpy_pickle", _Files),
    "hashing": ("joblib.hashing", _Hashing),
    "dump": ("joblib.numpy_pickle", _files.dump),
    "load": ("joblib.numpy_pickle", _files.load),
}


def _names(code: CodeType) -> set[str]:
    """The globals that a function uses, with the functions in it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _is_joblibs(value: Any, home: str) -> bool:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return bool(name == home)


def _rebind(function: FunctionType) -> FunctionType | None:
    """Return a copy that uses ours; None if it uses none of these."""
    found = function.__globals__
    ours = {
        name: replacement
        for name, (home, replacement) in _REPLACED.items()
        if name in _names(function.__code__) and name in found and _is_joblibs(found[name], home)
    }
    if not ours:
        return None
    copy = FunctionType(
        function.__code__, {**found, **ours}, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__doc__ = function.__doc__
    copy.__qualname__ = function.__qualname__
    return copy


def rebound(cls: type) -> dict[str, FunctionType]:
    """Return the methods of a class of joblib's, of its own or inherited, that use what we replace.

    Parameters
    ----------
    cls : type

    Returns
    -------
    dict
        By name, for the namespace of a subclass.
    """
    methods: dict[str, FunctionType] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, FunctionType):
                copy = _rebind(value)
                methods.pop(name, None)
                if copy is not None:
                    methods[name] = copy
    return methods
