"""Imports that wait until something is needed, so that saving and loading begin at once.

A process that is forked meanwhile would find the module half imported, and the lock of its import taken for ever, so
that a fork waits for them.
"""

import importlib
import os
from _thread import RLock
from typing import Any

__all__ = ["import_later"]

# Reentrant: what is imported imports later ones in its turn, and may fork.
_lock = RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def import_later(name: str) -> Any:
    """Return a module, and import it before if nobody has."""
    with _lock:
        return importlib.import_module(name)
