# SPDX-License-Identifier: BSD-3-Clause
"""The whole corpus: files that are not what they seem, each of which does no more than to leave a marker."""

import pathlib
import pickle

from attacks import containers, found, libraries, opcodes, several_calls, standard_library, tester


class Mark:
    """What payloads do: make a file, in whatever way they can."""

    def __init__(self, path, second):
        self.path = str(path)
        self.second = str(second)  # a pickle that makes it, for what loads other files
        self.command = f"echo >{self.path}"
        self.code = f"open({self.path!r}, 'w').close()"
        self.expression = f"open({self.path!r}, 'w').close()"


def attacks(path, second):
    """All of them, in a fixed order; `path`: the marker; `second`: where write_second puts its file."""
    mark = Mark(path, second)
    parts = (opcodes, standard_library, several_calls, containers, libraries, tester, found)
    built = [attack for part in parts for attack in part.build(mark)]
    assert len({attack.name for attack in built}) == len(built)
    return built


def write_second(path, second):
    pathlib.Path(second).write_bytes(pickle.dumps(opcodes.Reduced(exec, Mark(path, second).code)))


def write(folder, path, second):
    """Write every file; return pairs of an attack and its file."""
    written = []
    for number, attack in enumerate(attacks(path, second)):
        file = pathlib.Path(folder) / f"{number:03}{attack.suffix}"
        file.write_bytes(attack.data)
        written.append((attack, file))
    return written
