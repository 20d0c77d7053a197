# SPDX-License-Identifier: BSD-3-Clause
"""What a new file takes over from the one that it replaces: owner, mode, access control list, extended attributes."""

import errno
import os
import stat
import struct

import fastjoblib
import numpy as np
import pytest
from helpers.users import NOBODY, as_nobody, as_root

METHODS = [0, "zlib", "bz2"]
LARGE = np.arange(5 << 20)


def set_attribute(path, name, value):
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        assert error.errno in (errno.ENOTSUP, errno.EPERM)
        pytest.skip(f"no {name} here: {error.strerror}")


def access_list(user, permissions, mask=7):
    """One more user has permissions; the owner all, and others none."""
    owner, named, group, bounds, other = 1, 2, 4, 16, 32
    entries = [(owner, 7, -1), (named, permissions, user), (group, 4, -1), (bounds, mask, -1), (other, 0, -1)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)


@pytest.mark.parametrize("compress", METHODS)
def test_extended_attributes_stay(tmp_path, compress):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    set_attribute(path, "user.note", b"a note")
    set_attribute(path, "user.empty", b"")
    set_attribute(path, "user.long", b"x" * 1000)
    fastjoblib.dump([1, 2], path, compress)
    assert {name: os.getxattr(path, name) for name in os.listxattr(path) if name.startswith("user.")} == {
        "user.note": b"a note",
        "user.empty": b"",
        "user.long": b"x" * 1000,
    }


def test_they_stay_with_large_files(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(LARGE, path)
    set_attribute(path, "user.note", b"a note")
    for _ in range(2):
        fastjoblib.dump(LARGE, path)
        assert os.getxattr(path, "user.note") == b"a note"


@as_root
def test_labels_stay_and_signatures_of_the_old_data_go(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    set_attribute(path, "security.label", b"a label")
    set_attribute(path, "security.ima", b"\x04 a signature")
    fastjoblib.dump([1, 2], path)
    assert os.getxattr(path, "security.label") == b"a label"
    assert "security.ima" not in os.listxattr(path)


@pytest.mark.parametrize("compress", METHODS)
def test_access_control_lists_stay(tmp_path, compress):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    set_attribute(path, "system.posix_acl_access", access_list(12345, 6, mask=5))
    mode = path.stat().st_mode
    fastjoblib.dump([1, 2], path, compress)
    assert os.getxattr(path, "system.posix_acl_access") == access_list(12345, 6, mask=5)
    assert path.stat().st_mode == mode


@pytest.mark.parametrize("compress", METHODS)
def test_the_list_of_the_directory_gives_no_access_to_the_old_file(tmp_path, compress):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    set_attribute(tmp_path, "system.posix_acl_default", access_list(12345, 6))
    fastjoblib.dump([1, 2], path, compress)
    assert "system.posix_acl_access" not in os.listxattr(path) and stat.S_IMODE(path.stat().st_mode) == 0o640
    fastjoblib.dump([1, 2], tmp_path / "new", compress)  # of its own it has
    assert "system.posix_acl_access" in os.listxattr(tmp_path / "new")


@as_root
@pytest.mark.parametrize("compress", METHODS)
def test_owner_group_and_mode_stay(tmp_path, compress):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)
    path.chmod(0o6750)
    fastjoblib.dump([1, 2], path, compress)
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 54321, 0o6750)


@as_root
@pytest.mark.parametrize(
    "group, old, new",
    [(777, 0o664, 0o664), (777, 0o2676, 0o676), (888, 0o2626, 0o666), (888, 0o606, 0o666), (888, 0o676, 0o666)],
)
def test_where_the_owner_cannot_stay(open_folder, group, old, new):
    """The group stays if the caller is in it; else that which the file gets has no more access than everybody."""
    path = open_folder / "file"
    fastjoblib.dump("old", path)
    os.chown(path, 12345, group)
    path.chmod(old)
    as_nobody(fastjoblib.dump, "new", path, group=777)
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (NOBODY, group if group == 777 else NOBODY)
    assert stat.S_IMODE(status.st_mode) == new
    assert fastjoblib.load(path) == "new" and os.listdir(open_folder) == ["file"]
