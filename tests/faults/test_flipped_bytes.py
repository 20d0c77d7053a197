# SPDX-License-Identifier: BSD-3-Clause
"""Damaged files, seeded: whatever byte is changed, loading ends soon, with a value or an error, never with a crash.

NumPy's own __setstate__ of dtypes and of object arrays trusts what it is given: damaged states corrupt memory, under
stock joblib as under us. So those bytes are left alone. Loading happens in forked children, and what kills one of
ours is tried with stock joblib in another: it only counts if that survives.
"""

import pytest
from helpers.run import run_python

FLIP = """
import io, mmap, os, random, signal, struct, sys, tempfile, warnings
import numpy as np
import fastjoblib
from helpers.cases_object_arrays import objects
from helpers.classes import Plain, Slots
from helpers.control import error_of, stock_dumps, stock_loads
from helpers.streams import OnlyRead

warnings.simplefilter("ignore")  # what NumPy says of odd dtypes is not the subject
seed, rounds = int(sys.argv[1]), int(sys.argv[2])
values = [
    [1, 2**70, "text", b"bytes", (1, 2, (3, [4])), {"k": {5}}, frozenset({6}), None, 1.5],
    [np.arange(6.0).reshape(2, 3), "between", np.asfortranarray(np.eye(2)), np.zeros(2, "S3")],
    np.arange(4, dtype=">i4")[::2],
    objects(1, "two", [3.0], np.arange(2)),
    [objects([1], "x", shape=(2, 1)), Plain(a=1, b=[2])],
    [Slots(1, "y"), Plain(a=Plain(b=3)), complex(1, 2), range(5)],
]
files = [stock_dumps(value, protocol) for value in values for protocol in (2, 3, 4, 5)]
files += [stock_dumps(value, protocol) for value in values[:3] for protocol in (0, 1)]
path = os.path.join(tempfile.mkdtemp(), "file")


def places(data):
    "Where to do damage: anywhere but behind the name of a dtype and in the nested pickle of an object array."
    kept = set()
    if b"_reconstruct\\x94" in data:
        kept.update(range(data.index(b"_reconstruct\\x94") - 40, len(data)))
    for i in range(len(data)):
        if data[i : i + 5] == b"dtype":
            kept.update(range(i, i + 120))
    return [i for i in range(len(data)) if i not in kept]


PLACES = {data: places(data) for data in files}


def damaged(i):
    rng = random.Random(seed * 1_000_003 + i)
    data = rng.choice(files)
    chosen = sorted(rng.sample(PLACES[data], rng.choice((1, 1, 1, 2, 5))), reverse=True)
    data = bytearray(data)
    for at in chosen:  # from the end, so that places stay where they are
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            del data[at]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        else:
            data[at] = rng.choice(b"\\x00\\x7f\\x80\\xff().0b]}e")
    return bytes(data), rng.randrange(4)


def load(data, where):
    if where == 0:
        return error_of(fastjoblib.loads, data)
    if where == 1:
        return error_of(fastjoblib.load, OnlyRead(data))
    with open(path, "wb") as file:
        file.write(data)
    return error_of(fastjoblib.load, path, mmap_mode=None if where == 2 else "r")


def ours(i):
    data, where = damaged(i)
    result, error = load(data, where)
    if isinstance(error, (MemoryError, SystemError)) and type(error_of(stock_loads, data)[1]) is not type(error):
        raise AssertionError(f"{error!r} from {data!r}")
    if isinstance(error, fastjoblib.FastjoblibError):
        str(error)


def theirs(i):
    stock_loads(damaged(i)[0])


counter = mmap.mmap(-1, 8)  # shared with the children: the round they are at


def in_child(work, first, last):
    "Return the round that killed the child and the status, or (last, 0)."
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            for i in range(first, last):
                counter[:] = struct.pack("<Q", i)
                signal.alarm(20)  # a hang is a crash
                work(i)
            status = 0
        except BaseException as error:
            if work is ours:
                sys.stderr.write(f"round {i}: {error}\\n")
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    return (struct.unpack("<Q", counter[:])[0], status) if status else (last, 0)


limit_memory(512 << 20)
at = crashes = 0
while at < rounds:
    at, status = in_child(ours, at, rounds)
    if status:
        _, stock = in_child(theirs, at, at + 1)
        if not os.WIFSIGNALED(status) or not os.WIFSIGNALED(stock):
            raise AssertionError(f"round {at}: status {status}, stock's {stock}, {damaged(at)}")
        at, crashes = at + 1, crashes + 1
print(at, crashes)
"""


def flip(seed, rounds):
    done, crashes = map(int, run_python(FLIP, arguments=(seed, rounds), timeout=900).split())
    assert done == rounds
    assert crashes < rounds / 20, "too many for NumPy's: look at what they have in common"


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bytes(seed):
    flip(seed, 1500)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_flipped_bytes_for_long(seed):
    flip(seed, 20_000)
