"""How much a restricted load may take."""

import functools
import math
from dataclasses import dataclass, fields

__all__ = ["Limits"]

_UNLIMITED = 2**64 - 1


@dataclass(frozen=True)
class Limits:
    """How much a restricted load may take, before it is refused.

    Parameters
    ----------
    memory : int, optional
        Bytes of memory for all objects, as estimated.  By default 1 GiB and 100 times
        the size of the file; without limit where that is not known.
    objects : int
        Opcodes of the pickle, of which an object takes a few.
    depth : int
        How many lists, dicts and other objects of several items may be begun within each
        other, and pickles within pickles.  (What has one item at each level is limited by
        memory alone, and freed without recursion.)
    ratio : float
        How many times as long as a file the data may be that it is decompressed to; 64 MiB
        are always allowed.  Deflate (zlib, gzip) cannot do more than 1,032.
    gc_seconds : float
        How long Python's garbage collector may be paused.
    """

    memory: int | None = None
    objects: int = 1_000_000_000
    depth: int = 10_000
    ratio: float = 1100.0
    gc_seconds: float = 10.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name == "memory":
                continue
            kinds = (int, float) if field.type in (float, "float") else (int,)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise TypeError(f"limits.{field.name} must be a number, not {value!r}")
            if not value > 0 or value == math.inf and kinds == (int,):
                raise ValueError(f"limits.{field.name} must be more than 0, not {value!r}")

    @functools.cached_property
    def in_c(self) -> tuple[float, int, int, int, float]:
        """The limits as C takes them (csrc/pickle/policy.h), where 0 bytes of memory depend on the file's size."""
        memory, objects, depth = (
            min(int(value), _UNLIMITED) for value in (self.memory or 0, self.objects, self.depth)
        )
        return float(self.ratio), memory, objects, depth, float(self.gc_seconds)
