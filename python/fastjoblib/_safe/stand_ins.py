"""What a file gets in place of globals that a model could misuse, when it calls what it holds.

A model calls functions with the data that it is given, and with keywords of the
file's: one that held `lightgbm.Booster` could read a file.
"""

import zoneinfo
from collections.abc import Callable
from typing import Any

__all__ = ["STAND_INS"]


def _only_instances(cls: Any) -> Any:
    """Return a class that makes empty instances of another one, and does nothing else."""

    class StandIn:
        def __new__(stand_in: Any) -> Any:
            return cls.__new__(cls)

    StandIn.__qualname__ = StandIn.__name__ = cls.__name__
    return StandIn


def _zones_only(function: Any) -> Any:
    """Return what stands for getattr, for the one method that pickles of time zones ask for."""

    def unpickle_of(cls: Any, name: Any) -> Any:
        if cls is not zoneinfo.ZoneInfo or name != "_unpickle":
            raise TypeError(f"expected ZoneInfo and '_unpickle', found {cls!r:.100} and {name!r:.100}")
        return function(cls, name)

    return unpickle_of


STAND_INS: dict[str, Callable[[Any], Any]] = {
    "builtins.getattr": _zones_only,
    "lightgbm.basic.Booster": _only_instances,
    "xgboost.core.Booster": _only_instances,
}
