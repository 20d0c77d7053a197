# SPDX-License-Identifier: BSD-3-Clause
"""Inspecting again and again: no descriptor or block of memory is left behind, whatever is found."""

import io

import fastjoblib
import numpy as np
import pytest
from helpers.cases_object_arrays import objects
from helpers.classes import Plain
from helpers.control import error_of
from helpers.measure import assert_flat, no_measure

pytestmark = [pytest.mark.leaks, no_measure]

VALUE = {
    "arrays": [np.arange(5.0), objects(1, "two", np.zeros(2)), np.zeros(2, [("a", "f8"), ("b", "i4", (2,))])],
    "objects": [Plain(a=1), len, {1, 2}, b"x" * 5000, "é" * 5000, 1 << 70],
}


@pytest.mark.parametrize("protocol", range(6))
def test_a_report(protocol):
    data = fastjoblib.dumps(VALUE, protocol=protocol)
    assert_flat(lambda: fastjoblib.inspect(io.BytesIO(data)))


@pytest.mark.parametrize("compress", ["zlib", "lz4", "bz2"])
def test_a_compressed_file(tmp_path, compress):
    fastjoblib.dump(VALUE, tmp_path / "file", compress=compress)
    assert_flat(lambda: fastjoblib.inspect(tmp_path / "file"))


def test_damaged_data():
    data = fastjoblib.dumps(VALUE)
    cuts = [data[: len(data) * i // 20] for i in range(1, 20)]
    assert_flat(lambda: [fastjoblib.inspect(io.BytesIO(cut)) for cut in cuts])
    assert_flat(lambda: fastjoblib.inspect(io.BytesIO(data + data[:100])))
    assert_flat(lambda: error_of(fastjoblib.inspect, io.BytesIO(b"words, not a pickle")))
