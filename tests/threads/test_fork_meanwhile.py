# SPDX-License-Identifier: BSD-3-Clause
"""Forks while other threads are within dumps and loads: the child can dump and load, and the parent's go on.

tests/unit/test_forks.py has the forks within the thread that dumps.
"""

import pytest
from helpers.run import SANITIZED, run_python

pytestmark = pytest.mark.skipif(
    SANITIZED, reason="a child forked from threads may find AddressSanitizer's locks taken for ever"
)

CODE = """
import io, os, signal, sys, threading, time, warnings
import numpy as np, fastjoblib, fastjoblib._threads
warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
signal.alarm(100)
fastjoblib._threads._cores = lambda: 4
folder, method = sys.argv[1:]
compress = 0 if method == "none" else (method, 1)

numbers = np.random.default_rng(0).integers(0, 50, 5_000_000 // 512 * 512, "u1")
value = {"large": numbers, "columns": numbers.reshape(-1, 512)[:, ::2], "text": ["a", "b"] * 1000}
expected = fastjoblib.dumps(fastjoblib.loads(fastjoblib.dumps(value)))

def round_trip(path):
    fastjoblib.dump(value, path, compress, n_threads=3)
    assert fastjoblib.dumps(fastjoblib.load(path, n_threads=3)) == expected
    with open(path, "rb") as file:
        assert fastjoblib.dumps(fastjoblib.load(file)) == expected
    target = io.BytesIO()
    fastjoblib.dump(value, target, compress)
    target.seek(0)
    assert fastjoblib.dumps(fastjoblib.load(target)) == expected
    if not compress:
        mapped = fastjoblib.load(path, mmap_mode="c")
        mapped["large"][:1000] += 1
        assert np.array_equal(mapped["large"][1000:], numbers[1000:])

stop = threading.Event()
errors, rounds = [], [0] * 2

def work(i):
    try:
        while not stop.is_set():
            round_trip(os.path.join(folder, f"thread-{i}"))
            rounds[i] += 1
    except BaseException as error:
        errors.append(error)
        raise

threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
for thread in threads:
    thread.start()

def child(number):
    signal.alarm(50)  # is not inherited
    status = 1
    try:
        round_trip(os.path.join(folder, f"child-{number}"))
        os.remove(os.path.join(folder, f"child-{number}"))
        status = 0
    finally:
        os._exit(status)

for number in range(5):
    time.sleep(0.003 * number)
    pid = os.fork()
    if pid == 0:
        child(number)
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
before = list(rounds)
while not errors and any(now == then for now, then in zip(rounds, before)):
    time.sleep(0.01)
stop.set()
for thread in threads:
    thread.join()
assert not errors, errors
# What a child is forked in the midst of is the parent's: no temporary file is left, and none was taken away.
assert sorted(os.listdir(folder)) == ["thread-0", "thread-1"], os.listdir(folder)
"""


@pytest.mark.parametrize("method", ["none", "zlib", "lz4"])
def test_child(tmp_path, method):
    run_python(CODE, arguments=[tmp_path, method])
