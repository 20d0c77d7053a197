# SPDX-License-Identifier: BSD-3-Clause
"""python read.py TOOL DIRECTORY=WRITER...: read what each tool wrote into its directory, and compare.

Prints one line of JSON per directory: how many reads it were, and what went wrong with which file. What was loaded is
compared with the objects as they are built here, whose descriptions must be those that the writer left.
"""

import json
import os
import sys

import numpy as np
from describe import describe, difference
from layout import DESCRIPTIONS, MAPPED, SEED, file_name, files_of, limit_memory, tool_named
from objects import build


def is_mapped(value):
    """Whether an array, or the first array in a list, is mapped from its file."""
    while isinstance(value, (list, tuple)):
        value = value[-1]
    return isinstance(value, np.memmap)


def failure_of(library, path, expected, mode, must_map):
    """Load `path`; return None, or what is wrong."""
    try:
        value = library.load(path) if mode is None else library.load(path, mmap_mode=mode)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if must_map and not is_mapped(value):
        return "not mapped from the file"
    return difference(describe(value), expected)


def read_all(library, directory, writer, expected):
    failures = {}
    reads = 0
    with open(os.path.join(directory, DESCRIPTIONS)) as file:
        different = difference(json.load(file), expected)
    if different:
        failures[DESCRIPTIONS] = different
    for name, protocol, compression in files_of(writer, expected):
        file = file_name(name, protocol, compression)
        modes = (None, "r") if name in MAPPED else (None,)
        for mode in modes:
            reads += 1
            must_map = mode is not None and writer != "pickle"
            failure = failure_of(library, os.path.join(directory, file), expected[name], mode, must_map)
            if failure is not None:
                failures[file if mode is None else file + " mapped"] = failure
    return {"directory": directory, "reads": reads, "failures": failures}


def main(tool, *directories):
    limit_memory()
    library = tool_named(tool)
    expected = {name: describe(value) for name, value in build(SEED).items()}
    for argument in directories:
        directory, writer = argument.split("=")
        print(json.dumps(read_all(library, directory, writer, expected)), flush=True)


main(*sys.argv[1:])
