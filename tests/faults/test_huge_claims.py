# SPDX-License-Identifier: BSD-3-Clause
"""Lengths, counts and shapes that the file cannot hold: an error at once, and no memory asked for on their word."""

import pytest
from helpers.run import run_python

# Each process loads every case of a kind with 256 MiB to spare, from bytes, a file, and a stream of unknown length.
LOAD = """
import io, os, pickle, struct, sys, tempfile
import numpy as np
import fastjoblib
from helpers.control import error_of
from helpers.streams import OnlyRead
from helpers.forge import forge

def u32(n): return struct.pack("<I", n)
def u64(n): return struct.pack("<Q", n)

path = os.path.join(tempfile.mkdtemp(), "file")

def everywhere(data):
    with open(path, "wb") as file:
        file.write(data)
    yield "bytes", error_of(fastjoblib.loads, data)
    yield "path", error_of(fastjoblib.load, path)
    yield "map", error_of(fastjoblib.load, path, mmap_mode="r")
    yield "BytesIO", error_of(fastjoblib.load, io.BytesIO(data))
    yield "stream", error_of(fastjoblib.load, OnlyRead(data))
    with open(path, "rb") as file:
        yield "file", error_of(fastjoblib.load, file)

def must_fail(name, data, kinds=(fastjoblib.FastjoblibError,)):
    for where, (result, error) in everywhere(data):
        if not isinstance(error, kinds):
            raise AssertionError(f"{name} from {where}: {result!r}, {error!r}")

limit_memory(256 << 20)
"""

OPCODES = """
for n in (2**31 - 1, 2**32 - 1, 2**28):
    for name, code in [("BINBYTES", b"B"), ("BINUNICODE", b"X")]:
        must_fail((name, n), b"\\x80\\x03" + code + u32(n) + b"short.")
    if n < 2**31:
        must_fail(("LONG4", n), b"\\x80\\x02\\x8b" + u32(n) + b"\\x01.")
        must_fail(("BINSTRING", n), b"T" + u32(n) + b"short.")
for n in (2**32, 2**40, 2**60, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
    for name, code in [("BINBYTES8", 0x8e), ("BINUNICODE8", 0x8d), ("BYTEARRAY8", 0x96), ("FRAME", 0x95)]:
        must_fail((name, n), b"\\x80\\x05" + bytes([code]) + u64(n) + b"short.")
        must_fail((name, n), b"\\x80\\x05]" + bytes([code]) + u64(n) + b"x" * 100_000)
for n in (2**31, 2**32 - 1):
    must_fail(("LONG4 below zero", n), b"\\x80\\x02\\x8b" + u32(n) + b"\\x01.")
    must_fail(("BINSTRING below zero", n), b"T" + u32(n) + b"short.")
"""

MEMO = """
for n in (2**20, 2**24, 2**28, 2**31 - 1, 2**31, 2**32 - 1):
    for data in (b"K\\x05r" + u32(n) + b".", b"K\\x05r" + u32(n) + b"0j" + u32(n) + b".", b"K\\x05p%d\\n." % n):
        for where, (result, error) in everywhere(data):
            # an honest stock pickle may not have such gaps: refusing it is as good as reading it
            assert result == 5 or isinstance(error, fastjoblib.FastjoblibError), (n, where, result, error)
    must_fail(("GET", n), b"j" + u32(n) + b".")
    must_fail(("text GET", n), b"g%d\\n." % n)
for n in (10**30, 2**63, 2**64, 2**200, -1, -(2**63)):
    for code in (b"p", b"g"):
        for where, (result, error) in everywhere(b"K\\x05%b%d\\n." % (code, n)):
            assert result == 5 or isinstance(error, (ValueError, fastjoblib.FastjoblibError)), (n, where, result, error)
"""

