# SPDX-License-Identifier: BSD-3-Clause
"""Whether indices are within what they index, at the ends of what each type holds."""

import numpy as np
import pytest
from fastjoblib import _core

LENGTHS = (0, 1, 2, 127, 128, 129, 2**15, 2**15 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**62)


@pytest.mark.parametrize("first", [-1, 0])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_are_indices(dtype, first):
    limits = np.iinfo(dtype)
    for number in sorted({limits.min, limits.min + 1, -2, -1, 0, 1, limits.max - 1, limits.max}):
        swapped = np.array([number], np.dtype(dtype).newbyteorder())
        among = np.zeros(77, dtype)
        among[50] = number
        for length in LENGTHS:
            for array in (np.array([number], dtype), among, among[::2], among.reshape(7, 11), swapped):
                expected = all(first <= item < length for item in array.flat)
                assert _core.are_indices(array, first, length) is expected, (number, length, array)


def test_empty_arrays_are_indices_of_nothing():
    assert _core.are_indices(np.array([], np.int64), 0, 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.float64, bool, object])
def test_other_types_are_no_indices(dtype):
    assert not _core.are_indices(np.zeros(3, dtype), 0, 5)
