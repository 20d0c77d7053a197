# SPDX-License-Identifier: BSD-3-Clause
"""Processes that are killed while they dump, and several at one path: the file is the old or a new one, whole."""

import os
import subprocess
import sys

import fastjoblib
import numpy as np
import pytest
from fastjoblib._clean import clean
from helpers.run import SANITIZED, run_python

LACKING = ["nothing", "tmpfile", "exchange"]

# The children import fastjoblib: in a child of a process that has, old files do not wait.
KILLED = """
import errno, os, random, re, signal, sys, time, traceback
import numpy as np
path, n, sizes, fsync, lacking = sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5] == "True", sys.argv[6]
folder = os.path.dirname(path)
chance = random.Random(n)
values = [np.full(100, 3), ["x" * 1000] * 1000]
if sizes == "large":
    values += [np.full(5 << 20, 1), np.full(5 << 20, 2)]

def start(function):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if lacking != "nothing":
                from helpers.failing_calls import Shim
                Shim(sys.argv[1]).lack(lacking, errno.EINVAL)
            function()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child

def run(function):
    assert os.waitpid(start(function), 0)[1] == 0

def prepare():
    import fastjoblib
    for i, value in enumerate(values):
        fastjoblib.dump(value, f"{folder}-{i}")
    fastjoblib.dump(values[-1], path)

def dump_for_ever():
    import fastjoblib
    os.write(writing, b"!")
    while True:
        fastjoblib.dump(chance.choice(values), path, fsync=fsync)

def tidy():
    from fastjoblib import dump
    from fastjoblib._clean import clean
    if chance.random() < 0.5:
        dump(values[0], path)
    assert [found.kept for found in clean(folder) if found.kept is not None] == []
    assert os.listdir(folder) == ["file"], os.listdir(folder)

def read(name):
    with open(name, "rb") as file:
        return file.read()

run(prepare)
whole = {read(f"{folder}-{i}") for i in range(len(values))}
left = {}
reading, writing = os.pipe()
for _ in range(n):
    child = start(dump_for_ever)
    os.read(reading, 1)
    time.sleep(chance.uniform(0.0, 0.12 if sizes == "large" else 0.01))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert read(path) in whole
    others = sorted(set(os.listdir(folder)) - {"file"})
    kinds = [re.fullmatch(r"\\.file\\.fastjoblib-(old|new|[0-9a-f]{16})", name)[1] for name in others]
    what = " and ".join("number" if len(kind) == 16 else kind for kind in kinds) or "nothing"
    left[what] = left.get(what, 0) + 1
    run(tidy)
    chance.random()
print(sum(left.values()), "kills left:", left)
"""


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer makes forks slow")
@pytest.mark.parametrize("n", [4, pytest.param(125, marks=pytest.mark.slow)])  # for each of eight cases
@pytest.mark.parametrize("sizes", ["small", "large"])
@pytest.mark.parametrize("fsync", [False, True])
@pytest.mark.parametrize("lacking", ["nothing", "tmpfile"])
def test_sigkill(tmp_path, shim, n, sizes, fsync, lacking):
    folder = tmp_path / "folder"
    folder.mkdir()
    print(run_python(KILLED, arguments=[shim, folder / "file", n, sizes, fsync, lacking], timeout=1200))


DUMPING = """
import errno, random, sys
import fastjoblib, numpy as np
from helpers.failing_calls import Shim
if sys.argv[5] != "nothing":
    Shim(sys.argv[1]).lack(sys.argv[5], errno.EINVAL)
chance = random.Random(int(sys.argv[3]))
for _ in range(int(sys.argv[4])):
    size = chance.choice([10, 1000, 5 << 20])
    fastjoblib.dump(np.full(size, int(sys.argv[3])), sys.argv[2], fsync=chance.random() < 0.3)
"""


@pytest.mark.parametrize("n", [12, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("lacking", LACKING)
def test_two_processes_dump_to_one_path(tmp_path, shim, lacking, n):
    """While a third loads, and cleans."""
    path = tmp_path / "file"
    folders = [os.path.dirname(os.path.dirname(os.path.abspath(name))) for name in (fastjoblib.__file__, __file__)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    fastjoblib.dump(np.zeros(10), path)
    children = [
        subprocess.Popen([sys.executable, "-c", DUMPING, shim, path, str(i), str(n), lacking], env=environment)
        for i in range(1, 3)
    ]
    n_loaded = 0
    while any(child.poll() is None for child in children):
        loaded = fastjoblib.load(path)
        n_loaded += 1
        assert loaded.min() == loaded.max() and len(loaded) in (10, 1000, 5 << 20)
        assert len(os.listdir(tmp_path)) <= 4  # the file, an old one, and one on its way for each
        # A file that was made at this moment may go; the dump then makes another.
        assert {left.kept or left.nbytes for left in clean(tmp_path)} <= {"it is in use", 0}
    assert [child.wait() for child in children] == [0, 0] and n_loaded > 10
    assert os.listdir(tmp_path) == ["file"]
