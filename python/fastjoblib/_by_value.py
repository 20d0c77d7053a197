"""Functions and classes by value: their code goes into the file, so that no program needs the module they are from.

cloudpickle knows how; the rules here say what is written so, give it to our own walk, and add what it lacks.
Its registry of modules stays as it is, so that nothing changes for whoever else uses cloudpickle meanwhile.
"""

import functools
import importlib
import importlib.util
import io
import operator
import sys
import types
import typing
from collections.abc import Callable, Iterable
from pickle import PicklingError
from typing import Any

from fastjoblib._arguments import ByValue

__all__ = ["Rules", "is_code", "rules"]

Rules = tuple[Callable[[Any], Any], dict[type, Callable[[Any], Any]]]
"""A reducer_override and a dispatch_table, as `pickle.Pickler` has them."""

# multiprocessing gives a script the second name in the processes that it spawns.
_MAIN = ("__main__", "__mp_main__")

# joblib had a copy of its own until 1.5, and requires the package since.
_CLOUDPICKLE = ("cloudpickle.cloudpickle", "joblib.externals.cloudpickle.cloudpickle")

# What its files call to make functions and classes.
_MAKERS = {"_make_function", "_make_skeleton_class", "_make_skeleton_enum"}

# Of a class's __flags__: made by a class statement, and cannot be changed.
_HEAP_TYPE, _IMMUTABLE = 1 << 9, 1 << 8


def rules(by_value: ByValue, protocol: int | None) -> Rules:
    """Return by what rules a dump writes functions and classes.

    Parameters
    ----------
    by_value : True, or iterable of str or module
    protocol : int or None
        As of `dump`.

    Returns
    -------
    tuple of (callable, dict)

    Raises
    ------
    ImportError
        If there is no cloudpickle.
    TypeError, ValueError
        If `by_value` is neither, or names a module that has not been imported, or the
        protocol is too old.
    """
    if protocol in (0, 1):
        raise ValueError(f"by_value needs pickle protocol 2 or newer, found {protocol}")
    reducers = _Reducers(_names(by_value), _cloudpickle())
    return reducers.override, reducers.table()


def is_code(module: str, name: str) -> bool:
    """Tell whether a file that names this holds functions or classes by value."""
    return module in _CLOUDPICKLE and name in _MAKERS


def _names(by_value: Any) -> tuple[str, ...]:
    """Return the names of the modules that are written by value."""
    if by_value is True:
        return _MAIN
    if isinstance(by_value, str) or not isinstance(by_value, Iterable):
        raise TypeError(f"by_value must be a bool or a list of modules or their names, found {by_value!r}")
    names = []
    for module in by_value:
        name = module.__name__ if isinstance(module, types.ModuleType) else module
        if not isinstance(name, str):
            raise TypeError(f"by_value takes modules or their names, found {module!r}")
        if name not in sys.modules:
            raise ValueError(f"by_value names {name!r}, and no module of that name has been imported")
        names.append(name)
    return (*_MAIN, *names)


def _cloudpickle() -> Any:
    """Return the module that holds cloudpickle's reducers."""
    for name in _CLOUDPICKLE:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if not f"{name}.".startswith(f"{error.name}."):  # it is there, and lacks something itself
                raise
            continue
        if hasattr(module, "_dynamic_class_reduce"):
            return module
    raise ImportError(
        "by_value needs cloudpickle 3 or newer (pip install cloudpickle), or joblib's copy of it, "
        "joblib.externals.cloudpickle of joblib 1.4 and 1.5; neither is installed",
        name="cloudpickle",
    )


class _SameBytecode:
    """Stands for `types.CodeType` in a file: a Python of other bytecode would crash in the functions, and refuses."""

    def __call__(self, *args: Any) -> types.CodeType:
        return types.CodeType(*args)

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (types, _Attribute())


class _Attribute:
    """The name of `types.CodeType`, where the bytecode is ours, and else a text, which the error then shows."""

    def __reduce__(self) -> tuple[Any, ...]:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        otherwise = f"CodeType of Python {version}: only Python {version} loads functions that it has written by value"
        return dict.get, ({importlib.util.MAGIC_NUMBER: "CodeType"}, _MagicNumber(), otherwise)


class _MagicNumber:
    """Of the Python that loads."""

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (importlib.util, "MAGIC_NUMBER")


