"""Other names for what a file names: of classes that have moved, and of those of the script that saved it."""

from collections.abc import Callable, Mapping

__all__ = ["Rename", "renaming"]

Rename = Callable[[str, str], tuple[str, str]]
"""From a module and a name to those that are to be looked up instead."""

# multiprocessing runs a script under the first name in the processes that it spawns.
_WORKERS_MAIN = "__mp_main__"
_MAIN = (_WORKERS_MAIN, "__main__")


def renaming(names: Mapping[str, str] | None) -> Rename | None:
    """Return what renames globals.

    Parameters
    ----------
    names : mapping of str to str, or None
        From "package", "package.module" or "package.module.Name" to another of its kind.

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
                    return _split(old, pairs[old], spelled, name)
        return module, name

    return rename


def _split(old: str, new: str, module: str, name: str) -> tuple[str, str]:
    """Put the new name in place, and tell its module from what is in it."""
    if len(old) <= len(module):  # a module, or a package
        return new + module[len(old) :], name
    inside = old.count(".", len(module) + 1) + 1  # how many names of `old` are within the module
    parts = new.split(".")
    if len(parts) <= inside:
        raise ValueError(f"rename: {old!r} is no module, so {new!r} must name one and what is in it")
    rest = f"{module}.{name}"[len(old) :]
    return ".".join(parts[:-inside]), ".".join(parts[-inside:]) + rest
