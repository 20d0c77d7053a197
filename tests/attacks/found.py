# SPDX-License-Identifier: BSD-3-Clause
"""What got past our own scanner at one time."""

import struct

from attacks import assemble as a
from attacks.containers import named_in_zip

# They name nothing dangerous.
SUSPICIOUS = {"npy-wrapper", "memory-asarray", "memory-add", "memory-float64", "logger-state"}
NEEDS = {"npy-strings": "numpy.strings"}  # NumPy 2


def npy(descr, data):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


def headers(mark):
    """Types of objects in an .npy file that are not spelled O."""
    evil = a.pickled(a.run("os", "system", mark.command))
    for name, descr in (
        ("escape", r"'|\x4f'"),
        ("octal", r"'|\117'"),
        ("unicode", r"'\u004f'"),
        ("two-strings", r"'|' '\x4f'"),
        ("field", r"[('a', '<i4'), ('b', [('c', '\x4f')])]"),
    ):
        yield f"npy-{name}", f"an .npy file of type {descr}", npy(descr, evil), ".npy", "numpy"
    yield "npy-strings", "an .npy file of type 'T'", npy("'T'", evil), ".npy", "numpy"
    yield "npz-escape", "an escaped type in an .npz file", named_in_zip("b.npy", npy(r"'|\x4f'", evil)), ".npz", "npz"
    code = b"0" + a.run("os", "system", mark.command) + b"."
    dtype = a.run("numpy", "dtype", "u1")
    array = a.instance("joblib.numpy_pickle", "NumpyArrayWrapper") + a.dict_of(
        subclass=a.named("numpy", "ndarray"), shape=a.plain((len(code),)), order=a.text("C"), dtype=dtype
    )
    behind = npy("'|O'", a.pickled(array, b"b", code))
    yield "npy-wrapper", "in the bytes of joblib's array in an .npy file, which NumPy loads", behind, ".npy", "numpy"


def called_methods(mark):
    """Functions that call what their argument has by a certain name, or believe what it says."""
    namespace = a.run("types", "SimpleNamespace")
    memmap = a.named("numpy", "memmap")
    opened = a.call(a.named("numpy", "reshape"), namespace + a.dict_of(reshape=memmap) + b"b", a.text(mark.path))
    yield "reshape-memmap", "numpy.reshape, which calls a method of its argument", opened, "it needs a file to change"
    memory = {"shape": (1,), "typestr": "<i8", "data": (4096, False), "version": 3}
    array = namespace + a.dict_of(__array_interface__=a.plain(memory)) + b"b"
    for name in ("asarray", "add", "float64"):
        read = a.call(a.named("numpy", name), *[array] * (1 + (name == "add")))
        yield f"memory-{name}", f"numpy.{name} of what says to be an array at an address", read, "it crashes"
    silent = a.run("logging", "getLogger") + a.dict_of(disabled=b"\x88") + b"b"
    yield "logger-state", "a state for the logger of the whole process", silent, "it turns off the log"


def build(mark):
    for name, shows, data, why_not in called_methods(mark):
        yield a.Attack("found", name, shows, a.pickled(data), loader=None, why_not=why_not)
    for name, shows, data, suffix, loader in headers(mark):
        yield a.Attack("found", name, shows, data, loader, suffix, needs=NEEDS.get(name, ""))
