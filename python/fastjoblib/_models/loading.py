"""load_model: by name and version, after the file has been checked against its card."""

import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from fastjoblib._errors import DamagedFileError, NotSealedError
from fastjoblib._fileobjects import naming
from fastjoblib._files import load
from fastjoblib._models.card import ModelCard, read_card
from fastjoblib._models.latest import chosen
from fastjoblib._models.pairs import open_model
from fastjoblib._models.places import Place
from fastjoblib._models.saving import sha256_of
from fastjoblib._seal.verifying import verified, verified_seal

__all__ = ["load_model"]


def _check(file: BinaryIO, place: Place, card: ModelCard) -> None:
    """Raise if a file is not the one that its card names; nothing in it is run."""
    nbytes = os.fstat(file.fileno()).st_size
    if nbytes != card.size_bytes:
        difference = f"{card.size_bytes:,} bytes, as {place.card!r} says, found {nbytes:,}"
    elif (digest := sha256_of(file)) != card.sha256:
        difference = f"SHA-256 {card.sha256}, as {place.card!r} says, found {digest}"
    else:
        return
    try:
        verified_seal(file)  # which may know what in it is damaged
    except NotSealedError:
        pass  # cut, or another file
    raise DamagedFileError(place.model, f"expected {difference}", 0)


def load_model(
    directory: str | os.PathLike[str],
    name: str,
    version: str = "latest",
    *,
    trusted: Sequence[str] | None = None,
) -> Any:
    """Load a version of a model that `save_model` has saved.

    Before anything in the file is run it is checked to be the one of which the card
    says the SHA-256, and that its seal fits.

    .. warning::
       Without `trusted` this runs what the file tells it to run, as `load`.  Neither
       card nor seal is a signature: load only from directories that you trust.

    Parameters
    ----------
    directory : str or os.PathLike
        As for `save_model`.
    name : str
    version : str, default="latest"
        By PEP 440: "1.0" is the version "1.0.0".  "latest" is the highest one, by
        PEP 440's order, that `rollback` has not withdrawn; pre-releases (and
        development releases) are the latest only where there is nothing else, and
        where `rollback` went to one.
    trusted : sequence of str, optional
        Load restricted, as `safe_load` with these policies.

    Returns
    -------
    object

    Raises
    ------
    FileNotFoundError
        If there is no such model, version or file; says what there is.
    InvalidFileError
        If the card is damaged, or that of another version; for "latest" also if what
        `rollback` has noted is damaged.
    DamagedFileError
        If the file is not the one that was saved; says where it is damaged, if the
        seal tells.
    UntrustedError
        As `safe_load`.
    ImportError
        If ``packaging`` is not installed.

    Warns
    -----
    EnvironmentMismatchWarning
        As `load`.

    Examples
    --------
    >>> import tempfile, fastjoblib
    >>> folder = tempfile.mkdtemp()
    >>> for version in ("1.9", "1.10", "2.0rc1"):
    ...     card = fastjoblib.save_model(version, folder, "text", version)
    >>> fastjoblib.load_model(folder, "text")
    '1.10'
    >>> fastjoblib.load_model(folder, "text", "2.0rc1", trusted=())
    '2.0rc1'
    """
    place = chosen(directory, name, version)
    card = read_card(place)
    with naming(place.model), open_model(place) as file:
        _check(file, place, card)
        with verified(file, False, None) as source:
            if trusted is None:
                return load(source)
            from fastjoblib._safe import safe_load

            return safe_load(source, trusted)
