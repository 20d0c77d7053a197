"""Checks of calls: as many arguments as there should be, and of these types."""

from collections.abc import Callable
from typing import Any

from fastjoblib._safe.checks.values import shown
from fastjoblib._safe.rules import Refused

__all__ = ["takes"]

_Kind = type | tuple[type, ...]


def takes(name: str, *kinds: _Kind, least: int | None = None) -> Callable[[tuple[Any, ...]], None]:
    """Return a check of what a function, or a class, is called with.

    Parameters
    ----------
    name : str
        Of the function, for messages.
    *kinds : type or tuple of types
        Of each argument; subclasses are accepted too, of which a policy has none that
        do harm.
    least : int, optional
        How many arguments there must be, where the last ones may be missing.
    """
    least = len(kinds) if least is None else least

    def check(args: tuple[Any, ...]) -> None:
        if not least <= len(args) <= len(kinds) or not all(map(isinstance, args, kinds)):
            found = ", ".join(map(shown, args))
            raise Refused(f"{name} takes ({', '.join(map(_words, kinds))}), found ({found:.200})")

    return check


def _words(kind: _Kind) -> str:
    return kind.__name__ if isinstance(kind, type) else " | ".join(each.__name__ for each in kind)
