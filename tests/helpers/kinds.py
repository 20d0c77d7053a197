# SPDX-License-Identifier: BSD-3-Clause
"""Subclasses of built-in types, enums, dataclasses, exceptions: kinds of class that tests pickle by name."""

import collections
import dataclasses
import enum

import numpy as np


class ListChild(list):
    pass


class DictChild(dict):
    pass


class SetChild(set):
    pass


class FrozensetChild(frozenset):
    pass


class TupleChild(tuple):
    pass


class IntChild(int):
    pass


class FloatChild(float):
    pass


class StrChild(str):
    pass


class BytesChild(bytes):
    pass


class BytearrayChild(bytearray):
    pass


class Color(enum.Enum):
    RED = 1
    BLUE = "blue"


class Permission(enum.IntFlag):
    READ = 1
    WRITE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 99


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Data:
    number: int
    items: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Frozen:
    number: int
    text: str = "text"


class Error(Exception):
    def __init__(self, message, code):
        super().__init__(message, code)
        self.code = code


class Array(np.ndarray):
    """An ndarray subclass with an attribute; NumPy's own reduce loses the attribute."""

    def __array_finalize__(self, obj):
        self.unit = getattr(obj, "unit", None)
