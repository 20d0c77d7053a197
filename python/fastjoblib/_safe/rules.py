"""What a restricted load may do with one global."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ANY_STATE",
    "APPEND",
    "ARGS",
    "BUILD",
    "CALL",
    "HIDE",
    "INSTANCE",
    "KEY",
    "NEW",
    "SETITEM",
    "SLOTS",
    "VALUE",
    "Refused",
    "Rule",
]

# As csrc/pickle/policy.h has them.
NEW = 1  # NEWOBJ without arguments
CALL = 2  # REDUCE without arguments
BUILD = 4  # BUILD with a dict of attributes
ANY_STATE = 8  # BUILD with anything
SLOTS = 16  # BUILD with a dict of slots too
APPEND = 32  # items may be appended
SETITEM = 64  # items may be set
ARGS = 128  # NEWOBJ and REDUCE with arguments
HIDE = 512  # attributes may hide what the class has
KEY = 256  # its instances may be keys: they hash and compare harmlessly


class Refused(ValueError):
    """Raised by checks: its text says what was expected and what was found."""


@dataclass(frozen=True)
class Rule:
    """What a file may do with a class or function, and with what it makes.

    Attributes
    ----------
    flags : int
        What is allowed at all; 0: the file may hold it, but not use it.
    check_call : callable, optional
        ``check_call(args)`` before a call, ``check_call(args, kwargs)`` before one with
        keywords.
    check_state : callable, optional
        ``check_state(obj, state)`` before an object gets its state.
    check_final : callable, optional
        ``check_final(objects)`` when the file has been read, and nothing can change
        any more: all that the class or function has made.
    """

    flags: int = 0
    check_call: Callable[..., None] | None = None
    check_state: Callable[[Any, Any], None] | None = None
    check_final: Callable[[list[Any]], None] | None = None


INSTANCE = Rule(NEW | BUILD)
VALUE = Rule()
