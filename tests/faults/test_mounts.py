# SPDX-License-Identifier: BSD-3-Clause
"""Disks that are full, files that are mounted, /proc that is not: in a mount namespace of the test's own."""

import sys

import pytest
from helpers.run import run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has mount namespaces")

MOUNT = """
import ctypes, errno, os, sys, time
import fastjoblib, numpy as np
libc = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18

def mount(source, target, kind=None, flags=0, options=None):
    encode = lambda text: None if text is None else text.encode()
    if libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)

fastjoblib.loads(fastjoblib.dumps([np.arange(10)]))  # now all is imported
try:
    if libc.unshare(0x20000):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    mount("none", "/", None, MS_REC | MS_PRIVATE)
except OSError as error:
    if error.errno not in (errno.EPERM, errno.EACCES, errno.EINVAL):  # EINVAL: / is a folder of another system
        raise
    print("cannot:", error)
    sys.exit()
folder = sys.argv[1]
path = folder + "/file"

def fails(error, value, path=path, **options):
    try:
        fastjoblib.dump(value, path, **options)
    except OSError as caught:
        assert (caught.errno, caught.filename) == (error, path), caught
    else:
        raise AssertionError("it did not fail")
"""


def run_mounting(code, folder):
    """Run code that mounts; skip where that is not allowed."""
    printed = run_python(MOUNT + code, arguments=[folder])
    if printed.startswith("cannot"):
        pytest.skip(f"mounting is not permitted: {printed.strip()}")


def test_a_full_disk(tmp_path):
    """For sizes around what is free: the old file stays, or the new one is whole; what is left is free again."""
    run_mounting(
        """
mount("none", folder, "tmpfs", 0, "size=2m")
empty = os.statvfs(folder).f_bfree
noise = np.random.default_rng(0).integers(0, 256, 3 << 20, dtype="u1")
n_failed = n_done = 0
for compress in (0, ("zlib", 1), "lz4"):
    for old in (1000, 900_000):
        for fsync in (False, True):
            for size in (1_000_000, 1_120_000, 1_190_000, 1_200_000, 1_210_000, 2_500_000):
                fastjoblib.dump(noise[:old], path, compress)
                try:
                    fastjoblib.dump(noise[:size], path, compress, fsync=fsync)
                    expected = size
                    n_done += 1
                except OSError as error:
                    assert (error.errno, error.filename) == (errno.ENOSPC, path), error
                    expected = old
                    n_failed += 1
                assert np.array_equal(fastjoblib.load(path), noise[:expected])
                assert os.listdir(folder) == ["file"]
                os.remove(path)
                for _ in range(1000):  # a thread may still be closing an old file
                    if os.statvfs(folder).f_bfree >= empty:
                        break
                    time.sleep(0.005)
                else:
                    raise AssertionError("something takes room")
assert n_failed > 10 and n_done > 10, (n_failed, n_done)
""",
        tmp_path,
    )


def test_a_full_disk_and_a_file_of_two_names(tmp_path):
    """Which is overwritten when there is room for both."""
    run_mounting(
        """
mount("none", folder, "tmpfs", 0, "size=2m")
noise = np.random.default_rng(0).integers(0, 256, 3 << 20, dtype="u1")
fastjoblib.dump(noise[:10], path)
os.link(path, folder + "/other")
for size in range(900_000, 1_100_000, 10_000):
    try:
        fastjoblib.dump(noise[:size], path)
    except OSError as error:
        assert (error.errno, error.filename) == (errno.ENOSPC, path), error
        assert len(fastjoblib.load(path)) == size - 10_000 > 900_000
        break
    assert len(fastjoblib.load(folder + "/other")) == size
else:
    raise AssertionError("it fits")
""",
        tmp_path,
    )


@pytest.mark.parametrize("count", [1000, 5 << 20], ids=["small", "large"])
def test_a_file_that_is_mounted(tmp_path, count):
    """As containers do it; it cannot be replaced, but written."""
    run_mounting(
        f"""
value = np.arange({count})
for name in ("file", "source"):
    fastjoblib.dump("old", folder + "/" + name)
mount(folder + "/source", path, None, MS_BIND)
for fsync in (False, True):
    fastjoblib.dump(value + fsync, path, fsync=fsync)
    assert np.array_equal(fastjoblib.load(folder + "/source"), value + fsync)
    assert np.array_equal(fastjoblib.load(path), value + fsync)
    assert sorted(os.listdir(folder)) == ["file", "source"]
""",
        tmp_path,
    )


def test_a_disk_that_cannot_be_written(tmp_path):
    run_mounting(
        """
fastjoblib.dump("old", path)
mount(folder, folder, None, MS_BIND)
mount(folder, folder, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
for options in ({}, {"fsync": True}, {"atomic": False}):
    fails(errno.EROFS, "new", **options)
    fails(errno.EROFS, "new", folder + "/new", **options)
assert os.listdir(folder) == ["file"] and fastjoblib.load(path) == "old"
""",
        tmp_path,
    )


@pytest.mark.parametrize("count", [1000, 5 << 20], ids=["small", "large"])
def test_without_proc(tmp_path, count):
    run_mounting(
        f"""
mount("none", "/proc", "tmpfs")
value = np.arange({count})
for compress in (0, "lz4", "bz2"):
    for i in range(2):
        fastjoblib.dump(value[: 10**5 if compress else None] + i, path, compress)
        assert fastjoblib.load(path)[-1] == fastjoblib.load(path)[0] + len(fastjoblib.load(path)) - 1
        assert os.listdir(folder) == ["file"]
""",
        tmp_path,
    )
