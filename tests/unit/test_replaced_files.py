# SPDX-License-Identifier: BSD-3-Clause
"""The old file of a dump over a file: it waits beside the new one until that is on the disk, and then goes."""

import fcntl
import os
import sys
import time

import fastjoblib
import numpy as np
import pytest
from helpers.run import SANITIZED, run_python

LARGE = np.arange(5 << 20)  # 40 MiB: from 32 MiB on files are exchanged
OLD, NEW = ".file.fastjoblib-old", ".file.fastjoblib-new"


def wait_until_alone(path):
    """The old file is removed soon."""
    for _ in range(600):
        if os.listdir(path.parent) == [path.name]:
            return
        time.sleep(0.05)
    assert os.listdir(path.parent) == [path.name]


def test_the_old_file_goes_soon(tmp_path):
    path = tmp_path / "file"
    for i in range(4):
        fastjoblib.dump(LARGE + i, path)
        assert set(os.listdir(tmp_path)) <= {"file", OLD}
        assert fastjoblib.load(path)[0] == i
    wait_until_alone(path)
    assert np.array_equal(fastjoblib.load(path), LARGE + 3)


@pytest.mark.parametrize("options", [{}, {"fsync": True}, {"atomic": False}])
@pytest.mark.parametrize("value", [LARGE[:1000], LARGE], ids=["small", "large"])
def test_what_does_not_wait(tmp_path, value, options):
    if value is LARGE and not options:
        pytest.skip("waits")
    path = tmp_path / "file"
    for _ in range(3):
        fastjoblib.dump(value, path, **options)
        assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("value", [LARGE[:1000], LARGE], ids=["small", "large"])
@pytest.mark.parametrize("present", [True, False])
def test_what_a_killed_process_left_goes_with_the_next_dump(tmp_path, value, present):
    path = tmp_path / "file"
    (tmp_path / OLD).write_bytes(b"left over")
    (tmp_path / NEW).write_bytes(b"left over")
    (tmp_path / ".other.fastjoblib-old").write_bytes(b"of another file")
    if present:
        path.write_bytes(b"old")
    fastjoblib.dump(value, path)
    assert not (tmp_path / NEW).exists()
    assert not (tmp_path / OLD).exists() or (tmp_path / OLD).read_bytes() == b"old"
    os.remove(tmp_path / ".other.fastjoblib-old")
    wait_until_alone(path)


def test_what_another_process_uses_stays(tmp_path):
    path, used = tmp_path / "file", tmp_path / OLD
    used.write_bytes(b"in use")
    with open(used, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for value in (LARGE, LARGE[:10], LARGE):
            fastjoblib.dump(value, path)
            assert np.array_equal(fastjoblib.load(path), value)
            assert used.read_bytes() == b"in use"
            assert sorted(os.listdir(tmp_path)) == [OLD, "file"]
    fastjoblib.dump(1, path)
    assert os.listdir(tmp_path) == ["file"]


def test_a_lock_on_the_old_file_is_no_hindrance(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(1, path)
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fastjoblib.dump(LARGE, path)
        wait_until_alone(path)
        with open(path, "rb") as new:
            fcntl.flock(new, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the new file is not locked


@pytest.mark.parametrize("move", ["chdir", "rename"])
def test_it_is_found_wherever_the_directory_is(tmp_path, monkeypatch, move):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    monkeypatch.chdir(here)
    fastjoblib.dump(LARGE, "file")
    fastjoblib.dump(LARGE, "file")
    if move == "chdir":
        monkeypatch.chdir(tmp_path)
    else:
        here.rename(there)
    wait_until_alone((here if move == "chdir" else there) / "file")


def test_links_and_modes(tmp_path):
    (tmp_path / "data").mkdir()
    path, link = tmp_path / "data" / "file", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o200)
    link.symlink_to(path)
    fastjoblib.dump(LARGE, link)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o200
    wait_until_alone(path)
    assert np.array_equal(fastjoblib.load(link), LARGE)


def test_the_name_of_a_long_name(tmp_path):
    path = tmp_path / ("x" * 255)
    fastjoblib.dump(LARGE, path)
    fastjoblib.dump(LARGE, path)
    wait_until_alone(path)


def test_at_the_end_of_the_interpreter_it_goes_at_once(tmp_path):
    code = """
        import atexit, os, sys
        path = sys.argv[1]
        atexit.register(lambda: fastjoblib.dump(value + 2, path))  # after fastjoblib's own
        import fastjoblib, numpy as np
        value = np.arange(5 << 20)
        for i in range(2):
            fastjoblib.dump(value + i, path)
        """
    run_python(code, arguments=[tmp_path / "file"])
    assert os.listdir(tmp_path) == ["file"]
    assert fastjoblib.load(tmp_path / "file")[0] == 2


@pytest.mark.skipif(SANITIZED, reason="a child forked from threads may find AddressSanitizer's locks taken for ever")
def test_a_child_leaves_it_to_its_parent(tmp_path):
    code = """
        import os, sys, time, warnings, fastjoblib, numpy as np
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        path = sys.argv[1]
        value = np.arange(5 << 20)
        def deleted():
            links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
            names = [os.readlink(link) for link in links if os.path.islink(link)]
            return [name for name in names if os.path.basename(path) in name or name.endswith("(deleted)")]
        fastjoblib.dump(value, path)
        for i in range(5):
            fastjoblib.dump(value + i, path)
            pid = os.fork()
            if pid == 0:
                assert deleted() == [], deleted()
                fastjoblib.dump(value, path + "-child")
                fastjoblib.dump(value, path + "-child")
                os.remove(path + "-child")
                sys.exit()  # and not _exit(): with what is done at exit
            assert os.waitpid(pid, 0)[1] == 0
        """
    run_python(code, arguments=[tmp_path / "file"])
    assert os.listdir(tmp_path) == ["file"]
    assert fastjoblib.load(tmp_path / "file")[0] == 4


NO_EXCHANGE = """
import ctypes, errno, platform, struct
def refuse_exchange(error):
    "Let renameat2() fail, as it does where the file system has no exchange."
    number = {"x86_64": 316, "aarch64": 276}[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06
    program = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in [
            (load, 0, 0, 0), (equal, 0, 1, number), (give, 0, 0, 0x50000 | error), (give, 0, 0, 0x7FFF0000)
        ]
    )
    buffer = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(header), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
"""


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine not in ("x86_64", "aarch64"), reason="seccomp")
@pytest.mark.parametrize("error", ["EINVAL", "ENOSYS", "EPERM"])
def test_where_files_cannot_be_exchanged(tmp_path, error):
    code = """
        import os, sys, fastjoblib, numpy as np
        path, name = sys.argv[1:]
        value = np.arange(5 << 20)
        fastjoblib.dump(value, path)
        refuse_exchange(getattr(errno, name))
        for i in range(1, 3):
            fastjoblib.dump(value + i, path)
            assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
            assert np.array_equal(fastjoblib.load(path), value + i)
        """
    run_python(NO_EXCHANGE + "\n" + code.replace("\n        ", "\n"), arguments=[tmp_path / "file", error])
