"""save_model: a file and its card, both or none."""

import contextlib
import datetime
import errno
import hashlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from fastjoblib._clean import clean
from fastjoblib._fileobjects import naming
from fastjoblib._files import Compress, dump
from fastjoblib._models.card import ModelCard, card_text
from fastjoblib._models.facts import describe
from fastjoblib._models.files import locked, put, sync_directory
from fastjoblib._models.latest import serve_again
from fastjoblib._models.places import Place, check_name, directory_of, parse_version, places, unfinished
from fastjoblib._seal.finding import read_seal

__all__ = ["save_model", "sha256_of"]


def sha256_of(file: Any) -> str:
    """Return the SHA-256 of a file from its beginning, and leave it there."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(1 << 20):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


def _abandon(place: Place) -> None:
    """Remove what a save that did not come to its end has left; the pending card, by which it is known, last."""
    if not os.path.lexists(place.card):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place.model)
    clean(os.path.dirname(place.model))
    with contextlib.suppress(FileNotFoundError):
        os.unlink(place.pending)


def _refuse_taken(place: Place) -> None:
    """Raise if there is this version, or a file with a name that it needs."""
    for other in places(place.directory, place.name):
        if other.version == place.version:
            message = f"model {place.name!r} has a version {other.version}, and versions are not overwritten"
            raise FileExistsError(errno.EEXIST, message, other.card)
    if os.path.lexists(place.model):
        raise FileExistsError(errno.EEXIST, "there is a file of this name without a card", place.model)


@contextlib.contextmanager
def _begun(place: Place) -> Iterator[None]:
    """Mark a version as being saved; if its card has not got its name in the end, nothing stays."""
    owner = os.getpid()
    os.close(os.open(place.pending, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        sync_directory(os.path.dirname(place.pending))
        yield
    except BaseException:
        # Not in a child that was forked meanwhile.  What cannot be removed now, the next save removes.
        if os.getpid() == owner and os.path.lexists(place.pending):
            with contextlib.suppress(OSError):
                _abandon(place)
        raise


def save_model(
    model: object,
    directory: str | os.PathLike[str],
    name: str,
    version: str,
    *,
    metrics: Mapping[str, Any] | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
    compress: Compress = 3,
    X: Any = None,
    y: Any = None,
) -> ModelCard:
    """Save a version of a model, with a card that says what it is.

    Two files are written, for example ``models/iris_classifier_v1.0.0_2025-01-15.joblib``,
    sealed as by ``dump(..., seal=True)``, and
    ``metadata/iris_classifier_v1.0.0_2025-01-15_metadata.json``.  There are both or
    none, also if the process is killed or the power fails.

    Parameters
    ----------
    model : object
        Anything that can be pickled.
    directory : str or os.PathLike
        Where models are kept; it is made if it is not there.
    name : str
        Of the model: letters, digits, '_', '-' and '.'.
    version : str
        By PEP 440, like "1.0.0" or "2.1rc1".  Needs the package ``packaging``.
    metrics : mapping, optional
        For the card.  NumPy's numbers and arrays become numbers and lists.
    hyperparameters : mapping, optional
        For the card; by default what the model's ``get_params`` returns.
    compress : int, bool, str or tuple of (str, int), default=3
        As for `dump`.
    X, y : array-like, optional
        What the model was trained with, of which the card says the number of samples,
        of features, and the names of the columns.  They are not saved.

    Returns
    -------
    ModelCard

    Raises
    ------
    FileExistsError
        If there is this version: it is never overwritten, and "1.0" is the version
        "1.0.0".  Of several processes that save the same one, one succeeds.
    ValueError, TypeError
        If the name or version is none, or X and y differ in length.
    ImportError
        If ``packaging`` is not installed.
    OSError, pickle.PicklingError
        As `dump`.

    Notes
    -----
    Saves of the same name wait for one another.  What a process that was killed has
    left is never listed or loaded, and is removed by the next save of that name.

    Examples
    --------
    >>> import tempfile, fastjoblib
    >>> folder = tempfile.mkdtemp()
    >>> card = fastjoblib.save_model([1.5, 2.5], folder, "weights", "1.0.0", metrics={"r2": 0.9})
    >>> card.version, card.metrics
    ('1.0.0', {'r2': 0.9})
    >>> fastjoblib.load_model(folder, "weights")
    [1.5, 2.5]
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    place = Place(directory_of(directory), check_name(name), parse_version(version), now.date().isoformat())
    described = describe(model, metrics, hyperparameters, X, y)
    for path in (place.model, place.card):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with locked(place.directory, name):
        for left in unfinished(place.directory, name):
            _abandon(left)
        _refuse_taken(place)
        with _begun(place):
            known: dict[str, Any] = {"name": name, "version": str(place.version)}
            dump(model, place.model, compress, fsync=True, seal=True, metadata=known)
            card = ModelCard(
                **known,
                timestamp=now.isoformat(timespec="seconds"),
                file=place.file,
                **_measured(place.model),
                **described,
            )
            serve_again(place.directory, name, place.version)
            put(card_text(card), place.pending, place.card)
    return card


def _measured(path: str) -> dict[str, Any]:
    """Return what a card says of a file that has been written, and of the surroundings in its seal."""
    with naming(path), open(path, "rb") as file:
        seal = read_seal(file)
        assert seal is not None  # we have just written it
        return {
            "sha256": sha256_of(file),
            "size_bytes": os.fstat(file.fileno()).st_size,
            **{key: seal.facts[key] for key in ("python", "platform", "packages")},
        }
