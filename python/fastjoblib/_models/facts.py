"""What a card says of a model and of what it was trained with."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from fastjoblib._inspect.text import shown

__all__ = ["describe", "json_safe"]

_MAX_ELEMENTS = 1000  # of an array that is written out
_MAX_DEPTH = 20
_MAX_TEXT = 200


def _name_of(cls: Any) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _text(value: object) -> str:
    """Describe a value in a line that is the same for an equal one in another process."""
    if hasattr(value, "__qualname__") and hasattr(value, "__module__"):  # a class or function
        return _name_of(value)
    # An estimator's parameters have entries of their own, and object's repr is an address.
    if hasattr(value, "get_params") or type(value).__repr__ is object.__repr__:
        return _name_of(type(value))
    return shown(" ".join(repr(value).split()), _MAX_TEXT)


def _array(array: np.ndarray[Any, Any], depth: int) -> Any:
    if array.size > _MAX_ELEMENTS:
        return f"array of {array.dtype}, shape {array.shape}"
    return json_safe(array.tolist(), depth)


def json_safe(value: object, depth: int = 0) -> Any:
    """Return a value as JSON can hold it.

    Numbers that JSON does not have become "nan", "inf" and "-inf"; NumPy's scalars
    become numbers, arrays and sequences lists, keys of mappings strings, and
    everything else a line of text.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if depth < _MAX_DEPTH:
        if isinstance(value, np.generic) and not isinstance(value, np.void):
            item = value.item()
            return _text(value) if isinstance(item, np.generic) else json_safe(item, depth + 1)
        if isinstance(value, np.ndarray):
            return _array(value, depth + 1)
        if isinstance(value, Mapping):
            return {str(key): json_safe(item, depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [json_safe(item, depth + 1) for item in value]
        if isinstance(value, (set, frozenset)):
            return sorted((json_safe(item, depth + 1) for item in value), key=repr)
    return _text(value)


def _mapping(values: object, what: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise TypeError(f"{what} must be a mapping of names to values, not {values!r:.200}")
    safe: dict[str, Any] = json_safe(values)
    return safe


def _hyperparameters(model: Any, given: object) -> dict[str, Any] | None:
    if given is not None:
        return _mapping(given, "hyperparameters")
    get_params = getattr(model, "get_params", None)
    return _mapping(get_params(), "what get_params() returns") if callable(get_params) else None


def _count(data: Any) -> int:
    """Count samples: sparse matrices have a shape, but no length."""
    shape = getattr(data, "shape", None)
    return int(shape[0]) if shape else len(data)


def _n_samples(X: Any, y: Any) -> int | None:
    counts = [_count(data) for data in (X, y) if data is not None]
    if len(set(counts)) > 1:
        raise ValueError(f"expected as many samples in y as in X, found {counts[1]:,} and {counts[0]:,}")
    return counts[0] if counts else None


def _feature_names(model: Any, X: Any) -> list[str] | None:
    """Return the names of the columns of a frame, else those that the model was trained with."""
    columns = getattr(X, "columns", None)
    names = getattr(model, "feature_names_in_", None) if columns is None else columns
    return None if names is None else [str(name) for name in names]


def _n_features(model: Any, X: Any) -> int | None:
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) == 2:
        return int(shape[1])
    count = getattr(model, "n_features_in_", None)
    return None if count is None else int(count)


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
