"""What a load does with the seal behind the object: warn, pass it, and say whose script wrote the file."""

import os
import re
import sys
from typing import Any

from fastjoblib._fileobjects import close_read, naming
from fastjoblib._seal.environment import warn_of_mismatch
from fastjoblib._seal.finding import pass_seal, read_seal
from fastjoblib._seal.form import Seal, parse

__all__ = ["leave_behind_seal", "look_at_seal", "look_for_seal", "name_script"]


def leave_behind_seal(fileobj: Any) -> None:
    """Leave a file object behind a seal, where that is behind the compressed data."""
    if getattr(fileobj, "seekable", bool)():
        pass_seal(fileobj)


def look_at_seal(name: str, data: bytes) -> None:
    """Warn of other versions than those in a seal that was found behind a loaded object."""
    _warn(name, parse(data))


def look_for_seal(name: str) -> None:
    """Do the same for a file that is compressed by a method of Python's."""
    _warn(name, _read(name))


def _warn(name: str, seal: Seal | None) -> None:
    if seal is not None:
        warn_of_mismatch(name, seal.digest, seal.facts)


def _read(name: str) -> Seal | None:
    if not os.path.isfile(name):  # a FIFO would wait for another writer
        return None
    file = open(name, "rb")
    try:
        with naming(name):
            return read_seal(file) if file.seekable() else None
    finally:
        close_read(file)


def name_script(name: str, error: AttributeError) -> None:
    """Let an error that `__main__` lacks something name the script that saved the file, if a seal does."""
    if error.obj is not sys.modules["__main__"]:
        return
    seal = _read(name)
    script = None if seal is None else seal.facts.get("main")
    # In a stranger's seal it may be anything.
    if isinstance(script, str) and re.fullmatch(r"[\w.-]{1,200}", script):
        text = str(error).replace("your_module.", f"{script.removesuffix('.py')}.")
        error.args = (f"{text}. The file was saved by {script}",)
