"""Looking at cards: all of a directory, or two side by side."""

import itertools
import os
from dataclasses import dataclass, replace
from typing import Any

from fastjoblib._inspect.report import repr_pretty
from fastjoblib._inspect.text import plural, shown, size
from fastjoblib._models.card import ModelCard, as_text, flat, read_card
from fastjoblib._models.latest import Rollback, chosen, latest_of, read_rollback
from fastjoblib._models.pairs import read_pair
from fastjoblib._models.places import Place, check_name, places
from fastjoblib._models.tables import html_table, text_table
from fastjoblib._warnings import warn

__all__ = ["Comparison", "ModelList", "compare_models", "list_models"]

_N_METRICS = 3  # in a line of a list


class ModelList(list[ModelCard]):
    """Cards, by name and version; printed, a table."""

    _HEADS = ("name", "version", "status", "saved", "size", "class", "metrics")
    _RIGHT = (4,)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                card.name,
                card.version,
                card.status,
                card.timestamp[:10],
                size(card.size_bytes),
                card.model_class.rpartition(".")[2],
                _metrics(card),
            )
            for card in self
        ]

    def __str__(self) -> str:
        return text_table(self._HEADS, self._rows(), self._RIGHT) if self else "no models"

    def _repr_html_(self) -> str:
        return html_table(self._HEADS, self._rows(), self._RIGHT) if self else "no models"

    _repr_pretty_ = repr_pretty


def _metrics(card: ModelCard) -> str:
    numbers = [f"{name} {_short(value)}" for name, value in card.metrics.items() if isinstance(value, (int, float))]
    more = ["..."] if len(numbers) > _N_METRICS else []
    return ", ".join(numbers[:_N_METRICS] + more)


def _short(number: float) -> str:
    try:
        return f"{number:.4g}"
    except OverflowError:  # an int that is larger than any float
        return shown(str(number), 20)


def list_models(directory: str | os.PathLike[str], name: str | None = None) -> ModelList:
    """List what `save_model` has saved.

    Parameters
    ----------
    directory : str or os.PathLike
        As for `save_model`.
    name : str, optional
        Of one model; by default all are listed.

    Returns
    -------
    list of ModelCard
        By name and version, the highest last; printed, and in notebooks, it is a table.
        Versions that are being saved, and what a killed process has left, are not in it.

    Raises
    ------
    FileNotFoundError
        If there is no such directory.

    Warns
    -----
    UserWarning
        For a card that is damaged, or whose file is missing or of another size: it is
        left out.  And for a damaged note of `rollback`: the versions of that model are
        listed, none of them as the latest.

    Examples
    --------
    >>> import tempfile, fastjoblib
    >>> folder = tempfile.mkdtemp()
    >>> for version in ("1.10", "1.9"):
    ...     card = fastjoblib.save_model([version], folder, "words", version)
    >>> [(card.version, card.status) for card in fastjoblib.list_models(folder)]
    [('1.9', ''), ('1.10', 'latest')]
    """
    found = places(directory, None if name is None else check_name(name))
    cards = ModelList()
    for _, versions in itertools.groupby(found, key=lambda place: place.name):
        of_one = list(versions)
        state = _State(of_one)
        for place in of_one:
            try:
                card = read_pair(place)
            except (OSError, ValueError) as error:
                warn(f"left out: {error}")
            else:
                cards.append(replace(card, status=state.of(place)))
    return cards


class _State:
    """What the versions of a model are to `load_model`."""

    def __init__(self, found: list[Place]) -> None:
        self._noted = Rollback()
        self._latest: Place | None = None
        try:
            self._noted = read_rollback(found[0].directory, found[0].name)
        except (OSError, ValueError) as error:
            warn(f"which version of {found[0].name!r} is the latest is unknown: {error}")
            return
        try:
            self._latest = latest_of(found, self._noted)
        except ValueError:
            pass  # all are withdrawn, or there are two of the latest version

    def of(self, place: Place) -> str:
        if place == self._latest:
            return "latest"
        return "" if self._noted.allows(place) else "withdrawn"


@dataclass(frozen=True)
class Comparison:
    """Two versions of a model, side by side; printed, a table of what differs.

    Attributes
    ----------
    a, b : ModelCard
    differences : dict of str to (object, object)
        What differs, by names like "metrics.accuracy" and "packages.sklearn"; None
        where only one of the cards has it.
    """

    a: ModelCard
    b: ModelCard

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        a, b = flat(self.a.to_dict()), flat(self.b.to_dict())
        return {
            name: (a.get(name), b.get(name))
            for name in {**a, **b}
            if a.get(name) != b.get(name) or (name in a) != (name in b)
        }

    def _heads(self) -> tuple[str, ...]:
        return (self.a.name, self.a.version, self.b.version, "change")

    def _rows(self) -> list[tuple[str, ...]]:
        cards = [flat(card.to_dict()) for card in (self.a, self.b)]
        return [
            (name, *(as_text(card[name]) if name in card else "-" for card in cards), _change(*pair))
            for name, pair in self.differences.items()
            if name not in ("version", "file", "sha256")
        ]

    def _same(self) -> str:
        n_same = len({**flat(self.a.to_dict()), **flat(self.b.to_dict())}) - len(self.differences)
        return f"{plural(n_same, 'other entry') if n_same == 1 else f'{n_same:,} other entries'} the same"

    def __str__(self) -> str:
        return f"{text_table(self._heads(), self._rows(), (1, 2, 3))}\n{self._same()}"

    def _repr_html_(self) -> str:
        return f"{html_table(self._heads(), self._rows(), (1, 2, 3))}<p>{self._same()}</p>"

    _repr_pretty_ = repr_pretty


def _change(a: Any, b: Any) -> str:
    """Say by how much a number differs."""
    if isinstance(a, bool) or not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        return ""
    try:
        return f"{b - a:+.4g}" if isinstance(b - a, float) else shown(f"{b - a:+,}", 30)
    except OverflowError:  # an int that is larger than any float
        return ""


def compare_models(directory: str | os.PathLike[str], name: str, a: str, b: str) -> Comparison:
    """Put the cards of two versions of a model side by side.

    Parameters
    ----------
    directory : str or os.PathLike
        As for `save_model`.
    name : str
    a, b : str
        Versions, or "latest".

    Returns
    -------
    Comparison
        With the cards as `a` and `b`, and all that differs as `differences`; printed,
        and in notebooks, it is a table.

    Raises
    ------
    FileNotFoundError, InvalidFileError, ValueError
        As `load_model`.

    Examples
    --------
    >>> import tempfile, fastjoblib
    >>> folder = tempfile.mkdtemp()
    >>> for version, r2 in (("1.0", 0.5), ("1.1", 0.75)):
    ...     card = fastjoblib.save_model([r2], folder, "weights", version, metrics={"r2": r2})
    >>> fastjoblib.compare_models(folder, "weights", "1.0", "1.1").differences["metrics.r2"]
    (0.5, 0.75)
    """
    return Comparison(*(read_card(chosen(directory, name, version)) for version in (a, b)))
