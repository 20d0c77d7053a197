"""hash: joblib's digests of objects."""

import hashlib
import pickle
from typing import Any, Literal

from fastjoblib import _core

__all__ = ["hash"]


def hash(obj: Any, hash_name: Literal["md5", "sha1"] = "md5", coerce_mmap: bool = False) -> str:
    """Compute the digest that ``joblib.hash`` computes, faster.

    Equal objects have equal digests: dicts and sets whatever their order, arrays
    by their data, dtype, shape and strides.

    Parameters
    ----------
    obj : object
        Anything that can be pickled.
    hash_name : {'md5', 'sha1'}, default='md5'
    coerce_mmap : bool, default=False
        Make no difference between memory maps and arrays.

    Returns
    -------
    str
        In hexadecimal.

    Raises
    ------
    ValueError
        For another `hash_name`.
    pickle.PicklingError, TypeError
        If the object cannot be pickled.

    Notes
    -----
    The digest is no proof against somebody who wants two objects to have the same
    one.

    Examples
    --------
    >>> import fastjoblib
    >>> fastjoblib.hash({"a": 1, "b": 2}) == fastjoblib.hash({"b": 2, "a": 1})
    True
    """
    if hash_name not in ("md5", "sha1"):
        raise ValueError(f"Valid options for 'hash_name' are ('md5', 'sha1'). Got hash_name={hash_name!r} instead.")
    digest = hashlib.new(hash_name, usedforsecurity=False)
    try:
        _core.hash(obj, digest.update, hash, coerce_mmap)
    except pickle.PicklingError as error:
        error.args += (f"PicklingError while hashing {obj!r}: {error!r}",)
        raise
    return digest.hexdigest()
