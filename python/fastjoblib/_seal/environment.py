"""By what an object was saved, and whether that breaks loading it here."""

import datetime
import functools
import json
import os
import platform
import re
import sys
from typing import Any

from fastjoblib._errors import EnvironmentMismatchWarning
from fastjoblib._seal.form import MAX_METADATA
from fastjoblib._version import __version__
from fastjoblib._warnings import warn

__all__ = ["check_metadata", "describe", "is_version", "warn_of_mismatch"]

# multiprocessing gives a script the second name in the processes that it spawns.
_MAIN = {"__main__", "__mp_main__"}
# Whose minor versions change what their objects hold; of others the major ones do.
_BY_MINOR = {"sklearn"}


def check_metadata(metadata: object) -> Any:
    """Return a copy of what is JSON, else raise TypeError or ValueError."""
    try:
        text = json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise type(error)(f"metadata must be what JSON can hold: {error}") from error
    if len(text) > MAX_METADATA:
        raise ValueError(f"metadata may take {MAX_METADATA:,} bytes as JSON, and this takes {len(text):,}")
    return json.loads(text)


def _version_of(package: str) -> str | None:
    """Return the version of a package that has been imported."""
    version = getattr(sys.modules.get(package), "__version__", None)
    return version if isinstance(version, str) else _installed_version(package)


# Once for each package, since importlib keeps what it finds in each state of each
# folder of sys.path, and models may be saved into one of these.
@functools.cache
def _installed_version(package: str) -> str | None:
    """Return the version of the distribution of that name."""
    from importlib import metadata  # takes 30 ms

    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _warns_by_itself(module: str, name: str) -> bool:
    """Tell whether objects of this class say at a load that another version saved them."""
    if not module.startswith("sklearn."):
        return False
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    cls = getattr(sys.modules.get(module), name, None)
    return isinstance(base, type) and isinstance(cls, type) and issubclass(cls, base)


def _script() -> str | None:
    """Return the name of the module or script that runs, without its folder; None in a notebook."""
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    file = getattr(main, "__file__", None)
    return os.path.basename(file) if isinstance(file, str) else None


def describe(found: set[tuple[str, str]], metadata: object) -> dict[str, Any]:
    """Return what a seal says of its surroundings.

    Parameters
    ----------
    found : set of (str, str)
        Module and name of all globals in the object.
    metadata : object
        The caller's, as JSON has it.
    """
    packages = {module.partition(".")[0] for module, _ in found} | {"numpy"}
    packages -= _MAIN | sys.stdlib_module_names
    return {
        "fastjoblib": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "byteorder": sys.byteorder,
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "packages": {package: _version_of(package) for package in sorted(packages)},
        "main": _script() if any(module in _MAIN for module, _ in found) else None,
        "warn_by_themselves": sorted({"sklearn" for pair in found if _warns_by_itself(*pair)}),
        "metadata": metadata,
    }


def is_version(text: object) -> bool:
    """Tell whether it looks like a version, and can be shown: in a stranger's seal it may be anything."""
    return isinstance(text, str) and re.fullmatch(r"[0-9A-Za-z.+_-]{1,60}", text) is not None


def _differs(package: str, saved: str, here: str) -> bool:
    """Tell whether the part of the versions that matters differs."""
    parts = 2 if package in _BY_MINOR else 1
    return saved.split(".")[:parts] != here.split(".")[:parts]


_warned: set[str] = set()


def warn_of_mismatch(filename: str, digest: str, facts: dict[str, Any]) -> None:
    """Warn once for a file that was saved by versions with which it may not work here."""
    packages = facts.get("packages")
    spared = facts.get("warn_by_themselves")
    versions: dict[str, Any] = {"python": facts.get("python")}
    if isinstance(packages, dict):
        versions.update(packages)
    different = []
    for package, saved in versions.items():
        if not is_version(saved) or (isinstance(spared, list) and package in spared):
            continue
        if package != "python" and package not in sys.modules:
            continue  # not needed, or the load has said so; and a stranger's seal may name very many
        here = platform.python_version() if package == "python" else _version_of(package)
        if here is not None and _differs(package, saved, here):
            different.append(f"{package} {saved} (here: {here})")
    if different and digest not in _warned:
        _warned.add(digest)
        warn(
            f"{filename!r} was saved with {', '.join(different)}: it may not load, or give other results",
            EnvironmentMismatchWarning,
        )
