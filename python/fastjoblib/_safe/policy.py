"""Which names a restricted load trusts, and what it does with them.

A policy is a table of exact names; a name in the table is imported by the policy, no
other name is imported at all.
"""

import enum
import functools
import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from fastjoblib import _moved
from fastjoblib._inspect.safe_learning import JOBLIB, SCIKIT_LEARN
from fastjoblib._inspect.safe_older import OLDER
from fastjoblib._inspect.safe_python import NUMPY, PYTHON
from fastjoblib._inspect.safe_restricted import CHECKED
from fastjoblib._inspect.safe_scientific import BOOSTING, PANDAS, SCIPY
from fastjoblib._inspect.safe_values import OLDER_VALUES, VALUES
from fastjoblib._safe.checks.roles import roles_of
from fastjoblib._safe.rules import (
    ANY_STATE,
    APPEND,
    ARGS,
    BUILD,
    CALL,
    HIDE,
    INSTANCE,
    KEY,
    NEW,
    SETITEM,
    SLOTS,
    VALUE,
    Refused,
    Rule,
)
from fastjoblib._safe.stand_ins import STAND_INS

__all__ = ["POLICIES", "Policy", "policy_for"]

# What each policy needs besides its own names.
POLICIES: dict[str, tuple[str, ...]] = {
    "builtins": (),
    "numpy": ("builtins",),
    "scipy": ("builtins", "numpy"),
    "pandas": ("builtins", "numpy"),
    "sklearn": ("builtins", "numpy", "scipy"),
    "lightgbm": ("builtins", "numpy", "scipy", "sklearn"),
    "xgboost": ("builtins", "numpy", "scipy", "sklearn"),
}

# Of other packages, the policy that has their names.
_PACKAGES = {"dateutil": "pandas", "fastjoblib": "numpy", "joblib": "builtins"}

_Found = tuple[Any, int, Any, Any, Any, Any, Any]

# What the caller's own names may do.
_CALLERS_CLASS = Rule(NEW | CALL | BUILD | SLOTS | APPEND | SETITEM | ARGS | KEY | HIDE)
_CALLERS_FUNCTION = Rule(CALL | ARGS)


# Whose classes call what their attributes name.
_WITH_ROLES = {"sklearn", "lightgbm", "xgboost"}


def _policy_of(module: str) -> str:
    package = module.partition(".")[0]
    return package if package in POLICIES else _PACKAGES.get(package, "builtins")


def _canonical(module: str) -> str:
    """Return the module's name as the tables have it: as NumPy 2 names it."""
    if module == "numpy.core" or module.startswith("numpy.core."):
        return "numpy._core" + module.removeprefix("numpy.core")
    return module


@functools.cache
def _names() -> dict[str, dict[tuple[str, str], bool]]:
    """Return the names of each policy, and whether files may only hold them."""
    names: dict[str, dict[tuple[str, str], bool]] = {policy: {} for policy in POLICIES}
    tables = [(False, table) for table in (PYTHON, NUMPY, SCIPY, PANDAS, SCIKIT_LEARN, BOOSTING, OLDER, CHECKED)]
    # joblib's wrappers never get here but where they have no meaning.
    for only_value, table in [(True, VALUES), (True, OLDER_VALUES), (True, JOBLIB), *tables]:
        for module, text in table.items():
            for name in text.split():
                names[_policy_of(module)][module, name] = only_value
    return names


@functools.cache
def _exceptions(policy: str) -> dict[str, Rule]:
    module = importlib.import_module(f"fastjoblib._safe.exceptions_{policy}")
    rules: dict[str, Rule] = module.RULES
    return rules


def _follow(module: str, name: str) -> Any:
    """Import a global that is in a table."""
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


