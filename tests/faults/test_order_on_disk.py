# SPDX-License-Identifier: BSD-3-Clause
"""What is on the disk before what: data, then the name, then the directory; and what stays where that fails."""

import pytest
from helpers.run import run_python

START = """
import errno, os, sys, time
import fastjoblib, numpy as np
from helpers.failing_calls import Shim, descriptors, has_at_most, settles
shim, folder = Shim(sys.argv[1]), sys.argv[2]
os.mkdir(folder + "/data")
path = folder + "/data/file"
inode = lambda path: os.stat(path).st_ino
large = np.arange(5 << 20)
n_open = descriptors()
beside = lambda: sorted(set(os.listdir(folder + "/data")) - {"file"})
"""


@pytest.mark.parametrize("lacking", ["nothing", "tmpfile"])
@pytest.mark.parametrize("value", ["[1, 2]", "large"])
@pytest.mark.parametrize("where", ["path", "link", "new", "atomic=False"])
def test_fsync(shim, tmp_path, lacking, value, where):
    """The directory is that which the file is in, also behind a link that led to nothing."""
    code = f"""
where, value, lacking = {where!r}, {value}, {lacking!r}
if lacking != "nothing":
    shim.lack(lacking, errno.EOPNOTSUPP)
if where == "path":
    fastjoblib.dump("old", path)
os.symlink("data/file", folder + "/link")
name = folder + "/link" if where == "link" else path
with shim.tracing() as seen:
    fastjoblib.dump(value, name, fsync=True, atomic=where != "atomic=False")
first, *renamed, last = seen
assert first == ("fsync", inode(path)) and last == ("fsync", inode(folder + "/data")), seen
assert {{call for call, _ in renamed}} <= {{"link", "rename"}} and bool(renamed) == (where != "atomic=False"), seen
"""
    run_python(START + code, arguments=[shim, tmp_path])


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_failed_fsync_is_reported_and_not_tried_again(shim, tmp_path, error):
    """Of the file: the old one stays.  Of the directory: the new one is there."""
    code = f"""
error = errno.{error}
for number, value in ((0, "old"), (1, "new")):
    for compress in (0, "zlib", "bz2"):
        fastjoblib.dump("old", path, compress)
        with shim.tracing() as calls, shim.failing("fsync", number, error, True) as seen:
            try:
                fastjoblib.dump("new", path, compress, fsync=True)
            except OSError as caught:
                assert (caught.errno, caught.filename) == (error, path)
            else:
                raise AssertionError
        assert seen == [number + 1] and fastjoblib.load(path) == value and beside() == []
"""
    run_python(START + code, arguments=[shim, tmp_path])


def test_what_a_killed_process_left_goes_when_the_new_data_is_on_the_disk(shim, tmp_path):
    """The old file that it left may be the only whole one."""
    code = """
old = folder + "/data/.file.fastjoblib-old"
for value in ("new", large):
    for broken in (False, True):
        for name, content in ((path, b"" if broken else fastjoblib.dumps("first")), (old, b"the only whole one")):
            with open(name, "wb") as file:
                file.write(content)
        before = inode(path)
        with shim.failing("fsync", 0, errno.EIO, False):
            try:
                fastjoblib.dump(value, path)
            except OSError as caught:
                assert (caught.errno, caught.filename) == (errno.EIO, path)
            else:
                raise AssertionError
        assert inode(path) == before and beside() == [".file.fastjoblib-old"]
        with shim.tracing() as seen:
            fastjoblib.dump(value, path)
        assert seen[0] == ("fsync", inode(path)) and seen[-1] == ("rename", 0), seen
        assert np.array_equal(fastjoblib.load(path), value) and beside() == []
"""
    run_python(START + code, arguments=[shim, tmp_path])


@pytest.mark.parametrize("call", ["fsync", "sync_file_range"])
def test_an_old_file_is_kept_if_the_new_data_cannot_come_to_the_disk(shim, tmp_path, call):
    code = f"""
fastjoblib.dump(large, path)
with shim.failing({call!r}, 0, errno.EIO, False):
    fastjoblib.dump(large + 1, path)
    assert settles(lambda: beside() == [".file.fastjoblib-kept"]), beside()
assert fastjoblib.load(path)[0] == 1 and fastjoblib.load(folder + "/data/.file.fastjoblib-kept")[0] == 0
for value in (large + 2, large + 3, "small"):
    fastjoblib.dump(value, path)
assert settles(lambda: beside() == [".file.fastjoblib-kept"]), beside()
from fastjoblib._clean import clean
assert [left.kept is None for left in clean(folder, recursive=True)] == [False]
"""
    run_python(START + code, arguments=[shim, tmp_path])


@pytest.mark.parametrize("lacking", ["nothing", "tmpfile", "exchange"])
@pytest.mark.parametrize("value", ["[1, 2]", "large"])
def test_what_close_reports_comes_before_the_old_file_goes(shim, tmp_path, lacking, value):
    """Network file systems send data then: no name changes, however the file would have been put in place."""
    code = f"""
lacking, value = {lacking!r}, {value}
if lacking != "nothing":
    shim.lack(lacking, errno.EOPNOTSUPP)
for error in (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ESTALE):
    fastjoblib.dump("old", path)
    assert settles(has_at_most, n_open)  # what was at the path before is closed by a thread
    with shim.tracing() as seen, shim.failing("close", 0, error, False):
        try:
            fastjoblib.dump(value, path)
        except OSError as caught:
            assert (caught.errno, caught.filename) == (error, path)
        else:
            raise AssertionError
    assert seen == [] and fastjoblib.load(path) == "old" and beside() == []
"""
    run_python(START + code, arguments=[shim, tmp_path])


def test_there_is_room_before_a_file_of_two_names_changes(shim, tmp_path):
    code = """
fastjoblib.dump("old", path)
os.link(path, folder + "/other")
for call, error in (("fallocate", errno.ENOSPC), ("fallocate", errno.EDQUOT), ("pread", errno.EIO)):
    with shim.failing(call, 0, error, False) as seen:
        try:
            fastjoblib.dump(np.arange(100_000), path)
        except OSError as caught:
            assert (caught.errno, caught.filename) == (error, path)
        else:
            raise AssertionError
    assert fastjoblib.load(folder + "/other") == "old" and os.stat(path).st_blocks <= 8 and beside() == []
shim.lack("fallocate", errno.EOPNOTSUPP)  # where nobody can tell, it is tried
for call, error in (("pwrite", 0), ("ftruncate", errno.EINTR), ("fsync", errno.EINTR)):  # 0: short
    with shim.failing(call, 0, error, True) as seen:
        fastjoblib.dump(np.arange(100_000), path, fsync=True)
    assert seen[0] > 1 and len(fastjoblib.load(folder + "/other")) == 100_000
    fastjoblib.dump("old", path)
"""
    run_python(START + code, arguments=[shim, tmp_path])


def test_a_new_file_that_somebody_takes_for_left_over(shim, tmp_path):
    """Before it is locked: the dump makes another."""
    code = """
shim.lack("tmpfile", errno.EOPNOTSUPP)
fastjoblib.dump("old", path)
with shim.failing("flock", 0, errno.EWOULDBLOCK, False) as seen:
    fastjoblib.dump("new", path)
assert seen[0] > 1 and fastjoblib.load(path) == "new" and beside() == []
"""
    run_python(START + code, arguments=[shim, tmp_path])
