"""Which modules another program would not find."""

import importlib.machinery
import importlib.metadata
import os
import site
import sys
import sysconfig
from functools import cached_property
from typing import Any

__all__ = ["Modules"]

_SCRIPTS = ("__main__", "__mp_main__")


class Modules:
    """What is known of the modules of this process, for one search."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def why_not(self, module: str, name: str) -> str | None:
        """Say why a class or function is not found by another program with the same packages; None if it is."""
        if module not in self._known:
            self._known[module] = self._why_not(module)
        reason = self._known[module]
        return None if reason is None else f"{name} is defined in {reason}"

    def _why_not(self, name: str) -> str | None:
        if name in _SCRIPTS:
            spec = getattr(sys.modules.get(name), "__spec__", None)
            script = "the script or notebook that runs here" if spec is None else f"which is {spec.name} as it runs"
            return f"{name}, {script}; another program has a {name} of its own"
        top = name.partition(".")[0]
        file = _file_of(name) or _file_of(top)
        if file is None:
            is_builtin = _origin(name) in ("built-in", "frozen") or top in sys.stdlib_module_names
            return None if is_builtin else f"module {name!r}, which this program has made, and no file holds"
        if self._is_installed(file) or top in self._distributed:
            return None
        if _file_by_name(top) != _file_of(top):
            return f"module {name!r}, which this program has loaded from {file!r}, and not by its name"
        return f"module {name!r}, which is in {file!r} and belongs to no installed package"

    def _is_installed(self, file: str) -> bool:
        return any(file.startswith(folder + os.sep) for folder in self._folders)

    @cached_property
    def _folders(self) -> list[str]:
        """Folders of the standard library and of packages, with those that .pth files add."""
        sites = [*site.getsitepackages(), site.getusersitepackages(), *_sysconfig_paths("purelib", "platlib")]
        folders = [*_sysconfig_paths("stdlib", "platstdlib"), *sites]
        for folder in sites:
            folders += _added_by_pth(folder)
        return sorted({os.path.realpath(folder) for folder in folders})

    @cached_property
    def _distributed(self) -> set[str]:
        """Names that installed distributions have, also from folders elsewhere (``pip install -e``)."""
        return set(importlib.metadata.packages_distributions())


def _sysconfig_paths(*names: str) -> list[str]:
    paths = sysconfig.get_paths()
    return [paths[name] for name in names if paths.get(name)]


def _added_by_pth(folder: str) -> list[str]:
    added = []
    try:
        names = [name for name in os.listdir(folder) if name.endswith(".pth")]
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                lines = [line.strip() for line in file]
            paths = [os.path.join(folder, line) for line in lines if line and not line.startswith(("#", "import"))]
            added += [path for path in paths if os.path.isdir(path)]
    except OSError:  # then it adds nothing
        return added
    return added


def _origin(name: str) -> Any:
    return getattr(getattr(sys.modules.get(name), "__spec__", None), "origin", None)


def _file_of(name: str) -> str | None:
    """Where a module is: its file, or the folder of a namespace package."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if file is None:
        file = next(iter(getattr(module, "__path__", ())), None)
    return os.path.realpath(file) if isinstance(file, str) else None


def _file_by_name(top: str) -> str | None:
    """Where an import would find a module."""
    try:
        spec = importlib.machinery.PathFinder.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    found = spec.origin if spec.has_location else next(iter(spec.submodule_search_locations or ()), None)
    return None if found is None else os.path.realpath(found)
