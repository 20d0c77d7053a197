"""What a card says of a model and of what it was trained with."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fastjoblib._inspect.text import shown
from fastjoblib._warnings import warn

__all__ = ["describe", "json_safe"]

_MAX_ELEMENTS = 1000  # of an array that is written out
_MAX_DEPTH = 20
_MAX_ENTRIES = 100_000  # of all dicts and lists together
_MAX_TEXT = 200
_MAX_BITS = 13_000  # of an int: Python writes and reads 4,300 digits
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def _name_of(cls: Any) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _text(value: object) -> str:
    """Describe a value in a line that is the same for an equal one in another process."""
    if hasattr(value, "__qualname__") and hasattr(value, "__module__"):  # a class or function
        return _name_of(value)
    # An estimator's parameters have entries of their own, and object's repr is an address.
    if hasattr(value, "get_params") or type(value).__repr__ is object.__repr__:
        return _name_of(type(value))
    try:
        text = repr(value)
    except Exception:  # of the user's class, which can be saved all the same
        return _name_of(type(value))
    return shown(_ADDRESS.sub("", " ".join(text.split())), _MAX_TEXT)


def json_safe(value: object, what: str = "the value") -> Any:
    """Return a value as JSON can hold it.

    Numbers that JSON does not have become "nan", "inf" and "-inf"; NumPy's scalars
    become numbers, arrays and sequences lists, keys of mappings strings, what contains
    itself "...", and everything else a line of text.

    Raises
    ------
    ValueError
        If there are too many entries, two keys with the same text, or an int with more
        digits than Python reads; says where, in `what`.
    """
    return _Plain().of(value, what, 0)


class _Plain:
    """One value that is being written as JSON can hold it."""

    def __init__(self) -> None:
        self._n_entries = 0
        self._around: set[int] = set()  # the ids of the containers around the one at work

    def of(self, value: object, where: str, depth: int) -> Any:
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            if int(value).bit_length() > _MAX_BITS:
                raise ValueError(f"{where}: expected a number of at most 3,900 digits, found a larger one")
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(float(value))
        if depth < _MAX_DEPTH:
            if isinstance(value, np.generic) and not isinstance(value, np.void):
                item = value.item()
                return _text(value) if isinstance(item, np.generic) else self.of(item, where, depth + 1)
            if isinstance(value, np.ndarray):
                if value.size > _MAX_ELEMENTS:
                    return f"array of {value.dtype}, shape {value.shape}"
                return self.of(value.tolist(), where, depth + 1)
            if isinstance(value, (Mapping, list, tuple, set, frozenset)):
                return self._container(value, where, depth)
        return _text(value)

    def _container(self, value: Any, where: str, depth: int) -> Any:
        if id(value) in self._around:
            return "..."
        self._n_entries += len(value)
        if self._n_entries > _MAX_ENTRIES:
            raise ValueError(f"{where}: a card has room for {_MAX_ENTRIES:,} entries, and this has more")
        self._around.add(id(value))
        try:
            if isinstance(value, Mapping):
                return self._mapping(value, where, depth)
            items = [self.of(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
        finally:
            self._around.discard(id(value))
        return items if isinstance(value, (list, tuple)) else sorted(items, key=repr)

    def _mapping(self, values: Mapping[Any, Any], where: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in values.items():
            name = key if isinstance(key, str) else _text(key.item() if isinstance(key, np.generic) else key)
            if name in found:
                raise ValueError(f"{where}: two keys are written {shown(name, 100)!r} in a card")
            found[name] = self.of(item, f"{where}[{shown(name, 100)!r}]", depth + 1)
        return found


def _mapping(values: object, what: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise TypeError(f"{what} must be a mapping of names to values, not {values!r:.200}")
    safe: dict[str, Any] = json_safe(values, what)
    return safe


def _hyperparameters(model: Any, given: object) -> dict[str, Any] | None:
    """Return what was given, else what the model says; none and a warning where it cannot say it."""
    if given is not None:
        return _mapping(given, "hyperparameters")
    get_params = getattr(model, "get_params", None)
    if isinstance(model, type) or not callable(get_params):
        return None
    try:
        return _mapping(get_params(), "what get_params() returns")
    except Exception as error:  # of the user's class
        reason = f"{type(error).__name__}: {error!s:.200}"
        warn(f"the card has no hyperparameters, as get_params() of the model fails: {reason}; give hyperparameters=")
        return None


def _count(data: Any, what: str) -> int:
    """Count samples: sparse matrices have a shape, but no length, and columns by names are as long as one of them."""
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], (int, np.integer)):
        return int(shape[0])
    if isinstance(data, Mapping):
        return _count(next(iter(data.values()), ()), f"the columns of {what}")
    try:
        return len(data)
    except Exception:
        raise TypeError(f"{what} must have a shape or a length, not be of type {type(data).__name__}") from None


def _n_samples(X: Any, y: Any) -> int | None:
    counts = [_count(data, what) for data, what in ((X, "X"), (y, "y")) if data is not None]
    if len(set(counts)) > 1:
        raise ValueError(f"expected as many samples in y as in X, found {counts[1]:,} and {counts[0]:,}")
    return counts[0] if counts else None


def _feature_names(model: Any, X: Any) -> list[str] | None:
    """Return the names of the columns of a frame, else those that the model was trained with."""
    names = X if isinstance(X, Mapping) else getattr(X, "columns", None)
    if not isinstance(names, Iterable):
        names = getattr(model, "feature_names_in_", None)
    return [str(name) for name in names] if isinstance(names, Iterable) else None


def _n_features(model: Any, X: Any) -> int | None:
    if isinstance(X, Mapping):
        return len(X)
    shape = getattr(X, "shape", None)
    count = shape[1] if isinstance(shape, tuple) and len(shape) == 2 else getattr(model, "n_features_in_", None)
    return int(count) if isinstance(count, (int, np.integer)) else None


def describe(model: Any, metrics: object, hyperparameters: object, X: Any, y: Any) -> dict[str, Any]:
    """Return what can be said of a model before it is saved, as fields of a card."""
    return {
        "model_class": _name_of(type(model)),
        "metrics": {} if metrics is None else _mapping(metrics, "metrics"),
        "hyperparameters": _hyperparameters(model, hyperparameters),
        "training_samples": _n_samples(X, y),
        "n_features": _n_features(model, X),
        "feature_names": _feature_names(model, X),
    }
