# SPDX-License-Identifier: BSD-3-Clause
"""Files as joblib before 0.10 wrote them, and such as it did not write."""

import pickle
import warnings
import zlib

import fastjoblib
import numpy as np

from helpers.control import error_of

MODULE = "joblib.numpy_pickle"


def zfile(data, *, length=None, width=19, compressed=None):
    """A "ZF" file of `data`; `length`: what its header claims; `compressed`: in place of the zlib stream."""
    claim = hex(len(data) if length is None else length).encode().ljust(width)
    return b"ZF" + claim + (zlib.compress(data) if compressed is None else compressed)


def built(name, state, module=MODULE):
    """Opcodes: an instance of that class, made without a call, and BUILT with a dict (memo indices are its own)."""
    state = {k: v for k, v in state.items() if v is not DROP}
    return f"c{module}\n{name}\n".encode() + b")\x81" + pickle.dumps(state, 2)[2:-1] + b"b"


def wrapper(filename, module=MODULE, **changes):
    """What stood for an array; `changes` to its other attributes, DROP for what to leave out."""
    state = {"filename": filename, "subclass": np.ndarray, "allow_mmap": True, **changes}
    return built("NDArrayWrapper", state, module)


def zipped_wrapper(filename, array, module=MODULE, **changes):
    """What stood for an array with compression."""
    _, init_args, state = array.__reduce__()
    attributes = {"filename": filename, "init_args": init_args, "state": state[:-1], **changes}
    return built("ZNDArrayWrapper", attributes, module)


DROP = ...


def pickle_of(*parts):
    """A pickle of protocol 2: the list of them."""
    return b"\x80\x02(" + b"".join(parts) + b"l."


def write_plain(directory, arrays, name="old.pkl", **changes):
    """Write a list of arrays as without compression; return the main file's path."""
    parts = []
    for i, array in enumerate(arrays, 1):
        side = f"{name}_{i:02}.npy"
        np.save(directory / side, np.asarray(array))
        parts.append(wrapper(side, subclass=type(array), **changes))
    (directory / name).write_bytes(pickle_of(*parts))
    return directory / name


def write_zipped(directory, arrays, name="old.pkl.z"):
    """Write a list of arrays as with compression; return the main file's path."""
    parts = []
    for i, array in enumerate(arrays, 1):
        side = f"{name}_{i:02}.npy.z"
        (directory / side).write_bytes(zfile(array.__reduce__()[2][-1]))
        parts.append(zipped_wrapper(side, array))
    (directory / name).write_bytes(zfile(pickle_of(*parts)))
    return directory / name


def error_of_old(source, **kwargs):
    """What loading raises; a warning of a "ZF" file comes with it, and is not the subject."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        result, found = error_of(fastjoblib.load, source, **kwargs)
    assert found is not None, result
    return found
