"""Which version is the latest, and going back to an earlier one."""

import contextlib
import datetime
import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fastjoblib._errors import InvalidFileError
from fastjoblib._models.card import ModelCard, read_json
from fastjoblib._models.files import locked, put
from fastjoblib._models.pairs import read_pair
from fastjoblib._models.places import CARDS, Place, check_name, parse_version, place_of, versions_of

if TYPE_CHECKING:
    from packaging.version import Version

__all__ = ["Rollback", "chosen", "latest_of", "read_rollback", "rollback", "serve_again"]


@dataclass(frozen=True)
class Rollback:
    """To which version a model went back, and which versions it left behind by that.

    What is saved later is not among these, so it is the latest again if its version
    is the highest.
    """

    to: "Version | None" = None
    withdrawn: frozenset["Version"] = frozenset()

    def allows(self, place: Place) -> bool:
        return place.version not in self.withdrawn


def _path(directory: str | os.PathLike[str], name: str) -> str:
    return os.path.join(os.fsdecode(directory), CARDS, f"{name}_rollback.json")


def read_rollback(directory: str | os.PathLike[str], name: str) -> Rollback:
    """Return what `rollback` has noted of a model.

    Raises
    ------
    InvalidFileError
        If the file is not what `rollback` writes.
    """
    path = _path(directory, name)
    try:
        noted = read_json(path, {"to": (str,), "withdrawn": (list,)})
    except FileNotFoundError:
        return Rollback()
    try:
        return Rollback(parse_version(noted["to"]), frozenset(map(parse_version, noted["withdrawn"])))
    except (TypeError, ValueError) as error:
        raise InvalidFileError(path, str(error), 0) from None


def _highest(found: list[Place], to: "Version | None" = None) -> Place | None:
    """Return the highest release, or of pre-releases alone the highest.

    If a rollback went to a pre-release, this one and later ones count as releases.
    """
    takes_more = to is not None and to.is_prerelease
    releases = [
        place for place in found if not place.version.is_prerelease or (takes_more and to and place.version >= to)
    ]
    return max(releases or found, key=lambda place: place.version, default=None)


def latest_of(found: list[Place], noted: Rollback) -> Place:
    """Return the place of the version that is loaded where none is named, of all that `versions_of` has found.

    Raises
    ------
    ValueError
        If all have been withdrawn by `rollback`, or two cards are of this version.
    """
    highest = _highest(list(filter(noted.allows, found)), noted.to)
    if highest is None:
        name, path = found[0].name, _path(found[0].directory, found[0].name)
        raise ValueError(f"all versions of {name!r} are withdrawn, as {path!r} says: rollback(..., to=...) chooses one")
    # Whoever asks for it by its version gets the same, or the same error.
    return place_of(found, highest.version)


def chosen(directory: str | os.PathLike[str], name: str, version: str) -> Place:
    """Return the place of a version, or of the "latest", or raise as `load_model`."""
    wanted = None if version == "latest" else parse_version(version)
    found = versions_of(directory, name)
    return latest_of(found, read_rollback(directory, name)) if wanted is None else place_of(found, wanted)


def serve_again(directory: str, name: str, version: "Version") -> None:
    """Take a version that is saved anew from those that are withdrawn; its number was another model's.

    For whoever holds the lock of the name.  A note that is damaged stays so: nothing is the
    latest then, until `rollback` writes it anew.
    """
    try:
        noted = read_rollback(directory, name)
    except InvalidFileError:
        return
    if version in noted.withdrawn:
        _note(_path(directory, name), noted.to, noted.withdrawn - {version})


def rollback(directory: str | os.PathLike[str], name: str, to: str | None = None) -> ModelCard:
    """Make an earlier version of a model the latest.

    Versions above it are withdrawn: `load_model` passes over them, unless it is asked
    for one by its version.  Nothing is deleted, and a version that is saved
    afterwards is the latest again, if it is higher.

    Parameters
    ----------
    directory : str or os.PathLike
    name : str
    to : str, optional
        The version; by default the one before the latest.  One that was withdrawn
        may be chosen again.

    Returns
    -------
    ModelCard
        Of the version that is the latest now.

    Raises
    ------
    FileNotFoundError
        If there is no such model or version, or its file is missing.
    ValueError
        If there is no version before the latest.
    InvalidFileError
        If the card of that version is damaged, or, without `to`, what an earlier rollback
        has noted.
    DamagedFileError
        If the file of that version has another size than its card says.

    Notes
    -----
    What is withdrawn is noted in ``metadata/NAME_rollback.json``; removing that file
    takes the rollback back.

    Examples
    --------
    >>> import tempfile, fastjoblib
    >>> folder = tempfile.mkdtemp()
    >>> for i in range(3):
    ...     card = fastjoblib.save_model([i], folder, "weights", f"1.{i}")
    >>> fastjoblib.rollback(folder, "weights").version
    '1.1'
    >>> fastjoblib.load_model(folder, "weights")
    [1]
    >>> fastjoblib.load_model(folder, "weights", "1.2")
    [2]
    """
    directory = os.fsdecode(directory)
    wanted = None if to is None else parse_version(to)
    versions_of(directory, check_name(name))  # before a lock is made where there is no model
    with locked(directory, name):
        found = versions_of(directory, name)
        try:
            noted = read_rollback(directory, name)
        except InvalidFileError:
            if wanted is None:
                raise
            noted = Rollback()  # a new note takes the place of the damaged one
        target = _before(found, noted) if wanted is None else wanted
        card = read_pair(place_of(found, target))
        above = frozenset(place.version for place in found if place.version > target)
        withdrawn = above.union(version for version in noted.withdrawn if version < target)
        _note(_path(directory, name), target, withdrawn)
    return replace(card, status="latest")


def _before(found: list[Place], noted: Rollback) -> "Version":
    current = latest_of(found, noted)
    earlier = [place for place in found if noted.allows(place) and place.version < current.version]
    highest = _highest(earlier)
    if highest is None:
        raise ValueError(f"model {current.name!r} has no version before {current.version} to go back to")
    return highest.version


def _note(path: str, to: "Version | None", withdrawn: frozenset["Version"]) -> None:
    """Write what `read_rollback` reads."""
    now = datetime.datetime.now(datetime.timezone.utc)
    noted: dict[str, Any] = {
        "to": str(to),
        "withdrawn": [str(version) for version in sorted(withdrawn)],
        "timestamp": now.isoformat(timespec="seconds"),
    }
    folder, base = os.path.split(path)
    pending = os.path.join(folder, f".{base}.pending")
    try:
        put(json.dumps(noted, indent=2).encode() + b"\n", pending, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(pending)
        raise
