"""Checks of what Python's own classes and functions are called with."""

import array
import enum
import re
import sys
import zoneinfo
from collections import Counter, OrderedDict
from typing import Any

from fastjoblib._safe.checks.arguments import takes
from fastjoblib._safe.checks.values import shown
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_attribute",
    "check_bytes",
    "check_counter",
    "check_default_dict",
    "check_deque",
    "check_encode",
    "check_flags",
    "check_fraction",
    "check_mersenne_twister",
    "check_partial",
    "check_partial_state",
    "check_path",
    "check_pattern",
    "check_struct_time",
    "check_typed_array",
    "check_typed_array_restored",
    "check_uuid",
    "check_zone",
]

# What a defaultdict may make of a key that it has not got.
_FACTORIES = (None, bool, dict, float, int, list, set, str, tuple, Counter, OrderedDict)
# re.DEBUG, which is missing, prints.
_FLAGS = re.A | re.I | re.L | re.M | re.S | re.U | re.X
# Compiling takes time: a pattern of either kind takes some milliseconds at most.
_LONGEST_PATTERN, _MOST_RANGES = 5_000, 4
_MT19937_WORDS = 625


def check_encode(args: tuple[Any, ...]) -> None:
    """Allow what protocols before 3 write for bytes."""
    if len(args) != 2 or type(args[0]) is not str or args[1] != "latin1":
        raise Refused(f"expected text and 'latin1' for codecs.encode, found {shown(args)}")


def check_bytes(args: tuple[Any, ...]) -> None:
    """Refuse a number, for which bytes and bytearray take memory at once."""
    if args and (type(args[0]) not in (bytes, bytearray, str) or args[1:] not in ((), ("latin-1",), ("latin1",))):
        raise Refused(f"expected bytes, or text and 'latin-1', found {shown(args)}")


def check_counter(args: tuple[Any, ...]) -> None:
    """Allow a dict, whose keys have been checked; of anything else, Counter counts the items."""
    if len(args) > 1 or any(type(arg) is not dict for arg in args):
        raise Refused(f"expected a dict for collections.Counter, found {shown(args[0])}")


def check_default_dict(args: tuple[Any, ...]) -> None:
    """Allow to make empty containers and zeros."""
    if len(args) > 1 or not all(any(arg is each for each in _FACTORIES) for arg in args):
        raise Refused(f"expected a class that makes empty objects for collections.defaultdict, found {shown(args)}")


def check_deque(args: tuple[Any, ...]) -> None:
    """Refuse what may be iterated over without end."""
    takes("collections.deque", (list, tuple), (int, type(None)), least=0)(args)


def check_fraction(args: tuple[Any, ...]) -> None:
    """Allow two integers, or text that is short enough for int()."""
    if len(args) == 1:
        takes("fractions.Fraction", str)(args)
        if re.fullmatch(r"-?\d{1,1000}(/\d{1,1000})?", args[0], re.ASCII) is None:
            raise Refused(f"expected a fraction of whole numbers, found {shown(args[0])}")
    else:
        takes("fractions.Fraction", int, int)(args)


def check_path(args: tuple[Any, ...]) -> None:
    """Demand the parts of a path."""
    takes("pathlib.Path", *[str] * len(args))(args)


def check_pattern(args: tuple[Any, ...]) -> None:
    """Allow to compile a pattern; that it can be slow to match is not checked."""
    takes("re.compile", (str, bytes), int)(args)
    if args[1] & ~_FLAGS or len(args[0]) > _LONGEST_PATTERN:
        raise Refused(f"expected a short pattern and its flags, found {shown(args[1])} and {len(args[0])} characters")
    if isinstance(args[0], str) and args[0].count("-") > _MOST_RANGES:  # each is looked at letter by letter
        if not args[0].isascii() or re.search(r"\\[0-9uUxN]", args[0]):
            raise Refused(f"expected a pattern with few ranges of letters, found {args[0].count('-')}")


