"""Names of Python that need more than the default rule."""

import builtins
import datetime
from types import NoneType

from fastjoblib._inspect.safe_python import PYTHON
from fastjoblib._safe.checks import standard_library as checks
from fastjoblib._safe.checks.arguments import takes
from fastjoblib._safe.rules import (
    ANY_STATE,
    APPEND,
    ARGS,
    BUILD,
    CALL,
    KEY,
    NEW,
    SETITEM,
    Rule,
)

__all__ = ["RULES"]

_BOUND = (int, float, str, NoneType)
_TEXTS = Rule(NEW | ARGS, takes("a part of a URL", *[(str, bytes, NoneType)] * 6, least=2))


def _address(name: str) -> Rule:
    return Rule(CALL | ARGS | KEY, takes(name, (int, str)))


RULES: dict[str, Rule] = {
    "_codecs.encode": Rule(CALL | ARGS, checks.check_encode),
    "_operator.or_": Rule(CALL | ARGS, checks.check_flags),
    "array._array_reconstructor": Rule(CALL | ARGS, checks.check_typed_array_restored),
    "array.array": Rule(CALL | ARGS, checks.check_typed_array),
    "builtins.bytearray": Rule(CALL | ARGS, checks.check_bytes),
    "builtins.bytes": Rule(CALL | ARGS, checks.check_bytes),
    "builtins.complex": Rule(CALL | ARGS, takes("complex", float, float)),
    # The items of the list that they are called with are checked as keys are.
    "builtins.frozenset": Rule(CALL | ARGS),
    "builtins.getattr": Rule(CALL | ARGS, checks.check_attribute),
    "builtins.object": Rule(NEW),
    "builtins.range": Rule(CALL | ARGS, takes("range", int, int, int)),
    "builtins.set": Rule(CALL | ARGS),
    "builtins.slice": Rule(CALL | ARGS, takes("slice", _BOUND, _BOUND, _BOUND)),
    "collections.Counter": Rule(NEW | CALL | ARGS | BUILD | SETITEM, checks.check_counter),
    "collections.OrderedDict": Rule(NEW | CALL | BUILD | SETITEM),
    "collections.defaultdict": Rule(CALL | ARGS | SETITEM, checks.check_default_dict),
    "collections.deque": Rule(CALL | ARGS | APPEND, checks.check_deque),
    "copyreg._reconstructor": Rule(CALL | ARGS),
    "datetime.date": Rule(CALL | ARGS | KEY, takes("datetime.date", (bytes, str))),
    "datetime.datetime": Rule(CALL | ARGS | KEY, takes("datetime.datetime", (bytes, str), datetime.tzinfo, least=1)),
    "datetime.time": Rule(CALL | ARGS | KEY, takes("datetime.time", (bytes, str), datetime.tzinfo, least=1)),
    "datetime.timedelta": Rule(CALL | ARGS | KEY, takes("datetime.timedelta", int, int, int)),
    "datetime.timezone": Rule(CALL | ARGS | KEY, takes("datetime.timezone", datetime.timedelta, str, least=1)),
    "decimal.Decimal": Rule(CALL | ARGS, takes("decimal.Decimal", str)),
    "fractions.Fraction": Rule(CALL | ARGS | KEY, checks.check_fraction),
    "functools.partial": Rule(CALL | ARGS | BUILD | ANY_STATE, checks.check_partial, checks.check_partial_state),
    "ipaddress.IPv4Address": _address("ipaddress.IPv4Address"),
    "ipaddress.IPv4Interface": _address("ipaddress.IPv4Interface"),
    "ipaddress.IPv4Network": _address("ipaddress.IPv4Network"),
    "ipaddress.IPv6Address": _address("ipaddress.IPv6Address"),
    "ipaddress.IPv6Interface": _address("ipaddress.IPv6Interface"),
    "ipaddress.IPv6Network": _address("ipaddress.IPv6Network"),
    **{f"pathlib.{name}": Rule(CALL | ARGS | KEY, checks.check_path) for name in PYTHON["pathlib"].split()},
    "random.Random": Rule(CALL | BUILD | ANY_STATE, check_state=checks.check_mersenne_twister),
    "re._compile": Rule(CALL | ARGS, checks.check_pattern),
    "time.struct_time": Rule(CALL | ARGS, checks.check_struct_time),
    "types.SimpleNamespace": Rule(NEW | CALL | BUILD),
    "urllib.parse.DefragResult": _TEXTS,
    "urllib.parse.DefragResultBytes": _TEXTS,
    "urllib.parse.ParseResult": _TEXTS,
    "urllib.parse.ParseResultBytes": _TEXTS,
    "urllib.parse.SplitResult": _TEXTS,
    "urllib.parse.SplitResultBytes": _TEXTS,
    "uuid.UUID": Rule(NEW | BUILD | KEY, check_state=checks.check_uuid),
    "zoneinfo.ZoneInfo": Rule(KEY),
    "zoneinfo.ZoneInfo._unpickle": Rule(CALL | ARGS, checks.check_zone),
}

RULES |= {
    f"builtins.{name}": Rule(CALL | ARGS | BUILD)
    for name in PYTHON["builtins"].split()
    if isinstance(cls := getattr(builtins, name), type) and issubclass(cls, BaseException)
}