class Policy:
    """What the named policies, and the caller's own names, allow.

    Parameters
    ----------
    trusted : iterable of str
        Names of policies, and of single globals, "package.module.Name".
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        self.policies = {"builtins"}
        self.extra: set[str] = set()
        for name in trusted:
            if name in POLICIES:
                self.policies.update((name, *POLICIES[name]))
            elif "." in name.strip("."):
                self.extra.add(name)
            else:
                raise ValueError(
                    f"there is no policy {name!r}: trusted takes {', '.join(map(repr, POLICIES))}, "
                    "and names like 'package.module.Class'"
                )
        self.found: dict[tuple[str, str], _Found] = {}
        self.found_types: dict[type, _Found] = {}

    def lists(self, module: str, name: str) -> bool:
        """Tell whether a name is trusted, without importing it."""
        module = _canonical(module)
        return f"{module}.{name}" in self.extra or self._listed(module, name) is not None

    def _listed(self, module: str, name: str) -> bool | None:
        """Return whether files may only hold it; None: it is in no table of these policies."""
        policy = _policy_of(module)
        return _names()[policy].get((module, name)) if policy in self.policies else None

    def find(self, module: str, name: str) -> _Found | None:
        """Return a global with its rule, as csrc/pickle/policy.h says; None if it is not trusted."""
        found = self.found.get((module, name)) or self._find(module, name)
        if found is not None:
            self.found[module, name] = found
        return found

    def _find(self, module: str, name: str) -> _Found | None:
        found = self._resolve(module, name)
        name = f"{_canonical(module)}.{name}"
        stand_in = None if name in self.extra else STAND_INS.get(name)
        return found if found is None or stand_in is None else (stand_in(found[0]), *found[1:])

    def _resolve(self, module: str, name: str) -> _Found | None:
        canonical = _canonical(module)
        if f"{canonical}.{name}" in self.extra:
            return _pack(obj := _follow(module, name), _callers(obj))
        only_value = self._listed(canonical, name)
        if only_value is None:
            return None
        if name == "memmap" and canonical in ("numpy", "numpy._core.memmap"):
            name = "ndarray"  # what a load makes of it; calling a memmap opens a file
            module = canonical = "numpy"
        rule = _exceptions(_policy_of(canonical)).get(f"{canonical}.{name}")
        try:
            obj = _follow(module, name)
        except (ImportError, AttributeError):
            obj = self._find_moved(module, name)
            if obj is None:
                raise
        if rule is None:
            rule = VALUE if only_value else _default(obj)
        with_roles = _policy_of(canonical) in _WITH_ROLES and isinstance(obj, type) and rule.flags & NEW
        return _pack(obj, rule, roles_of(frozenset(self.extra)) if with_roles and _is_pythons(obj) else None)

    def _find_moved(self, module: str, name: str) -> Any:
        """Find a global under the name that it has now, if that is trusted too."""
        if not all(self.lists(*other) for other in _moved.other_names(module, name)):
            return None
        return _moved.find(module, name)

    def find_type(self, cls: type) -> _Found | None:
        """Return the rule of a class, of which a trusted function has made an instance."""
        found = self.found_types.get(cls) or self._find_type(cls)
        if found is not None:
            self.found_types[cls] = found
        return found

    def _find_type(self, cls: type) -> _Found | None:
        if issubclass(cls, (np.dtype, np.generic)):
            return _pack(cls, _default(cls))
        module, name = cls.__module__, cls.__qualname__
        if not (isinstance(module, str) and self.lists(module, name)):
            return None
        found = self._resolve(module, name)
        return found if found is not None and found[0] is cls else None


def _pack(obj: Any, rule: Rule, roles: Any = None) -> _Found:
    names: dict[str, int] | None = {} if isinstance(obj, type) else None
    return obj, rule.flags, rule.check_call, rule.check_state, rule.check_final, roles, names


def _callers(obj: Any) -> Rule:
    if not isinstance(obj, type):
        return _CALLERS_FUNCTION
    if issubclass(obj, enum.Enum):
        return _default(obj)
    return replace(_CALLERS_CLASS, flags=_CALLERS_CLASS.flags | ANY_STATE * hasattr(obj, "__setstate__"))


def _default(obj: Any) -> Rule:
    if not isinstance(obj, type):
        return VALUE
    for base, rule in _BASES:
        if issubclass(obj, base):
            return rule
    return INSTANCE if _is_pythons(obj) else VALUE


# Of a type's __flags__: made by a class statement, and cannot be changed.
_HEAP_TYPE, _IMMUTABLE = 1 << 9, 1 << 8


def _is_pythons(cls: type) -> bool:
    """Tell whether instances are nothing but attributes: no class among its bases is compiled.

    Compiled ones can crash when they get no arguments, or a state that they do not expect,
    so that each needs a rule of its own.
    """
    own = cls.__mro__[:-1]  # all but object
    slots = sum(len(vars(base).get("__slots__", ())) for base in own)
    largest = object.__basicsize__ + (2 + slots) * np.dtype(np.intp).itemsize
    flags = {base.__flags__ & (_HEAP_TYPE | _IMMUTABLE) for base in own}
    return flags <= {_HEAP_TYPE} and cls.__basicsize__ <= largest


def _check_enum(args: tuple[Any, ...]) -> None:
    """Refuse what is no value of a member."""
    if len(args) != 1 or type(args[0]) not in (str, int, float, bool):
        raise Refused("expected the value of an enum's member")


_BASES = (
    # Members are the process's own, so nothing may change them.
    (enum.Enum, Rule(CALL | ARGS | KEY, _check_enum)),
    # Its states are checked in csrc/array/guards.c.
    (np.dtype, Rule(BUILD | ANY_STATE | KEY)),
    ((np.void, np.object_), VALUE),
    (np.generic, Rule(KEY)),
)


def policy_for(trusted: Iterable[str]) -> Policy:
    """Return the policy of what a caller trusts, the same one for the same names."""
    if isinstance(trusted, str) or not isinstance(trusted, Iterable):
        raise TypeError(f"trusted must be a sequence of names, not {trusted!r}")
    names = tuple(trusted)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"trusted must be names, not {name!r}")
    return _policy_for(names)


@functools.lru_cache(maxsize=64)
def _policy_for(trusted: tuple[str, ...]) -> Policy:
    return Policy(trusted)