def _reduce_cached_property(obj: functools.cached_property[Any]) -> tuple[Any, ...]:
    """Leave out the lock, which it has until Python 3.11."""
    return functools.cached_property, (obj.func,), {"attrname": obj.attrname}


class _Reducers:
    """Reducers of one dump.

    Parameters
    ----------
    names : tuple of str
        The modules that are written by value, with those within them.
    cloudpickle : module
    """

    def __init__(self, names: tuple[str, ...], cloudpickle: Any) -> None:
        self._names = names
        self._parents = tuple(f"{name}." for name in names)
        self._cloudpickle = cloudpickle
        # Never dumps; its reducers remember which functions have their globals in common.
        self._pickler = cloudpickle.Pickler(io.BytesIO())
        self._table = dict(cloudpickle.Pickler.dispatch_table)
        self._code_type = _SameBytecode()

    def _is_named(self, obj: Any) -> bool:
        module = getattr(obj, "__module__", None)
        return isinstance(module, str) and self._holds(module)

    def _is_imported(self, obj: Any) -> bool:
        """Tell whether an object with a name stays a name: not what is named here, or what has another name."""
        if self._is_named(obj):
            return False
        try:
            found: Any = operator.attrgetter(obj.__qualname__)(sys.modules[obj.__module__])
        except (AttributeError, KeyError):
            return False
        return found is obj

    def _holds(self, module: str) -> bool:
        return module in self._names or module.startswith(self._parents)

    def override(self, obj: Any) -> Any:
        """Reduce classes and functions: what is named here, and what no module has under its name."""
        if issubclass(type(obj), type):
            if self._is_named(obj):
                return self._reduce_class(obj)
        elif isinstance(obj, types.FunctionType):
            if self._is_named(obj):
                return self._pickler._dynamic_function_reduce(obj)
        else:
            return NotImplemented
        return self._pickler.reducer_override(obj)

    def table(self) -> dict[type, Callable[[Any], Any]]:
        """Reducers for objects of single types."""
        return {
            **self._table,
            types.CodeType: self._reduce_code,
            types.ModuleType: self._reduce_module,
            typing.TypeVar: self._reduce_type_variable,
            typing.NewType: self._reduce_new_type,
            functools.cached_property: _reduce_cached_property,
            functools._lru_cache_wrapper: self._reduce_lru_cache,
        }

    def _reduce_class(self, cls: type) -> Any:
        if cls.__flags__ & (_HEAP_TYPE | _IMMUTABLE) != _HEAP_TYPE:
            raise PicklingError(f"{cls!r} is compiled, so it cannot be written by value")
        return self._cloudpickle._dynamic_class_reduce(cls)

    def _reduce_code(self, code: types.CodeType) -> tuple[Any, ...]:
        _, arguments = self._table[types.CodeType](code)
        return self._code_type, arguments

    def _reduce_module(self, module: types.ModuleType) -> Any:
        name = module.__name__
        if name in _MAIN:
            return self._cloudpickle.subimport, ("__main__",)
        if not self._holds(name):
            return self._table[types.ModuleType](module)
        # Its contents are put into it when it is there, because functions in it may refer to it.
        contents = {key: value for key, value in vars(module).items() if key not in _OF_THE_IMPORT}
        return types.ModuleType, (name,), contents

    def _reduce_type_variable(self, variable: typing.TypeVar) -> Any:
        if not self._is_named(variable):
            return self._table[typing.TypeVar](variable)
        return self._cloudpickle._make_typevar, self._cloudpickle._decompose_typevar(variable)

    def _reduce_new_type(self, new_type: typing.NewType) -> Any:
        if self._is_imported(new_type):
            return new_type.__reduce__()
        return typing.NewType, (new_type.__name__, new_type.__supertype__), dict(vars(new_type))

    def _reduce_lru_cache(self, wrapper: Any) -> Any:
        """Write the function and not what is cached."""
        if self._is_imported(wrapper):
            return wrapper.__reduce__()
        parameters = wrapper.cache_parameters()
        arguments = (wrapper.__wrapped__, parameters["maxsize"], parameters["typed"], functools._CacheInfo)
        return type(wrapper), arguments, dict(vars(wrapper))


# What the import of a module puts into it, and what loading by value has no use for.
_OF_THE_IMPORT = {"__builtins__", "__cached__", "__loader__", "__spec__"}
