"""Other names for what a file names: of classes that have moved, and of those of the script that saved it."""

import importlib
import operator
from collections.abc import Callable, Mapping

__all__ = ["Rename", "is_there", "renaming"]

Rename = Callable[[str, str], tuple[str, str]]
"""From a module and a name to those that are to be looked up instead."""

# multiprocessing runs a script under the first name in the processes that it spawns.
_WORKERS_MAIN = "__mp_main__"
_MAIN = (_WORKERS_MAIN, "__main__")


def is_there(module: str, name: str) -> bool:
    """Tell whether a module can be imported and has this, which may be dotted."""
    try:
        operator.attrgetter(name)(importlib.import_module(module))
    except (ImportError, AttributeError):
        return False
    return True


def renaming(names: Mapping[str, str] | None, found: Callable[[str, str], bool] = is_there) -> Rename | None:
    """Return what renames globals.

    Parameters
    ----------
    names : mapping of str to str, or None
        From "package", "package.module" or "package.module.Name" to another of its kind.
    found : callable
        Tells whether a module and a name are what a new name means: "a.b.C" may be C of
        the module a.b, or the C within a class b of the module a.

    Returns
    -------
    callable or None
        None where there is nothing to rename.
    """
    if names is None:
        return None
    pairs = dict(names)
    for pair in pairs.items():
        for name in pair:
            if not isinstance(name, str):
                raise TypeError(f"rename must be a mapping of str to str, found {name!r}")
            if not all(name.split(".")):
                raise ValueError(f"rename takes names like 'package.module.Name', found {name!r}")
    longest_first = sorted(pairs, key=len, reverse=True)

    def rename(module: str, name: str) -> tuple[str, str]:
        for spelled in _MAIN if module == _WORKERS_MAIN else (module,):
            full = f"{spelled}.{name}"
            for old in longest_first:
                if full == old or full.startswith(old + "."):
                    return _replace(old, pairs[old], spelled, name, found)
        return module, name

    return rename


def _replace(old: str, new: str, module: str, name: str, found: Callable[[str, str], bool]) -> tuple[str, str]:
    """Put the new name in place, and tell its module from what is in it."""
    if len(old) <= len(module):  # a module, or a package
        return new + module[len(old) :], name
    if "." not in new:
        raise ValueError(
            f"rename: {old!r} is a class or function of the module {module!r}, so {new!r} must be one too: "
            f"a module and what is in it, like 'module.{new}'"
        )
    parts = (new + f"{module}.{name}"[len(old) :]).split(".")
    longest = new.count(".")
    splits = [(".".join(parts[:i]), ".".join(parts[i:])) for i in range(longest, 0, -1)]
    return next((split for split in splits if found(*split)), splits[0])
