# SPDX-License-Identifier: BSD-3-Clause
"""The tools that write and read, and what both sides must agree on: names of files, protocols, compression."""

import importlib
import os
import pickle

SEED = 20240229
PROTOCOLS = (2, 3, 4, 5)
# joblib's own names of its compressors, with the argument that asks for each
COMPRESSIONS = {
    "zlib": ("zlib", 3),
    "zlib-9": 9,
    "gzip": ("gzip", 3),
    "bz2": ("bz2", 3),
    "lzma": ("lzma", 3),
    "xz": ("xz", 3),
    "lz4": ("lz4", 1),
}
# What fastjoblib writes besides, with the default protocol of most: all methods and levels.
LEVELS = (1, 3, 6, 9)
BLOCK_METHODS = ("zlib", "gzip", "lz4")  # written in blocks, by several threads
COMPRESSIONS_OF_OURS = {
    f"{method}_{level}": (method, level) for method in (*BLOCK_METHODS, "bz2", "lzma", "xz") for level in LEVELS
}
SEALED = {"sealed": 0, **{f"sealed_{method}": (method, 3) for method in (*BLOCK_METHODS, "bz2", "lzma", "xz")}}
DESCRIPTIONS = "descriptions.json"
# Read a second time with mmap_mode="r", which shows whether arrays are found at their place in the file.
MAPPED = ("c_order", "large", "large_f_order", "paddings", "structured")
# Stock joblib may take all memory for a file it does not understand. What the objects need is less than 100 MB.
MEMORY = 4 << 30


class Pickle:
    """C pickle with the interface of the others."""

    @staticmethod
    def dump(value, path, protocol):
        with open(path, "wb") as file:
            pickle.dump(value, file, protocol)


def tool_named(name):
    return Pickle if name == "pickle" else importlib.import_module(name)


def file_name(name, protocol, compression="none"):
    return f"{name}.protocol{protocol}.{compression}"


def files_of(tool, names):
    """Yield name of the object, protocol and compression of each file that `tool` writes."""
    for protocol in PROTOCOLS:
        for name in names:
            yield name, protocol, "none"
        for compression in () if tool == "pickle" else COMPRESSIONS:
            yield "everything", protocol, compression
    for compression, (method, _) in COMPRESSIONS_OF_OURS.items() if tool == "fastjoblib" else ():
        yield "several_blocks" if method in BLOCK_METHODS else "everything", 4, compression
    for compression in SEALED if tool == "fastjoblib" else ():
        for name in ("everything", "several_blocks"):
            yield name, 4, compression


def limit_memory():
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):  # which reserves terabytes of address space
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
