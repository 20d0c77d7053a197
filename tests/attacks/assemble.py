# SPDX-License-Identifier: BSD-3-Clause
"""Pickles by hand: each function returns opcodes that leave one object on the stack."""

import dataclasses
import pickle
import struct

STOP = b"."


@dataclasses.dataclass(frozen=True)
class Attack:
    """One file of the corpus.

    `loader` says how the payload is set off, see run_payloads.py; None: it is not, for the reason
    `why_not`.  What needs a module that this Python lacks is not set off either.
    """

    group: str
    name: str
    shows: str  # in one line
    data: bytes
    loader: str | None = "pickle"
    suffix: str = ".pkl"
    why_not: str = ""
    needs: str = ""

    def __post_init__(self):
        assert (self.loader is None) == bool(self.why_not)


def text(value):
    """A string of any length."""
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def short(value):
    data = value.encode("utf-8")
    return b"\x8c" + bytes([len(data)]) + data


def plain(value):
    """Whatever pickle can write, without PROTO, FRAME, MEMOIZE and STOP."""
    return pickle.dumps(value, 2)[2:-1] if not isinstance(value, str) else text(value)


def tuple_of(*items):
    return b"(" + b"".join(items) + b"t"


def named(module, name):
    """The opcode GLOBAL."""
    return f"c{module}\n{name}\n".encode()


def looked_up(module, name):
    """The opcode STACK_GLOBAL."""
    return short(module) + short(name) + b"\x93"


def dotted(module, path):
    """An attribute of an attribute: only protocol 4 walks them."""
    return looked_up(module, path)


def call(function, *arguments):
    """REDUCE; the arguments are opcodes."""
    return function + tuple_of(*arguments) + b"R"


def run(module, name, *arguments):
    """Call a global with plain arguments."""
    return call(named(module, name), *map(plain, arguments))


def instance(module, name, *arguments):
    """NEWOBJ."""
    return named(module, name) + tuple_of(*arguments) + b"\x81"


def dict_of(**items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def pickled(*parts, protocol=2):
    return b"\x80" + bytes([protocol]) + b"".join(parts) + STOP


def framed(data):
    return b"\x95" + struct.pack("<Q", len(data)) + data
