# SPDX-License-Identifier: BSD-3-Clause
"""What other systems lack is taken away, and everything goes on: macOS has no affinity, Windows much less."""

import os
import time

import pytest
from fastjoblib import _clean, _threads
from helpers.run import run_python

MACOS = ("os.sched_getaffinity", "time.CLOCK_BOOTTIME", "os.pipe2", "os.posix_fallocate")
WINDOWS = (
    *MACOS,
    *("os.register_at_fork", "os.fork", "os.pread", "os.pwrite", "os.preadv", "os.fwalk", "os.sysconf", "os.O_CLOEXEC"),
    *("os.O_DIRECTORY", "os.O_NOFOLLOW", "os.O_NONBLOCK", "os.process_cpu_count", "os.fchmod", "os.fchown"),
    *("os.getuid", "os.geteuid", "os.statvfs", "os.mkfifo", "time.clock_gettime"),
)
MISSING = ("fcntl", "resource", "pwd", "grp", "termios")

# A module of Windows that locks by what this system has; a lock that is taken fails, as there, with EACCES.
TAKE_AWAY = """
import os, sys, time, types
import fcntl as real

def locking(fd, mode, nbytes):
    assert nbytes == 1
    try:
        real.flock(fd, real.LOCK_UN if mode == 0 else real.LOCK_EX | real.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(13, "Permission denied") from None

def open_as_windows(path, *args, opened=os.open, **kwargs):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return opened(path, *args, **kwargs)

if hasattr(os, "process_cpu_count"):  # which asks for what will be missing
    os.process_cpu_count = os.cpu_count
for name in sys.argv[2].split():
    module, _, attribute = name.partition(".")
    vars(sys.modules[module]).pop(attribute, None)
for name in sys.argv[3].split():
    sys.modules[name] = None
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_UNLCK=0, LK_LOCK=1, LK_NBLCK=2)
if not hasattr(os, "O_DIRECTORY"):
    os.open = open_as_windows
"""

EVERYTHING = """
import threading
import numpy as np
import fastjoblib
from fastjoblib import _threads
from fastjoblib._models.files import locked

folder = sys.argv[1]
path = os.path.join(folder, "a.joblib")
value = {"array": np.arange(600_000.0), "list": list(range(1000))}
for compress in (0, 3, "lz4", "xz"):
    for mode in ("first", "again"):
        fastjoblib.dump(value, path, compress=compress, fsync=mode == "again")
        found = fastjoblib.load(path)
        assert (found["array"] == value["array"]).all() and found["list"] == value["list"]
with open(path, "wb") as file:
    fastjoblib.dump(value, file, seal=True)
fastjoblib.verify(path)
assert (fastjoblib.load(path, mmap_mode="r")["array"] == value["array"]).all()
assert _threads.resolve(None) >= 1 and _threads.memory() > 1 << 20

models = os.path.join(folder, "models")
for version in ("1", "2"):
    fastjoblib.save_model(value, models, "m", version)
fastjoblib.rollback(models, "m", "1")
assert fastjoblib.load_model(models, "m")["list"] == value["list"]
assert len(fastjoblib.list_models(models)) == 2

# A lock lets others wait.
order = []
def wait():
    with locked(models, "m"):
        order.append("second")
thread = threading.Thread(target=wait)
with locked(models, "m"):
    thread.start()
    time.sleep(0.3)
    order.append("first")
thread.join()
assert order == ["first", "second"], order

left = os.path.join(folder, "sub", ".a.joblib.fastjoblib-0123456789abcdef")
os.mkdir(os.path.dirname(left))
for name in (left, left[:-16] + "old"):
    with open(name, "wb") as file:
        file.write(b"left")
from fastjoblib._clean import clean
found = {os.path.basename(f.path): f.kept for f in clean(folder, recursive=True)}
assert found[os.path.basename(left)] is None and not os.path.exists(left), found
assert "a.joblib' " in found[".a.joblib.fastjoblib-old"] or "replaced" in found[".a.joblib.fastjoblib-old"], found
print("all right")
"""


def without(tmp_path, attributes, modules):
    code = TAKE_AWAY + EVERYTHING
    return run_python(code, arguments=(tmp_path, " ".join(attributes), " ".join(modules)))


@pytest.mark.parametrize(
    "attributes, modules",
    [
        (["os.register_at_fork"], []),
        (["os.fwalk"], []),
        (["os.O_DIRECTORY", "os.fwalk"], []),
        ([], ["fcntl"]),
        ([], ["resource"]),
    ],
    ids=str,
)
def test_without_one(tmp_path, attributes, modules):
    assert without(tmp_path, attributes, modules) == "all right\n"


@pytest.mark.parametrize("attributes, modules", [(MACOS, []), (WINDOWS, MISSING)], ids=["macOS", "Windows"])
def test_without_all_that_a_system_lacks(tmp_path, attributes, modules):
    assert without(tmp_path, attributes, modules) == "all right\n"


def test_threads_where_the_system_knows_no_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(_threads, "_quota", lambda: 3.0)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 7, raising=False)
    assert _threads.resolve(None) == 3
    monkeypatch.setattr(os, "process_cpu_count", lambda: 2)
    assert _threads.resolve(None) == 2 and _threads.resolve(9) == 2
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert _threads.resolve(None) == 1


def test_the_start_of_the_system_is_never_said_to_be_earlier(monkeypatch):
    """Else an old file could go before the new one is on the disk."""
    started = _clean._started()
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert started - 1 < _clean._started() < time.time()
