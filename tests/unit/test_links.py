# SPDX-License-Identifier: BSD-3-Clause
"""Dumps to a path that is a link, or one of several names of a file."""

import errno
import os
import resource

import fastjoblib
import numpy as np
import pytest

OLD = ["old"] * 100
VALUES = {"small": ["new"], "large": np.arange(5 << 20)}


class Unpicklable:
    def __reduce__(self):
        raise ZeroDivisionError


@pytest.fixture(params=[0, "zlib", "bz2"])
def named_twice(request, tmp_path):
    """A path, another name of the file, and a method."""
    path, other = tmp_path / "file", tmp_path / "other"
    fastjoblib.dump(OLD, path, request.param)
    os.link(path, other)
    yield path, other, request.param
    assert sorted(os.listdir(tmp_path)) == ["file", "other"]


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("fsync", [False, True])
def test_all_names_of_a_file_have_the_new_data(named_twice, value, fsync):
    path, other, compress = named_twice
    path.chmod(0o640)
    if compress and value is VALUES["large"]:
        value = value[:100_000]
    for new in (value, value[:1]):  # longer than the old one, and shorter
        fastjoblib.dump(new, path, compress, fsync=fsync)
        assert os.path.samefile(path, other) and path.stat().st_mode & 0o777 == 0o640
        assert np.array_equal(fastjoblib.load(other), new)
        assert other.stat().st_size == len(fastjoblib.dumps(new, compress))


def test_a_file_of_two_names_stays_if_the_object_cannot_be_pickled(named_twice):
    path, other, compress = named_twice
    with pytest.raises(ZeroDivisionError):
        fastjoblib.dump(["x" * 1_000_000, Unpicklable()], path, compress)
    assert fastjoblib.load(other) == OLD


def test_a_file_of_two_names_stays_if_there_is_no_room(named_twice):
    path, other, compress = named_twice
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
    try:
        with pytest.raises(OSError) as caught:
            fastjoblib.dump(np.random.default_rng(0).random(1_000_000), path, compress)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert fastjoblib.load(other) == OLD


def test_mapped_arrays_go_into_their_own_file(tmp_path):
    """Which is written when all has been read from it."""
    path = tmp_path / "file"
    fastjoblib.dump(np.arange(1_000_000), path)
    os.link(path, tmp_path / "other")
    fastjoblib.dump([0, fastjoblib.load(path, mmap_mode="r")], path)
    assert np.array_equal(fastjoblib.load(tmp_path / "other")[1], np.arange(1_000_000))


@pytest.fixture
def dangling(tmp_path, monkeypatch):
    """A link to a link to nothing yet, and what that would be."""
    monkeypatch.chdir(tmp_path)
    for folder in ("one", "two", "three"):
        os.mkdir(folder)
    os.symlink("../two/link", "one/link")
    os.symlink(tmp_path / "two" / "third", "two/link")
    os.symlink("../three/file", "two/third")
    yield "one/link", "three/file"
    assert os.listdir("one") == ["link"] and sorted(os.listdir("two")) == ["link", "third"]
    assert all(map(os.path.islink, ["one/link", "two/link", "two/third"]))


@pytest.mark.parametrize("options", [{}, {"fsync": True}, {"atomic": False}, {"compress": "bz2"}])
def test_what_a_dangling_link_leads_to_is_made(dangling, options):
    link, target = dangling
    for value in (1, 2):
        assert fastjoblib.dump(value, link, **options) == [link]
        assert fastjoblib.load(target) == value and os.listdir("three") == ["file"]


def test_a_failed_dump_leaves_a_link_dangling(dangling):
    link, _ = dangling
    with pytest.raises(ZeroDivisionError):
        fastjoblib.dump(["x" * 1_000_000, Unpicklable()], link)
    assert os.listdir("three") == []


@pytest.mark.parametrize("there", ["loop", "no/such/file"])
def test_links_that_lead_nowhere(tmp_path, there):
    link = tmp_path / "loop"
    link.symlink_to(there)
    with pytest.raises(OSError) as caught:
        fastjoblib.dump(1, link)
    assert caught.value.errno == (errno.ELOOP if there == "loop" else errno.ENOENT)
    assert caught.value.filename == str(link) and os.listdir(tmp_path) == ["loop"]


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="Linux has links to open files")
def test_an_open_file_without_a_name(tmp_path):
    path = tmp_path / "file"
    with open(path, "w+b") as file:
        link = f"/proc/self/fd/{file.fileno()}"
        fastjoblib.dump(1, link)
        assert fastjoblib.load(path) == 1
    with open(path, "r+b") as file:
        path.unlink()
        link = f"/proc/self/fd/{file.fileno()}"
        fastjoblib.dump(2, link)
        assert fastjoblib.load(file) == 2
    assert os.listdir(tmp_path) == []
