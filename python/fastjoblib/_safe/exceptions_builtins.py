"""Names of Python that need more than the default rule."""

from typing import Any

from fastjoblib._safe.rules import ARGS, BUILD, CALL, NEW, SETITEM, Refused, Rule

__all__ = ["RULES"]


def _check_encode(args: tuple[Any, ...]) -> None:
    """Allow what protocols before 3 write for bytes."""
    if len(args) != 2 or type(args[0]) is not str or args[1] != "latin1":
        raise Refused(f"expected text and 'latin1' for codecs.encode, found {args!r:.100}")


def _check_bytes(args: tuple[Any, ...]) -> None:
    """Refuse a number, for which bytes and bytearray take memory at once."""
    if args and (type(args[0]) not in (bytes, bytearray, str) or args[1:] not in ((), ("latin-1",), ("latin1",))):
        raise Refused(f"expected bytes, or text and 'latin-1', found {args!r:.100}")


def _check_numbers(args: tuple[Any, ...]) -> None:
    if len(args) != 2 or {type(args[0]), type(args[1])} != {float}:
        raise Refused(f"expected two floats, found {args!r:.100}")


RULES: dict[str, Rule] = {
    "_codecs.encode": Rule(CALL | ARGS, _check_encode),
    "builtins.complex": Rule(CALL | ARGS, _check_numbers),
    "builtins.bytearray": Rule(CALL | ARGS, _check_bytes),
    "builtins.bytes": Rule(CALL | ARGS, _check_bytes),
    # The items of the list that they are called with are checked as keys are.
    "builtins.frozenset": Rule(CALL | ARGS),
    "builtins.object": Rule(NEW),
    "builtins.set": Rule(CALL | ARGS),
    "collections.OrderedDict": Rule(NEW | CALL | BUILD | SETITEM),
    "copyreg._reconstructor": Rule(CALL | ARGS),
}
