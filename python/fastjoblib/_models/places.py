"""Where the versions of a model are kept, and what their files are called.

A directory of models has two folders, here with one version::

    models/iris_classifier_v1.0.0_2025-01-15.joblib
    metadata/iris_classifier_v1.0.0_2025-01-15_metadata.json

The card in ``metadata`` is what makes a version exist: it gets its name last, in
one step.  Until then it is called as `Place.pending` says, and whoever holds the
lock of the name may remove it with the file that it would have belonged to.
"""

import errno
import importlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastjoblib._urls import is_url, shown_url

if TYPE_CHECKING:
    from packaging.version import Version

__all__ = [
    "CARDS",
    "Place",
    "check_name",
    "directory_of",
    "parse_version",
    "place_of",
    "places",
    "unfinished",
    "versions_of",
]

MODELS = "models"
CARDS = "metadata"

# With these all names of files stay below the 255 bytes that file systems take.
_MAX_NAME = 100
_MAX_VERSION = 60

_NAME = re.compile(r"\w[\w.-]*")
# A version has no underscore, so that its beginning is known whatever the name is.
_CARD = re.compile(r"(?P<name>.+)_v(?P<version>[^_]+)_(?P<date>\d{4}-\d\d-\d\d)_metadata\.json")
_PENDING = re.compile(rf"\.(?P<card>{_CARD.pattern})\.pending")


@dataclass(frozen=True)
class Place:
    """Where one version of a model is, or is going to be.

    Attributes
    ----------
    directory : str
    name : str
    version : packaging.version.Version
    date : str
        The day on which it was saved, in UTC: "2025-01-15".
    """

    directory: str
    name: str
    version: "Version"
    date: str

    @property
    def _stem(self) -> str:
        return f"{self.name}_v{self.version}_{self.date}"

    @property
    def file(self) -> str:
        """The model's file, as the card names it: relative to the directory."""
        return f"{MODELS}/{self._stem}.joblib"

    @property
    def model(self) -> str:
        return os.path.join(self.directory, MODELS, f"{self._stem}.joblib")

    @property
    def card(self) -> str:
        return os.path.join(self.directory, CARDS, f"{self._stem}_metadata.json")

    @property
    def pending(self) -> str:
        """What the card is called while the version is being saved."""
        return os.path.join(self.directory, CARDS, f".{self._stem}_metadata.json.pending")


def directory_of(directory: str | os.PathLike[str]) -> str:
    """Return the path of a directory, or raise for a URL: versions need locks and renames, which stores have not."""
    path = os.fsdecode(directory)
    if is_url(path):
        raise ValueError(
            f"{shown_url(path)}: versions of models are kept in a directory on this machine; "
            "in stores, `dump` and `load` keep single models"
        )
    return path


def check_name(name: object) -> str:
    """Return the name of a model, if files can be called so."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a model must be a str, not {name!r}")
    if _NAME.fullmatch(name) is None or len(os.fsencode(name)) > _MAX_NAME:
        raise ValueError(
            "expected as the name of a model letters, digits, '_', '-' and '.', beginning with a letter, digit or '_', "
            f"at most {_MAX_NAME} bytes, found {name!r:.200}"
        )
    return name


def parse_version(version: object) -> "Version":
    """Return a version by PEP 440, or raise."""
    try:
        packaging = importlib.import_module("packaging.version")
    except ImportError as error:
        message = "versions of models need the package 'packaging': pip install 'fastjoblib[models]'"
        raise ImportError(message, name="packaging") from error
    if not isinstance(version, str):
        raise TypeError(f"a version must be a str like '1.0.0', not {version!r}")
    if len(version) > 10 * _MAX_VERSION:  # far more than any spelling of what is allowed
        raise ValueError(f"a version may have {_MAX_VERSION} characters, and this has {len(version):,}")
    try:
        parsed: Version = packaging.Version(version)
    except packaging.InvalidVersion:
        raise ValueError(f"expected a version by PEP 440, like '1.0.0' or '2.1rc1', found {version!r:.200}") from None
    if len(str(parsed)) > _MAX_VERSION:
        raise ValueError(f"a version may have {_MAX_VERSION} characters, and this has {len(str(parsed))}")
    return parsed


def _place(directory: str, match: re.Match[str] | None) -> Place | None:
    """Return the place that the name of a card tells, or None where we give no such name."""
    if match is None or _NAME.fullmatch(match["name"]) is None:
        return None
    try:
        version = parse_version(match["version"])
    except ValueError:
        return None
    return Place(directory, match["name"], version, match["date"]) if str(version) == match["version"] else None


def _found(directory: str | os.PathLike[str], name: str | None, pattern: re.Pattern[str]) -> list[Place]:
    directory = directory_of(directory)
    try:
        entries = os.listdir(os.path.join(directory, CARDS))
    except FileNotFoundError:
        os.stat(directory)  # the error to tell, if it is not there either
        return []
    found = [_place(directory, pattern.fullmatch(entry)) for entry in entries]
    chosen = [place for place in found if place is not None and name in (None, place.name)]
    return sorted(chosen, key=lambda place: (place.name, place.version, place.date))


def places(directory: str | os.PathLike[str], name: str | None = None) -> list[Place]:
    """Return the places of all versions that there are of one model or all, by name and version.

    Raises
    ------
    OSError
        If there is no such directory, or it cannot be read.
    """
    return _found(directory, name, _CARD)


def unfinished(directory: str | os.PathLike[str], name: str) -> list[Place]:
    """Return the places of versions of a model that are being saved, or whose saving was killed."""
    return _found(directory, name, _PENDING)


def versions_of(directory: str | os.PathLike[str], name: str) -> list[Place]:
    """Return the places of all versions of a model, at least one, or raise."""
    found = places(directory, check_name(name))
    if not found:
        names = ", ".join(sorted({place.name for place in places(directory)})[:20])
        there = f"there are: {names}" if names else "there are none"
        raise FileNotFoundError(errno.ENOENT, f"no model is called {name!r} ({there})", os.fsdecode(directory))
    return found


def place_of(there: list[Place], version: "Version") -> Place:
    """Return where a version is, of all that `versions_of` has found, or raise."""
    found = [place for place in there if place.version == version]
    if not found:
        versions = ", ".join(str(place.version) for place in there[-20:])
        message = f"model {there[0].name!r} has no version {version} (there are: {versions})"
        raise FileNotFoundError(errno.ENOENT, message, there[0].directory)
    if len(found) > 1:
        raise ValueError(f"expected one card of version {version}, found {' and '.join(place.card for place in found)}")
    return found[0]
