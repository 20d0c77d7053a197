"""The type of `mmap_mode`, apart from what maps files, which most programs never import."""

from typing import Literal

__all__ = ["MmapMode"]

MmapMode = Literal["r+", "r", "w+", "c"]
