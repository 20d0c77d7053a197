"""safe_load: what a file may run is decided here, and not by the file."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pickle import UnpicklingError
from typing import Any

from fastjoblib._by_value import is_code
from fastjoblib._ends import measure
from fastjoblib._errors import FastjoblibError, InvalidFileError, UntrustedError
from fastjoblib._fileobjects import Readable, name_of
from fastjoblib._later import import_later
from fastjoblib._loading import load_opened
from fastjoblib._rename import Rename, is_there, renaming
from fastjoblib._safe.limits import Limits
from fastjoblib._safe.policy import Policy, policy_for
from fastjoblib._urls import by_url

__all__ = ["safe_load"]

DEFAULT = ("numpy", "scipy", "pandas", "sklearn")
_LIMITS = Limits()
# As many as `inspect` has of one name.
_PLACES = 5


def safe_load(
    filename: str | os.PathLike[str] | Readable,
    trusted: Sequence[str] = DEFAULT,
    *,
    rename: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Any:
    """Read an object from a file that is not trusted.

    Nothing is imported, called or changed but what `trusted` lists; everything else
    in a file makes the load fail before it happens.

    Parameters
    ----------
    filename : str, os.PathLike, or file object
        As for `load`, but for files of joblib before 0.10, which are refused.
    trusted : sequence of str
        Policies: 'builtins' (always there), 'numpy', 'scipy', 'pandas', 'sklearn',
        'lightgbm' and 'xgboost', each with those that it needs; and single names of
        your own, like ``"mypackage.models.Scaler"``.  Of a policy, only the names in
        its table are trusted, with checks of what they are called with and of the
        values that compiled code relies on.  Of your own names nothing is checked:
        a file may make instances with any arguments and any attributes, and call
        functions with any arguments.
    rename : mapping of str to str, optional
        As for `load`.  Names are renamed before they are looked up in the policies.
    limits : Limits, optional
        How much memory and time the load may take.
    storage_options : mapping, optional
        As for `load`.

    Returns
    -------
    object

    Raises
    ------
    UntrustedError
        If the file names or does what is not trusted, holds values that would make
        compiled code crash, or takes more than `limits`.
    TruncatedFileError, InvalidFileError, OSError
        As `load`; InvalidFileError also if a class of the file's does not accept what
        the file gives it.
    ValueError
        If `trusted` has a name that is no policy and has no module, or `rename` gives a
        class or function a new name that has none.
    ImportError, AttributeError
        If a trusted module is not installed, or has no such class.

    See Also
    --------
    inspect : Look into a file; ``inspect(file, trusted=...)`` says what would be refused.
    load : Read a file that you trust.

    Notes
    -----
    What is loaded is no program of the file's, but it is the file's data: a model
    can still predict what its author wants.  docs/security.md says what is promised.

    Examples
    --------
    >>> import os, tempfile, fastjoblib
    >>> path = os.path.join(tempfile.mkdtemp(), "model.joblib")
    >>> fastjoblib.dump({"coef": [1.5, 2.5]}, path) == [path]
    True
    >>> fastjoblib.safe_load(path)
    {'coef': [1.5, 2.5]}
    >>> fastjoblib.dump(print, path) == [path]
    True
    >>> fastjoblib.safe_load(path)
    Traceback (most recent call last):
    ...
    fastjoblib._errors.UntrustedError: ... names 'builtins.print', which is not trusted ...
    """
    if limits is not None and not isinstance(limits, Limits):
        raise TypeError(f"limits must be fastjoblib.Limits(...), not {limits!r}")
    policy = policy_for(trusted)
    if not isinstance(filename, str) and isinstance(filename, (bytes, os.PathLike)):
        filename = os.fsdecode(filename)
    renames = None if rename is None else renaming(rename, functools.partial(_is_trusted, policy))
    if by_url(filename, storage_options):
        with import_later("fastjoblib._stores").reading(filename, storage_options) as source:
            return _load(source, policy, (limits or _LIMITS).in_c, renames)
    return _load(filename, policy, (limits or _LIMITS).in_c, renames)


def _is_trusted(policy: Policy, module: str, name: str) -> bool:
    return policy.lists(module, name) and is_there(module, name)


def _noting(errors: list[BaseException], look_up: Callable[[str, str], Any], module: str, name: str) -> Any:
    """Look a global up; add what that raises to `errors`."""
    try:
        return look_up(module, name)
    except BaseException as error:
        errors.append(error)
        raise


def _find(policy: Policy, refused: list[str], module: str, name: str) -> Any:
    """Find a global by the policy; note in `refused` what is not trusted."""
    found = policy.find(module, name)
    if found is None:
        refused.append(f"{module}.{name}")
    return found


def _load(source: Any, policy: Policy, limits: tuple[float, ...], rename: Rename | None) -> Any:
    """Load from a path, a file object or a descriptor."""
    nbytes: int | None = None
    position: int | None = 0
    if not isinstance(source, str):  # of a path, C knows the size
        if not hasattr(source, "read"):
            with open(source, "rb") as fileobj:  # open() refuses what is no descriptor
                return _load(fileobj, policy, limits, rename)
        nbytes, position = measure(source)
    refused: list[str] = []
    of_callers: list[BaseException] = []  # errors in what the caller trusts and renames
    noting = functools.partial(functools.partial, _noting, of_callers)
    find = noting(functools.partial(_find, policy, refused))
    size = -1 if nbytes is None else nbytes
    restrictions = (find, policy.find_type, policy.found, policy.found_types, size, *limits)
    try:
        return load_opened(source, source, None, True, None, None, restrictions, rename and noting(rename))
    except UntrustedError as error:
        names = _untrusted(source, position, policy, rename) or dict.fromkeys(refused, ())
        detail = error.detail
        if any(is_code(*name.rpartition(".")[::2]) for name in names):
            detail += ", and it holds functions or classes by value, which are code of whoever wrote the file"
        raise UntrustedError(error.filename, detail, error.position, tuple(names), names) from error.__cause__
    except (FastjoblibError, UnpicklingError, OSError, ImportError, MemoryError):
        raise
    except Exception as error:
        is_of_callers = any(error is each for each in of_callers)
        of_callers.clear()  # which is in the error's traceback
        if is_of_callers:
            raise
        # Raised by a class that is trusted, for what the file gave it.
        name = source if isinstance(source, str) else name_of(source)
        raise InvalidFileError(name, f"{type(error).__name__}: {error}", 0) from error


def _untrusted(
    source: Any, position: int | None, policy: Policy, rename: Rename | None
) -> dict[str, tuple[str, ...]]:
    """List what would have to be trusted in a file that was refused, and its places, if it can be read again."""
    from fastjoblib._inspect import inspect

    if position is None:
        return {}
    try:
        if not isinstance(source, str):
            source.seek(position)
        report = inspect(source)
    except Exception:  # the first error is the one to tell
        return {}
    names: dict[str, tuple[str, ...]] = {}
    for found in report.globals:
        pair = (found.module, found.name)
        pair = pair if rename is None else rename(*pair)
        if not policy.lists(*pair):
            name = ".".join(pair)
            names[name] = (*names.get(name, ()), *found.paths)[:_PLACES]
    return names
