"""Types of arguments, apart from what they are for, which most programs never import."""

from collections.abc import Iterable
from types import ModuleType
from typing import Literal

__all__ = ["ByValue", "MmapMode"]

ByValue = bool | Iterable[str | ModuleType]
"""False, True for `__main__` alone, or what else than `__main__` is written by value."""

MmapMode = Literal["r+", "r", "w+", "c"]
