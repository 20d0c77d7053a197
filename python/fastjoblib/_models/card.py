"""The card of a model: what stands in the JSON file beside it."""

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

from fastjoblib._errors import InvalidFileError
from fastjoblib._fileobjects import naming
from fastjoblib._inspect.report import repr_pretty
from fastjoblib._inspect.text import shown
from fastjoblib._models.files import open_regular
from fastjoblib._models.places import Place
from fastjoblib._models.tables import html_table, text_table

__all__ = ["ModelCard", "as_text", "card_text", "flat", "read_card", "read_json"]

_MAX_NBYTES = 32 << 20
_MAX_DEPTH = 100
_MAX_COUNT = 2**63 - 1
_OPTIONAL = type(None)


@dataclass(frozen=True)
class ModelCard:
    """What is known of one version of a model.

    Its attributes are the keys of the JSON file, but for `status`.

    Attributes
    ----------
    name, version : str
        The version as PEP 440 writes it.
    timestamp : str
        When it was saved: ISO 8601, in UTC.
    file : str
        The model's file, relative to the directory of models.
    sha256 : str
        Of that file, as ``sha256sum`` prints it.
    size_bytes : int
        Of that file.
    model_class : str
        "module.name".
    metrics : dict
        As given to `save_model`.
    hyperparameters : dict or None
        As given, else what the model's ``get_params`` returned; None if it has none.
    training_samples, n_features : int or None
    feature_names : list of str or None
    python, platform : str
    packages : dict of str to (str or None)
        Versions of all packages that the model needs.
    status : {'latest', 'withdrawn', ''}
        In the directory, when it was read: 'latest' is what `load_model` loads
        without a version, 'withdrawn' is behind the one to which `rollback` went.
    """

    name: str
    version: str
    timestamp: str
    file: str
    sha256: str
    size_bytes: int
    model_class: str
    metrics: dict[str, Any]
    hyperparameters: dict[str, Any] | None
    training_samples: int | None
    n_features: int | None
    feature_names: list[str] | None
    python: str
    platform: str
    packages: dict[str, str | None]
    status: str = dataclasses.field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return what stands in the JSON file."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "status"}

    def rows(self) -> list[tuple[str, str]]:
        """Return all as pairs of texts, a line for each metric, hyperparameter and package."""
        return [(name, as_text(value)) for name, value in flat(self.to_dict()).items()]

    def __str__(self) -> str:
        return text_table((), self.rows(), width=100)

    def _repr_html_(self) -> str:
        return html_table((), self.rows())

    _repr_pretty_ = repr_pretty


def flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Bring nested dicts to one level, with names like "metrics.accuracy", each of one place only."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = above + ("." if above else "") + key
        if not key or set(key) & set('.["'):
            name = f"{above}[{json.dumps(key, ensure_ascii=False)}]"
        if isinstance(value, dict) and value:
            found.update(flat(value, name))
        else:
            found[name] = value
    return found


def as_text(value: Any) -> str:
    """Write a value of a card in a line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("name", "version", "timestamp", "file", "sha256", "model_class", "python", "platform"), (str,)),
    "size_bytes": (int,),
    "metrics": (dict,),
    "hyperparameters": (dict, _OPTIONAL),
    "training_samples": (int, _OPTIONAL),
    "n_features": (int, _OPTIONAL),
    "feature_names": (list, _OPTIONAL),
    "packages": (dict,),
}


def card_text(card: ModelCard) -> bytes:
    """Return the contents of the JSON file, or raise if it were larger than what `read_card` takes."""
    text = json.dumps(card.to_dict(), indent=2, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    if len(text) >= _MAX_NBYTES:
        raise ValueError(f"the card of a model may have {_MAX_NBYTES:,} bytes, and this would have {len(text):,}")
    return text + b"\n"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{shown(text, 40)} is too large for a number")
    return value


def _is_deeper(value: Any, limit: int) -> bool:
    """Tell whether dicts and lists are within each other on more levels than that."""
    level = [value]
    for _ in range(limit):
        items = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list)))
        level = [item for part in items for item in part]
        if not level:
            return False
    return True


def read_json(path: str, kinds: dict[str, tuple[type, ...]]) -> dict[str, Any]:
    """Return the values that a JSON file of ours must have, checked for their types."""
    with naming(path), open_regular(path) as file:
        text = file.read(_MAX_NBYTES + 1)
    if len(text) > _MAX_NBYTES:
        raise InvalidFileError(path, f"expected at most {_MAX_NBYTES:,} bytes of JSON, found more", _MAX_NBYTES)
    try:
        values = json.loads(text.decode(), parse_constant=_refuse_constant, parse_float=_finite)
        if _is_deeper(values, _MAX_DEPTH):
            raise ValueError(f"it has more than {_MAX_DEPTH} levels")
    except (ValueError, RecursionError) as error:
        raise InvalidFileError(path, f"expected JSON, found what is none: {error}", getattr(error, "pos", 0)) from None
    if not isinstance(values, dict):
        raise InvalidFileError(path, f"expected a JSON object, found {type(values).__name__}", 0)
    for name, allowed in kinds.items():
        if name not in values:
            raise InvalidFileError(path, f"expected the key {name!r}, found none", 0)
        if type(values[name]) not in allowed:
            expected = " or ".join("null" if kind is _OPTIONAL else kind.__name__ for kind in allowed)
            found = shown(repr(values[name]), 100)
            raise InvalidFileError(path, f"expected {name!r} to be of type {expected}, found {found}", 0)
        if type(values[name]) is int and not 0 <= values[name] <= _MAX_COUNT:
            found = shown(repr(values[name]), 100)
            raise InvalidFileError(path, f"expected {name!r} to be from 0 to {_MAX_COUNT:,}, found {found}", 0)
    return {name: values[name] for name in kinds}


def read_card(place: Place) -> ModelCard:
    """Read the card of a version.

    Raises
    ------
    InvalidFileError
        If it is no card, or that of another version.
    OSError
        If it cannot be read.
    """
    values = read_json(place.card, _KINDS)
    for name, expected in (("name", place.name), ("version", str(place.version)), ("file", place.file)):
        if values[name] != expected:
            found = shown(repr(values[name]), 200)
            raise InvalidFileError(place.card, f"expected {name} {expected!r}, as its own name says, found {found}", 0)
    return ModelCard(**values)
