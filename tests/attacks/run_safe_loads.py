# SPDX-License-Identifier: BSD-3-Clause
"""Load every file of the corpus with safe_load, each in a process of its own, which must not die.

This is for a process of its own, too.
"""

import json
import os
import resource
import sys
import warnings

import fastjoblib
from attacks import corpus
from fastjoblib._safe.policy import POLICIES

SECONDS = 20


def outcome(attack, path):
    """What the last load of the file said: all pickles of a stream are loaded, as a careless program would."""
    try:
        if attack.loader in ("pickle", None):
            with open(path, "rb") as file:
                while True:
                    fastjoblib.safe_load(file, POLICIES)
        fastjoblib.safe_load(path, POLICIES)
    except fastjoblib.FastjoblibError as error:
        return type(error).__name__
    except Exception as error:
        return f"{type(error).__module__}.{type(error).__name__}: {error}"
    return "loaded"


def in_child(attack, path):
    """The outcome, or how the process ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.write(writer, outcome(attack, path).encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return said if status == 0 else f"died with status {status}"


def main(folder):
    """Print the outcomes by name, and whether a payload has run."""
    warnings.simplefilter("ignore")
    import sklearn.ensemble  # noqa: F401  # once, and not in each child

    marker, second = folder / "marker", folder / "second"
    files = folder / "files"
    files.mkdir()
    corpus.write_second(marker, second)
    outcomes = {}
    for attack, path in corpus.write(files, marker, second):
        outcomes[attack.name] = in_child(attack, path)
        if marker.exists():
            outcomes[attack.name] += ", and the payload has run"
            marker.unlink()
    json.dump(outcomes, sys.stdout)
