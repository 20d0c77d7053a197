# SPDX-License-Identifier: BSD-3-Clause
"""What a case is, and the cases of scalars, text and bytes."""

import dataclasses
import math
import struct
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Case:
    """A named value, built anew for every test.

    Attributes
    ----------
    name : str
    build : callable
        Makes the value.
    least_protocol : int
        Below it stock joblib raises, or loads something else; conformance is tested for all.
    loads_as : callable or None
        From the value, what loading gives, where that is not equal to the value.
    """

    name: str
    build: Callable
    least_protocol: int = 0
    loads_as: Callable | None = None

    def __str__(self):
        return self.name


def constant(name, value):
    return Case(name, lambda: value)


def edges(*powers):
    return [sign * (2**p) + d for p in powers for sign in (1, -1) for d in (-1, 0, 1)]


INTS = sorted({*range(-3, 4), *edges(7, 8, 15, 16, 31, 32, 63, 64, 127), 10**40, -(10**40)})
LONG_INTS = edges(255 * 8 - 1, 256 * 8 - 1, 4000)
HUGE_INTS = [2**80_000, -(2**80_001)]
FLOATS = [
    *(0.0, -0.0, 1.0, -1.5, 0.1, 1e300, -1e-300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e16, 1e22),
    *(math.inf, -math.inf, math.nan, math.pi),
]

SCALARS = [
    *(constant(f"int {n}: {i.bit_length()} bits", i) for n, i in enumerate(INTS)),
    *(constant(f"long int {n}: {i.bit_length()} bits", i) for n, i in enumerate(LONG_INTS)),
    # more digits than int() takes from text
    *(Case(f"huge int {i.bit_length()} bits", lambda i=i: i, 2) for i in HUGE_INTS),
    *(constant(f"float {x!r}", x) for x in FLOATS),
    *(constant(f"{x!r}", x) for x in (None, True, False, ..., NotImplemented)),
    *(constant(f"complex {z!r}", z) for z in (0j, complex(-0.0, math.inf), complex(math.nan, 1), 1 + 2j)),
    *(constant(f"{x!r}", x) for x in (range(0), range(10), range(1, 2**70, 3), slice(None), slice(1, None, [2]))),
]
# the sign and payload of a NaN are bits like any others, but text protocols cannot keep them
SIGNED_NAN = Case("negative NaN with payload", lambda: struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\xff")[0], 1)
SCALARS.append(SIGNED_NAN)

LENGTHS = (0, 1, 2, 254, 255, 256, 257, 65_534, 65_535, 65_536, 65_537, 70_000, 200_000)
ALPHABETS = {"ascii": "a", "latin": "\xe9", "two bytes": "\u03b1", "three bytes": "\u20ac", "four bytes": "\U0001f600"}
ODD_TEXT = {
    "lone surrogate": "\ud800",
    "low surrogate among text": "a\udcffb",
    "pair of surrogates": "\ud83d\ude00",
    "escapes of protocol 0": "\\ \\u0041 \\N{DASH} \n \r \0 \x1a \x1b ' \"",
    "all of latin-1": "".join(map(chr, range(256))),
    "around the BMP": "\ufffe\uffff\U00010000\U0010ffff",
    "byte order mark": "\ufeffa",
    "identifier": "identifier",
    "trailing backslash": "path\\",
}


def text_of_nbytes(letter, nbytes):
    """The longest text of `letter`s, filled up with "x", that is `nbytes` long in UTF-8."""
    size = len(letter.encode())
    return letter * (nbytes // size) + "x" * (nbytes % size)


TEXT = [
    *(
        Case(f"{name}, {n} bytes", lambda letter=letter, n=n: text_of_nbytes(letter, n))
        for name, letter in ALPHABETS.items()
        for n in LENGTHS
    ),
    *(constant(name, text) for name, text in ODD_TEXT.items()),
]

BYTES = [
    *(Case(f"bytes of {n}", lambda n=n: bytes(i * 7 % 256 for i in range(n))) for n in LENGTHS),
    *(Case(f"bytearray of {n}", lambda n=n: bytearray(i * 11 % 256 for i in range(n))) for n in LENGTHS),
    Case("one bytes object thrice", lambda: [b"shared" * 50] * 3),
    Case("one bytearray thrice", lambda: [bytearray(b"shared" * 50)] * 3),
    Case("empty bytes thrice", lambda: [b"", b"", bytearray(), bytearray()]),
]
