"""Imports that wait until something is needed, so that saving and loading begin at once.

A process that is forked meanwhile would find the module half imported, and the lock of its import taken for ever, so
that a fork waits for them.
"""

import importlib
import os
from _thread import RLock
from typing import Any

__all__ = ["fork_lock", "import_later"]

# A fork waits for whoever holds it.  There is one for all, made at once: of a module that is imported while another
# thread already forks, the lock would not be taken by that fork any more.
# Reentrant: what is imported imports others in its turn, and destructors of garbage may come here at any time.
fork_lock = RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=fork_lock.acquire, after_in_parent=fork_lock.release, after_in_child=fork_lock.release
    )


def import_later(name: str) -> Any:
    """Return a module, and import it before if nobody has."""
    with fork_lock:
        return importlib.import_module(name)
