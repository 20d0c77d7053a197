# SPDX-License-Identifier: BSD-3-Clause
"""python write.py DIRECTORY TOOL: write the objects with one of the tools, and describe them."""

import json
import os
import sys

from describe import describe
from layout import (
    COMPRESSIONS,
    COMPRESSIONS_OF_OURS,
    DESCRIPTIONS,
    SEALED,
    SEED,
    file_name,
    files_of,
    limit_memory,
    tool_named,
)
from objects import build


def main(directory, tool):
    limit_memory()
    library = tool_named(tool)
    objects = build(SEED)
    compressions = {**COMPRESSIONS, **COMPRESSIONS_OF_OURS, **SEALED}
    os.makedirs(directory)
    for name, protocol, compression in files_of(tool, objects):
        path = os.path.join(directory, file_name(name, protocol, compression))
        arguments = {} if compression == "none" else {"compress": compressions[compression]}
        if compression in SEALED:
            arguments["seal"] = True
        library.dump(objects[name], path, protocol=protocol, **arguments)
    with open(os.path.join(directory, DESCRIPTIONS), "w") as file:
        json.dump({name: describe(value) for name, value in objects.items()}, file)


main(*sys.argv[1:])
