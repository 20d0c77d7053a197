# SPDX-License-Identifier: BSD-3-Clause
"""Mapped arrays, to each end that the making of one can come to: no mapping, descriptor or reference stays."""

import os

import fastjoblib
import numpy as np
import pytest
from helpers.classes import Reduce
from helpers.control import error_of
from helpers.forge import forge
from helpers.mapped import mappings
from helpers.measure import assert_flat, no_measure

pytestmark = [pytest.mark.leaks, no_measure]

MODES = ["r", "r+", "c"]


def check(path, work):
    assert_flat(work, watched=[np.memmap, np.dtype("<i8"), "r", "r+", "c"])
    assert mappings(path) == 0


@pytest.mark.parametrize("mode", MODES)
def test_arrays_views_and_refusals(tmp_path, mode):
    path = tmp_path / "file"
    fastjoblib.dump([np.arange(5), np.eye(3, order="F"), np.zeros(0), np.arange(9)[::2]], path)

    def work():
        loaded = fastjoblib.load(path, mmap_mode=mode)
        views = [array[..., 1:] for array in loaded]
        error_of(loaded[0]._mmap.close)[1].with_traceback(None)
        del loaded, views

    check(path, work)


def test_warning_that_is_an_error(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(forge(["x", np.arange(5.0), np.arange(6.0)], remove=["numpy_array_alignment_bytes"]))
    assert isinstance(error_of(fastjoblib.load, path, mmap_mode="r")[1], UserWarning)
    check(path, lambda: error_of(fastjoblib.load, path, mmap_mode="r"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("nbytes", [0, 500, 1_200])
def test_cut_meanwhile(tmp_path, nbytes, mode):
    path = tmp_path / "file"
    fastjoblib.dump([Reduce((os.truncate, (str(path), nbytes))), *[np.arange(100)] * 2], path)
    data = path.read_bytes()

    def work():
        path.write_bytes(data)
        error_of(fastjoblib.load, path, mmap_mode=mode)

    work()
    assert path.stat().st_size == nbytes
    check(path, work)


@pytest.mark.parametrize("mode", MODES)
def test_replaced_meanwhile(tmp_path, mode):
    path, other = tmp_path / "file", tmp_path / "other"
    fastjoblib.dump([Reduce((os.replace, (str(other), str(path)))), np.arange(100)], path)
    data = path.read_bytes()

    def work():
        other.write_bytes(data)
        error_of(fastjoblib.load, path, mmap_mode=mode)

    check(path, work)


def test_more_axes_than_there_can_be(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(np.zeros((1,) * 32), path)
    data = path.read_bytes()
    assert data.count(b"K\x01" * 32) == 1
    path.write_bytes(data.replace(b"K\x01" * 32, b"K\x01" * 70))
    assert isinstance(error_of(fastjoblib.load, path, mmap_mode="r")[1], fastjoblib.InvalidFileError)
    check(path, lambda: error_of(fastjoblib.load, path, mmap_mode="r"))
