"""What a file may do with a name: the vocabulary of the policies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ANY_STATE",
    "APPEND",
    "ARGS",
    "BUILD",
    "CALL",
    "INSTANCE",
    "NEW",
    "SETITEM",
    "SLOTS",
    "VALUE",
    "Refused",
    "Rule",
]

# The same numbers as in csrc/pickle/policy.h.
NEW = 1  # NEWOBJ without arguments
CALL = 2  # REDUCE
BUILD = 4  # a state: a dict of attributes
ANY_STATE = 8  # any other state, too
SLOTS = 16  # a state for slots, too
APPEND = 32
SETITEM = 64
ARGS = 128  # NEWOBJ with arguments


class Refused(ValueError):
    """A value is not what the code that will use it needs."""


@dataclass(frozen=True)
class Rule:
    """What may be done with one class or function.

    Parameters
    ----------
    flags : int
        The sum of what is allowed; with none of them a name is a value, and no more.
    check_call : callable, optional
        Called with the tuple of arguments (and a dict, for NEWOBJ_EX) before the call.
    check_state : callable, optional
        Called with the object and its state before BUILD.
    check_final : callable, optional
        Called once, after all has been built, with a list of all objects of exactly
        this class (or of all that this function has made).
    """

    flags: int = 0
    check_call: Callable[..., None] | None = None
    check_state: Callable[[Any, Any], None] | None = None
    check_final: Callable[[list[Any]], None] | None = None


INSTANCE = Rule(NEW | BUILD)
VALUE = Rule()
