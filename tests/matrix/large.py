# SPDX-License-Identifier: BSD-3-Clause
"""python large.py write|read TOOL PATH KIND [METHOD LEVEL]: a gigabyte of an array, or of objects.

What is read is compared piece by piece, so that memory holds it once.
"""

import sys

import numpy as np
from layout import tool_named

NBYTES = 1 << 30
PIECE = 1 << 20  # numbers
N_TEXTS = 1_000_000
N_LISTS = 200_000


def piece(number):
    """One of the parts of the array; counts are small, and their bits are the same with each NumPy."""
    return np.random.RandomState(number).randint(0, 1 << number % 16 + 1, PIECE).astype("<i4")


def text(i):
    return f"{i * 2654435761 % 10**9:09}" * 110


def record(i):
    return {"number": i, "pair": [i * 0.5, None], "name": str(i)}


def build(kind):
    if kind == "array":
        array = np.empty(NBYTES // 4, "<i4")
        for i in range(len(array) // PIECE):
            array[i * PIECE : (i + 1) * PIECE] = piece(i)
        return array
    return [list(map(text, range(N_TEXTS))), list(map(record, range(N_LISTS)))]


def check(value, kind):
    if kind == "array":
        assert value.dtype == "<i4" and value.nbytes == NBYTES
        for i in range(len(value) // PIECE):
            assert np.array_equal(value[i * PIECE : (i + 1) * PIECE], piece(i)), i
        return
    texts, records = value
    assert (len(texts), len(records)) == (N_TEXTS, N_LISTS)
    assert all(x == text(i) for i, x in enumerate(texts))
    assert all(x == record(i) for i, x in enumerate(records))


def main(action, tool, path, kind, *compress):
    library = tool_named(tool)
    if action == "write":
        method, level = compress
        library.dump(build(kind), path, (method, int(level)))
    else:
        check(library.load(path), kind)


main(*sys.argv[1:])
