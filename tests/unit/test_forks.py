# SPDX-License-Identifier: BSD-3-Clause
"""A process that forks during a dump or load, or after: nobody hangs, and the child harms nobody's file."""

import pytest
from helpers.run import SANITIZED, run_python

pytestmark = pytest.mark.skipif(
    SANITIZED, reason="a child forked from threads may find AddressSanitizer's locks taken for ever"
)

PRELUDE = """
import io, os, signal, sys, warnings
import numpy as np, fastjoblib, fastjoblib._threads
warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
signal.alarm(100)
fastjoblib._threads._cores = lambda: 4
path, method = sys.argv[1:]
compress = 0 if method == "none" else (method, 1)
me = os.getpid()
children = []

def end_child(status):
    sys.stdout.flush()
    os._exit(status)

def fork():
    pid = os.fork()
    if pid == 0:
        signal.alarm(50)  # is not inherited
    else:
        children.append(pid)
    return 7

class Forks:
    "When it is pickled."
    def __reduce__(self):
        fork()
        return int, ("7",)

class ForksWhenLoaded:
    def __reduce__(self):
        return fork, ()

def wait():
    for pid in children:
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
    children.clear()

big = np.random.default_rng(0).integers(0, 50, 3_000_000, "u1")
values = lambda one: {"before": [one, big], "between": [big, one, big], "small": [1, one]}
same = lambda value, kind: fastjoblib.dumps(value) == fastjoblib.dumps(values(7)[kind])
"""

DUMP = """
for kind, value in values(Forks()).items():
    for atomic in (True, False):
        try:
            fastjoblib.dump(value, path, compress, n_threads=3, atomic=atomic)
        except RuntimeError as error:
            assert os.getpid() != me and "forked during the dump" in str(error)
            end_child(0)
        if os.getpid() != me:
            end_child(9)
        wait()
        assert same(fastjoblib.load(path), kind), kind
        assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
    target = io.BytesIO()
    try:
        fastjoblib.dump(value, target, compress, n_threads=3)
    except RuntimeError as error:
        assert os.getpid() != me and "forked during the dump" in str(error)
        end_child(0)
    assert same(fastjoblib.loads(target.getvalue()), kind), kind  # in a child that needed no threads, too
    if os.getpid() != me:
        end_child(0)
    wait()
"""

LOAD = """
for kind, value in values(ForksWhenLoaded()).items():
    fastjoblib.dump(value, path, compress)
    for n_threads in (1, 3):
        try:
            loaded = fastjoblib.load(path, n_threads=n_threads)
        except RuntimeError as error:
            assert os.getpid() != me and "forked during the load" in str(error)
            end_child(0)
        assert same(loaded, kind), kind
        if os.getpid() != me:
            end_child(0)
        wait()
"""

AFTER = """
fastjoblib.dump([big, 7, big], path, compress, n_threads=3)
fork()
if os.getpid() != me:
    assert same(fastjoblib.load(path, n_threads=3), "between")
    fastjoblib.dump([big, 7, big], path, compress, n_threads=3)
    end_child(0)
assert same(fastjoblib.load(path, n_threads=3), "between")
wait()
assert same(fastjoblib.load(path, n_threads=3), "between")
"""


IN_C = ["none", "zlib", "gzip", "lz4"]


@pytest.mark.parametrize("method", [*IN_C, pytest.param("xz", marks=pytest.mark.slow)])
@pytest.mark.parametrize("code", [DUMP, AFTER], ids=["dump", "after"])
def test_dump(tmp_path, code, method):
    run_python(PRELUDE + code, arguments=[tmp_path / "file", method])


@pytest.mark.parametrize("method", IN_C)  # other methods read on from one position, which both processes move
def test_load(tmp_path, method):
    run_python(PRELUDE + LOAD, arguments=[tmp_path / "file", method])