SHAPES = """
shapes = [(10**15,), (2**62,), (2**63 - 1,), (2**63,), (2**64,), (10**30,), (2**40, 2**40), (2**31, 2**31, 2**31),
          (0, 2**63), (2**62, 0, 2**62), (-1,), (-1, -1), (-5, 3), (3, -5), (-(2**63),), (10**8,), (2**16,) * 4]
for shape in shapes:
    for dtype in ("u1", "<f8", "S1000", [("a", "<i4"), ("b", "<f8")]):
        for order in "CF":
            data = forge(["before", np.zeros(3, dtype), "after"], shape=shape, order=order)
            kinds = (fastjoblib.FastjoblibError, ValueError)
            must_fail((shape, dtype, order), data, kinds)
for protocol in range(6):
    must_fail(protocol, forge(np.zeros(3), protocol, shape=(10**15,)))
deep = forge(np.zeros(1), shape=(1,) * 65)
must_fail("65 dimensions", deep, (fastjoblib.FastjoblibError, ValueError))
must_fail("a million dimensions", forge(np.zeros(1), shape=(1,) * 1_000_000), (fastjoblib.FastjoblibError, ValueError))
"""

COUNTS = """
# what the file does hold, many times over: MARKs, tuples, duplicates, none of which may be multiplied
must_fail("marks", b"(" * 1_000_000)
must_fail("marks and STOP", b"(" * 1_000_000 + b".")
for code in (b"N", b"]", b"}", b")", b"\\x8f", b"K\\x01"):
    result, error = error_of(fastjoblib.loads, b"(" + code * 300_000 + b"t.")
    assert error is None and len(result) == 300_000
doubled = b"]" + b"2" * 100_000 + b"."  # DUP
result, error = error_of(fastjoblib.loads, doubled)
assert result == [] or isinstance(error, fastjoblib.FastjoblibError)
# a billion laughs: each tuple holds the one before it ten times, as references
laughs = b"K\\x01" + b"".join(b"q\\x00(" + b"h\\x00" * 10 + b"t" for _ in range(60)) + b"."
result, error = error_of(fastjoblib.loads, laughs)
assert error is None and len(result) == 10
"""


@pytest.mark.parametrize("code", [OPCODES, MEMO, SHAPES, COUNTS], ids=["opcodes", "memo", "shapes", "counts"])
def test_claims(code):
    run_python(LOAD + code)


WEIRD = """
class Weird: pass

values = {
    "dtype": [None, "<f8", 5, float, object, np.float64, [], (), np.dtype("O"), np.dtype("V0"),
              np.dtype("S0"), np.dtype([]), np.dtype([("o", "O")]),
              np.dtype(("<f8", (2, 2))), np.dtype("<f8", metadata={"a": 1})],
    "shape": [None, 3, "3", [3], (3.0,), ("3",), (None,), (True,), (np.int64(3),), ((3,),), {3},
              np.array([3]), (3, 0), ()],
    "order": [None, "", "A", "K", "X", "c", 5, b"C", ["C"], "CC"],
    "subclass": [None, int, 5, "ndarray", np.memmap, np.matrix, np.ma.MaskedArray, list, object],
    "allow_mmap": [None, 0, 1, "x", [], False],
    "numpy_array_alignment_bytes": [None, 1, 8, 32, 255],
    "unknown": [5],
}
for name, candidates in values.items():
    for candidate in candidates:
        for protocol in (2, 4):
            try:
                data = forge(["before", np.arange(3.0), "after"], protocol, **{name: candidate})
            except Exception:
                continue  # joblib itself cannot write it
            for where, (result, error) in everywhere(data):
                assert not isinstance(error, (SystemError, MemoryError)), (name, candidate, where, error)
                if error is None:
                    assert result[0] == "before" and isinstance(result[1], np.ndarray), (name, candidate, result)
for name in ("dtype", "shape", "order", "subclass", "allow_mmap"):
    must_fail(name, forge(np.arange(3.0), remove=[name]), (fastjoblib.FastjoblibError, AttributeError))
for where, (result, error) in everywhere(forge(np.arange(3.0), remove=["numpy_array_alignment_bytes"])):
    # files of joblib < 1.2; mapping warns, which is an error here
    assert where == "map" or (error is None and (result == np.arange(3.0)).all()), (where, error)
"""


def test_wrappers_with_wrong_attributes():
    """Anything but a crash: an error, or an array where the attribute does no harm."""
    run_python(LOAD + WEIRD)
