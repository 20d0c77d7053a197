# SPDX-License-Identifier: BSD-3-Clause
"""Files that are replaced, grown or cut while their arrays are mapped, or before."""

import errno
import os

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.mapped import descriptors, mappings

MODES = ["r", "r+", "c"]


@pytest.fixture
def path(tmp_path):
    """Two arrays of some pages."""
    path = tmp_path / "file"
    fastjoblib.dump([np.arange(3000), np.arange(5000.0)], path)
    return path


def test_replaced_by_a_dump(path):
    """dump puts a new file in the place of the old, whose data stay with the arrays that map it."""
    for mode in MODES:
        fastjoblib.dump(np.arange(4000), path)
        loaded = fastjoblib.load(path, mmap_mode=mode)
        fastjoblib.dump(np.zeros(10), path)
        assert_same(np.array(loaded), np.arange(4000))
        assert_same(fastjoblib.load(path), np.zeros(10))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("compress", [0, 1])
def test_dumped_over_its_own_file(path, mode, compress):
    loaded = fastjoblib.load(path, mmap_mode=mode)
    fastjoblib.dump(loaded[::-1], path, compress)
    assert_same(fastjoblib.load(path), [np.arange(5000.0), np.arange(3000)])
    assert_same([np.array(x) for x in loaded], [np.arange(3000), np.arange(5000.0)])


@pytest.mark.parametrize("mode", MODES)
def test_grown(path, mode):
    loaded = fastjoblib.load(path, mmap_mode=mode)
    with open(path, "ab") as file:
        file.write(bytes(100_000))
    assert_same([np.array(x) for x in loaded], [np.arange(3000), np.arange(5000.0)])
    assert_same(fastjoblib.load(path, mmap_mode=mode), joblib.load(path, mmap_mode=mode))


@pytest.mark.parametrize("mode", [*MODES, "w+"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_short_file_is_refused_and_stays_as_it_is(path, mode, share):
    """numpy.memmap, and so joblib, lengthens a file for "r+" with zeros."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    before = path.read_bytes()
    with pytest.raises(fastjoblib.TruncatedFileError, match=f"'{path}' is truncated: expected at least .*found"):
        fastjoblib.load(path, mmap_mode=mode)
    assert path.read_bytes() == before


class Does:
    """Calls a function when it is loaded."""

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("nbytes", [0, 500, 20_000])
def test_cut_between_opening_and_mapping(path, mode, nbytes):
    fastjoblib.dump([Does(os.truncate, str(path), nbytes), np.arange(3000)], path)
    size = path.stat().st_size
    with pytest.raises(fastjoblib.TruncatedFileError) as caught:
        fastjoblib.load(path, mmap_mode=mode)
    assert (caught.value.filename, caught.value.actual) == (str(path), nbytes)
    assert size - 16 < caught.value.expected < size
    assert (mappings(path), descriptors(path)) == (0, 0)


@pytest.mark.parametrize("mode", MODES)
def test_replaced_between_opening_and_mapping(path, tmp_path, mode):
    """What is mapped is the file that is read; to write into, that has to be opened again."""
    fastjoblib.dump([np.zeros(3000)], tmp_path / "other")
    fastjoblib.dump([Does(os.replace, str(tmp_path / "other"), str(path)), np.arange(3000)], path)
    if mode == "r+":
        with pytest.raises(OSError, match="replaced while it was being loaded") as caught:
            fastjoblib.load(path, mmap_mode=mode)
        assert (caught.value.errno, caught.value.filename) == (errno.ESTALE, str(path))
    else:
        assert_same(np.array(fastjoblib.load(path, mmap_mode=mode)[1]), np.arange(3000))
    assert_same(fastjoblib.load(path), [np.zeros(3000)])