def check_mersenne_twister(obj: Any, state: Any) -> None:
    """Demand what random.Random.setstate takes, at once: versions 2 and 3."""
    if type(state) is not tuple or len(state) != 3:
        raise Refused(f"expected 3 parts for the state of random.Random, found {shown(state)}")
    words = state[1]
    good = type(words) is tuple and len(words) == _MT19937_WORDS and all(type(word) is int for word in words)
    if not good or state[0] not in (2, 3) or type(state[2]) not in (float, type(None)):
        raise Refused(f"expected a version, {_MT19937_WORDS} integers and a number for random.Random")


def check_struct_time(args: tuple[Any, ...]) -> None:
    """Allow numbers, and a dict of the fields that are no items."""
    takes("time.struct_time", tuple, dict, least=1)(args)
    for value in args[0]:
        if type(value) is not int:
            raise Refused(f"expected numbers for time.struct_time, found {shown(value)}")


def check_typed_array_restored(args: tuple[Any, ...]) -> None:
    """Demand what protocols from 3 on write for array.array."""
    takes("array._array_reconstructor", type, str, int, bytes)(args)
    if args[0] is not array.array:
        raise Refused(f"expected array.array, found {args[0].__name__}")


def check_typed_array(args: tuple[Any, ...]) -> None:
    """Demand what protocols before 3 write for array.array."""
    takes("array.array", str, (list, bytes, str), least=1)(args)


def check_uuid(obj: Any, state: Any) -> None:
    """Demand an integer, by which it is hashed and compared."""
    if type(state) is not dict or type(state.get("int")) is not int or not 0 <= state["int"] < 1 << 128:
        raise Refused(f"expected the integer of a uuid.UUID, found {shown(state)}")


def check_attribute(args: tuple[Any, ...]) -> None:
    """Allow getattr(ZoneInfo, '_unpickle'), which is how Python pickles time zones, and of an enum its members.

    Python 3.11.0 to 3.11.3 pickle members so.
    """
    if len(args) == 2 and type(args[1]) is str:
        owner, name = args
        if (owner is zoneinfo.ZoneInfo and name == "_unpickle") or (
            isinstance(owner, enum.EnumMeta) and name in owner.__members__
        ):
            return
    raise Refused(f"expected ZoneInfo and '_unpickle', or an enum and a member, for getattr, found {shown(args)}")


def check_flags(args: tuple[Any, ...]) -> None:
    """Allow members of one enum of flags, which Python 3.11.0 to 3.11.3 write so when they are set together."""
    if len(args) != 2 or not isinstance(args[0], enum.Flag) or type(args[0]) is not type(args[1]):
        raise Refused(f"expected two flags of one enum for operator.or_, found {shown(args)}")


def check_zone(args: tuple[Any, ...]) -> None:
    """Demand a name like Europe/Berlin: a file of that name is read where the system has its time zones."""
    takes("ZoneInfo._unpickle", str, (int, bool))(args)
    if len(args[0]) > 100 or re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,3}", args[0]) is None:
        raise Refused(f"expected the name of a time zone, found {shown(args[0])}")


def check_partial(args: tuple[Any, ...]) -> None:
    """Allow one function: histogram boosting has a partial of it for its columns of numbers."""
    module = sys.modules.get("sklearn.utils.validation")
    if module is None or len(args) != 1 or args[0] is not module.check_array:
        raise Refused(f"expected a partial of sklearn.utils.validation.check_array, found {shown(args)}")


def check_partial_state(obj: Any, state: Any) -> None:
    """Allow the same function, with keywords only."""
    if type(state) is not tuple or len(state) != 4 or state[1] != () or state[3] is not None:
        raise Refused(f"expected a function and its keywords for functools.partial, found {shown(state)}")
    check_partial(state[:1])
    if type(state[2]) is not dict or not all(type(key) is str for key in state[2]):
        raise Refused(f"expected keywords for functools.partial, found {shown(state[2])}")
