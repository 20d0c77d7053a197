# SPDX-License-Identifier: BSD-3-Clause
"""Damaged files, seeded: whatever byte is changed, loading ends soon, with a value or an error, never with a crash.

No structured dtypes: NumPy's own dtype.__setstate__ crashes on wrong field offsets, for stock joblib as for us.
"""
import pytest
from helpers.run import needs_memory_limit, run_python

pytestmark = needs_memory_limit

FLIP = """
import io, random, sys, tempfile, os, warnings
import numpy as np
import fastjoblib
from helpers.cases_object_arrays import objects
from helpers.classes import Plain, Slots
from helpers.control import error_of, stock_dumps, stock_loads
from helpers.streams import OnlyRead

warnings.simplefilter("ignore")  # what NumPy says of odd dtypes is not the subject
seed, rounds = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)
values = [
    [1, 2**70, "text", b"bytes", (1, 2, (3, [4])), {"k": {5}}, frozenset({6}), None, 1.5],
    [np.arange(6.0).reshape(2, 3), "between", np.asfortranarray(np.eye(2)), np.zeros(2, "S3")],
    np.zeros((2, 2), "<U3"),
    objects(1, "two", [3.0], np.arange(2)),
    [objects([1], "x", shape=(2, 1)), Plain(a=1, b=[2])],
    [Slots(1, "y"), Plain(a=Plain(b=3)), np.float64(2.5), np.dtype(">M8[ns]")],
]
files = [stock_dumps(value, protocol) for value in values for protocol in (2, 3, 4, 5)]
files += [stock_dumps(value, protocol) for value in values[:3] for protocol in (0, 1)]
path = os.path.join(tempfile.mkdtemp(), "file")
limit_memory(512 << 20)

for i in range(rounds):
    data = bytearray(rng.choice(files))
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(data))
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            del data[at : at + rng.randrange(1, 9)]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        else:
            data[at] = rng.choice(b"\\x00\\x7f\\x80\\xff().0b]}e")
        if not data:
            break
    data = bytes(data)
    where = rng.randrange(4)
    if where == 0:
        result, error = error_of(fastjoblib.loads, data)
    elif where == 1:
        result, error = error_of(fastjoblib.load, OnlyRead(data))
    else:
        with open(path, "wb") as file:
            file.write(data)
        result, error = error_of(fastjoblib.load, path, mmap_mode=None if where == 2 else "r")
    if isinstance(error, SystemError) and isinstance(error_of(stock_loads, data)[1], SystemError):
        continue  # NumPy's: a damaged dtype can make it say so
    if isinstance(error, (MemoryError, SystemError)):
        raise AssertionError(f"round {i}, where {where}: {error!r} from {data!r}") from error
    if error is None:
        error_of(repr, result)  # broken objects show here; NumPy refuses text that is no Unicode
print(i + 1)
"""


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes(seed):
    assert run_python(FLIP, arguments=(seed, 1000), timeout=100).strip() == "1000"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_flipped_bytes_for_long(seed):
    run_python(FLIP, arguments=(seed, 20_000), timeout=600)
