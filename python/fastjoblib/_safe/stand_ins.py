"""What a file gets in place of globals that a model could misuse, when it calls what it holds.

A model calls functions with the data that it is given, and with keywords of the
file's: one that held `lightgbm.Booster` could read a file.
"""

from collections.abc import Callable
from typing import Any

from fastjoblib._safe.checks.standard_library import check_attribute

__all__ = ["STAND_INS"]


def _only_instances(cls: Any) -> Any:
    """Return a class that makes empty instances of another one, and does nothing else."""

    class StandIn:
        def __new__(stand_in: Any) -> Any:
            return cls.__new__(cls)

    StandIn.__qualname__ = StandIn.__name__ = cls.__name__
    return StandIn


def _checked(function: Any) -> Any:
    """Return what stands for getattr: what files may ask of it, models may too."""

    def attribute_of(*args: Any) -> Any:
        check_attribute(args)
        return function(*args)

    return attribute_of


STAND_INS: dict[str, Callable[[Any], Any]] = {
    "builtins.getattr": _checked,
    "lightgbm.basic.Booster": _only_instances,
    "xgboost.core.Booster": _only_instances,
}
