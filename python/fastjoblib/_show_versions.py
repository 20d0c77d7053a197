"""What a bug report should say."""

import platform
import sys

from fastjoblib._version import __version__

_OTHERS = ("numpy", "joblib", "scikit-learn", "scipy", "pandas", "lz4")


def show_versions() -> None:
    """Print the versions of fastjoblib, its compression libraries, Python and the packages around it.

    Examples
    --------
    >>> import fastjoblib
    >>> fastjoblib.show_versions()  # doctest: +ELLIPSIS
    fastjoblib: ...
    """
    # Only now: importing it takes longer than all of this package.
    from importlib.metadata import PackageNotFoundError, version

    from fastjoblib import _core

    print(f"fastjoblib: {__version__}")
    for name, found in _core.library_versions().items():
        print(f"{name} (compression): {found or 'not built in'}")
    print(f"python: {sys.version}")
    print(f"platform: {platform.platform()}")
    for name in _OTHERS:
        try:
            print(f"{name}: {version(name)}")
        except PackageNotFoundError:
            print(f"{name}: not installed")
