# SPDX-License-Identifier: BSD-3-Clause
"""Dump to a path: what is returned, and that the target is whole before, during and after."""

import os
import stat
import threading

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.classes import Plain
from helpers.compare import assert_same
from helpers.control import error_of

VALUE = ["text", 1.5, {"a": [None]}]


class PathLike:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


class Unpicklable:
    def __reduce__(self):
        raise ZeroDivisionError("in the middle")


FAILING = {
    "at once": lambda: Unpicklable(),
    "after a little": lambda: ["x" * 100, Unpicklable()],
    "after much": lambda: [[str(i) * 50_000 for i in range(100)], np.arange(500_000), Unpicklable()],
    "lambda": lambda: ["x" * 1_000_000, lambda: None],
    "in an object array": lambda: [np.arange(1000), np.array([1, Unpicklable()], object)],
}


@pytest.mark.parametrize("kind", [str, PathLike, lambda p: p])
@pytest.mark.parametrize("atomic", [True, False])
def test_returns_the_name(tmp_path, kind, atomic):
    path = tmp_path / "größe 1"
    assert fastjoblib.dump(VALUE, kind(path), atomic=atomic) == [str(path)]
    assert_same(fastjoblib.load(kind(path)), VALUE)
    assert [p.name for p in tmp_path.iterdir()] == ["größe 1"]


def test_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fastjoblib.dump(VALUE, "here") == ["here"]
    assert_same(fastjoblib.load("here"), VALUE)
    assert os.listdir() == ["here"]


def test_file_objects_return_nothing(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        assert fastjoblib.dump(VALUE, file) is None


@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING)
def test_failed_dump_leaves_the_old_file(tmp_path, make):
    path = tmp_path / "file"
    fastjoblib.dump(VALUE, path)
    os.chmod(path, 0o640)
    before, inode = path.read_bytes(), path.stat().st_ino
    with pytest.raises(Exception) as caught:
        fastjoblib.dump(make(), path)
    assert not isinstance(caught.value, fastjoblib.FastjoblibError)
    assert path.read_bytes() == before
    assert path.stat().st_ino == inode and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING)
def test_failed_dump_leaves_nothing_where_nothing_was(tmp_path, make):
    with pytest.raises((ZeroDivisionError, Exception)):
        fastjoblib.dump(make(), tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_interrupted_dump_leaves_the_old_file(tmp_path):
    class Interrupt:
        def __reduce__(self):
            raise KeyboardInterrupt

    path = tmp_path / "file"
    fastjoblib.dump(VALUE, path)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        fastjoblib.dump([np.arange(1000), Interrupt()], path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_old_file_is_whole_until_the_new_one_is(tmp_path):
    path, seen = tmp_path / "file", []
    fastjoblib.dump(VALUE, path)

    class Look:
        def __reduce__(self):
            seen.append(fastjoblib.load(path))
            return (int, ())

    fastjoblib.dump(["x" * 200_000, Look(), "y" * 200_000], path)
    assert seen == [VALUE]
    assert fastjoblib.load(path)[1] == 0


def test_old_file_stays_with_who_has_it_open(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(np.arange(10), path)
    mapped = fastjoblib.load(path, mmap_mode="r")
    fastjoblib.dump(np.zeros(100_000), path)
    assert_same(np.array(mapped), np.arange(10))


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o400, 0o755])
@pytest.mark.parametrize("atomic", [True, False])
def test_mode_bits_are_kept(tmp_path, mode, atomic):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    if mode == 0o400 and not atomic and os.geteuid() != 0:
        pytest.skip("only root may write into a read-only file")
    fastjoblib.dump(VALUE, path, atomic=atomic)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert_same(fastjoblib.load(path), VALUE)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
@pytest.mark.parametrize("atomic", [True, False])
def test_mode_bits_of_a_new_file(tmp_path, umask, atomic):
    old = os.umask(umask)
    try:
        fastjoblib.dump(VALUE, tmp_path / "ours", atomic=atomic)
        joblib.dump(VALUE, tmp_path / "theirs")
    finally:
        os.umask(old)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("dangling", [True, False])
def test_symlink_is_followed(tmp_path, relative, dangling):
    (tmp_path / "data").mkdir()
    target, link = tmp_path / "data" / "target", tmp_path / "link"
    if not dangling:
        target.write_bytes(b"old")
    link.symlink_to(os.path.join("data", "target") if relative else target)
    assert fastjoblib.dump(VALUE, link) == [str(link)]
    assert link.is_symlink() and not target.is_symlink()
    assert_same(fastjoblib.load(target), VALUE)
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["target"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "link"]


def test_not_atomic_writes_in_place(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old and longer than what comes" * 100)
    inode = path.stat().st_ino
    fastjoblib.dump(VALUE, path, atomic=False)
    assert path.stat().st_ino == inode
    assert path.read_bytes() == fastjoblib.dumps(VALUE)


@pytest.mark.parametrize("atomic", [True, False])
def test_fsync(tmp_path, atomic):
    fastjoblib.dump(VALUE, tmp_path / "file", fsync=True, atomic=atomic)
    assert_same(fastjoblib.load(tmp_path / "file"), VALUE)


@pytest.mark.parametrize("name", ["no/such/directory", ".", "file/below", "x" * 300, "nul\0byte"])
@pytest.mark.parametrize("function", ["dump", "load"])
def test_paths_that_cannot_be(tmp_path, name, function):
    (tmp_path / "file").write_bytes(b"a file")
    path = str(tmp_path / name)
    call = {"dump": lambda library: library.dump(VALUE, path), "load": lambda library: library.load(path)}[function]
    _, theirs = error_of(call, joblib)
    _, ours = error_of(call, fastjoblib)
    assert type(ours) is type(theirs)
    if isinstance(theirs, OSError):
        assert (ours.errno, ours.filename, ours.strerror) == (theirs.errno, theirs.filename, theirs.strerror)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_directory_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            fastjoblib.dump(VALUE, tmp_path / "file")
    finally:
        tmp_path.chmod(0o700)


def test_fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    received = []
    thread = threading.Thread(target=lambda: received.append(path.read_bytes()), daemon=True)
    thread.start()
    value = [np.arange(100_000), "text"]
    fastjoblib.dump(value, path)
    thread.join(30)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert_same(fastjoblib.loads(received[0]), value)
    assert [p.name for p in tmp_path.iterdir()] == ["fifo"]


def test_load_from_a_fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    value = [np.arange(100_000), "text"]
    thread = threading.Thread(target=lambda: path.write_bytes(fastjoblib.dumps(value)), daemon=True)
    thread.start()
    assert_same(fastjoblib.load(path), value)
    thread.join(30)


def test_dev_null():
    assert fastjoblib.dump(VALUE, "/dev/null") == ["/dev/null"]
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load("/dev/null")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has /dev/full")
def test_disk_full():
    with pytest.raises(OSError, match="No space left"):
        fastjoblib.dump(VALUE, "/dev/full")


def test_an_object_with_read_and_a_name_is_a_stream(tmp_path):
    from helpers.streams import OnlyRead

    stream = OnlyRead(fastjoblib.dumps(VALUE))
    stream.name = Plain()  # joblib uses it for messages only
    assert_same(fastjoblib.load(stream), VALUE)
