"""A card and the file that belongs to it."""

import errno
import os
from typing import BinaryIO

from fastjoblib._errors import DamagedFileError
from fastjoblib._models.card import ModelCard, read_card
from fastjoblib._models.files import open_regular
from fastjoblib._models.places import Place

__all__ = ["open_model", "read_pair"]


def open_model(place: Place) -> BinaryIO:
    """Open the file of a version, or say which card misses it."""
    try:
        return open_regular(place.model)
    except FileNotFoundError:
        message = f"the file is missing that belongs to the card {place.card!r}"
        raise FileNotFoundError(errno.ENOENT, message, place.model) from None


def read_pair(place: Place) -> ModelCard:
    """Read a card whose file is there, and as long as it says; what is in the file is not looked at.

    Raises
    ------
    InvalidFileError
        If the card is damaged; DamagedFileError if the file has another size.
    OSError
        If one of them is missing, or cannot be read.
    """
    card = read_card(place)
    with open_model(place) as file:
        nbytes = os.fstat(file.fileno()).st_size
    if nbytes != card.size_bytes:
        detail = f"expected {card.size_bytes:,} bytes, as {place.card!r} says, found {nbytes:,}"
        raise DamagedFileError(place.model, detail, 0)
    return card
