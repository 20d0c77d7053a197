# SPDX-License-Identifier: BSD-3-Clause
"""What may be read but not written, or written but not replaced."""

import array
import errno
import fcntl
import os

import fastjoblib
import numpy as np
import pytest
from helpers.users import as_nobody, as_root

VALUES = {"small": ["new"], "large": np.arange(5 << 20)}
each_value = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)


@pytest.fixture
def path(open_folder):
    path = open_folder / "file"
    fastjoblib.dump("old", path)
    path.chmod(0o666)
    yield path
    assert os.listdir(open_folder) == ["file"]


def is_refused(value, path, error):
    with pytest.raises(PermissionError) as caught:
        fastjoblib.dump(value, path)
    assert (caught.value.errno, caught.value.filename) == (error, str(path))


@as_root
@each_value
@pytest.mark.parametrize("fsync", [False, True])
@pytest.mark.parametrize("mode", [0o555, 0o1777], ids=["of a directory that stays as it is", "of others in /tmp"])
def test_a_file_that_may_only_be_overwritten(path, value, mode, fsync):
    path.parent.chmod(mode)
    inode = path.stat().st_ino
    as_nobody(lambda: fastjoblib.dump(value, path, fsync=fsync))
    assert np.array_equal(fastjoblib.load(path), value)
    assert (path.stat().st_ino, path.stat().st_uid) == (inode, 0)


@as_root
@each_value
@pytest.mark.parametrize("mode", [0o777, 0o555, 0o1777])
def test_a_file_that_may_not_be_written(path, value, mode):
    path.parent.chmod(mode)
    path.chmod(0o444)
    as_nobody(is_refused, value, path, errno.EACCES)
    assert fastjoblib.load(path) == "old"


@as_root
def test_a_directory_that_may_not_be_read_cannot_be_synced(path):
    """Which is found out before anything changes."""
    path.parent.chmod(0o333)

    def refused():
        with pytest.raises(PermissionError, match="file"):
            fastjoblib.dump("new", path, fsync=True)

    as_nobody(refused)
    assert fastjoblib.load(path) == "old"
    as_nobody(fastjoblib.dump, "new", path)
    assert fastjoblib.load(path) == "new"


@pytest.fixture(params=["immutable", "append-only"])
def fixed(request, path):
    """A file that nobody may write or replace."""
    get_flags, set_flags = 0x80086601, 0x40086602
    wanted = {"immutable": 0x10, "append-only": 0x20}[request.param]
    flags = array.array("l", [0])
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(file, get_flags, flags)
        before = flags[0]
        flags[0] |= wanted
        fcntl.ioctl(file, set_flags, flags)
    except OSError as error:
        os.close(file)
        pytest.skip(f"files cannot be made {request.param} here: {error.strerror}")
    yield path
    flags[0] = before
    fcntl.ioctl(file, set_flags, flags)
    os.close(file)


@each_value
def test_a_file_that_nobody_may_change(fixed, value):
    is_refused(value, fixed, errno.EPERM)
    assert fastjoblib.load(fixed) == "old"
