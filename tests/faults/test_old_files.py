# SPDX-License-Identifier: BSD-3-Clause
"""Damaged files of joblib before 0.10, seeded: loading ends soon, with a value or an error, in little memory."""

import pytest
from helpers.run import run_python

DAMAGE = """
import os, pathlib, random, signal, sys, tempfile, warnings
import numpy as np
import fastjoblib
from helpers.control import error_of
from helpers.old_files import write_plain, write_zipped

warnings.simplefilter("ignore")  # what NumPy says of odd dtypes is not the subject
seed, rounds = int(sys.argv[1]), int(sys.argv[2])
directory = pathlib.Path(tempfile.mkdtemp())
arrays = [np.arange(40.0).reshape(5, 8), np.array(["a", "bc"]), np.arange(3, dtype=">i4")]
main = [write_plain(directory, arrays), write_zipped(directory, arrays)]
files = {path: [path, *directory.glob(path.name + "_*")] for path in main}
whole = {path: path.read_bytes() for paths in files.values() for path in paths}


def places(data):
    "Anywhere but in the state of a dtype: NumPy's own __setstate__ trusts what it is given."
    kept = {i + k for i in range(len(data)) if data[i : i + 5] == b"dtype" for k in range(120)}
    return [i for i in range(len(data)) if i not in kept]


def rewrite(path, data):
    path.unlink()  # ext4 is slow to empty a file that it has just written
    path.write_bytes(data)


limit_memory(512 << 20)
errors = 0
for i in range(rounds):
    rng = random.Random(seed * 1_000_003 + i)
    chosen = rng.choice(main)
    victim = rng.choice(files[chosen])
    data = bytearray(whole[victim])
    for at in sorted(rng.sample(places(data), rng.choice((1, 1, 2, 5))), reverse=True):
        kind = rng.randrange(4)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            del data[at]
        else:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
    rewrite(victim, data)
    signal.alarm(20)  # a hang is a crash
    _, error = error_of(fastjoblib.load, chosen, mmap_mode=rng.choice([None, "r"]))
    signal.alarm(0)
    rewrite(victim, whole[victim])
    if isinstance(error, fastjoblib.FastjoblibError):
        str(error)
    if isinstance(error, (MemoryError, SystemError)):
        raise AssertionError(f"round {i}: {error!r} from {bytes(data)}")
    errors += error is not None
for path in main:
    assert len(fastjoblib.load(path)) == 3
print(errors)
"""


def damage(seed, rounds):
    errors = int(run_python(DAMAGE, arguments=(seed, rounds), timeout=900))
    assert errors > rounds / 4, "this did hardly any damage"


@pytest.mark.parametrize("seed", range(2))
def test_damaged_old_files(seed):
    damage(seed, 1500)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_damaged_old_files_for_long(seed):
    damage(seed, 20_000)
