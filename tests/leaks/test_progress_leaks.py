# SPDX-License-Identifier: BSD-3-Clause
"""Progress, and what it raises, again and again: no reference, thread or descriptor is left behind."""

import io

import fastjoblib
import numpy as np
import pytest
from helpers.measure import assert_flat, expect, no_measure

pytestmark = [pytest.mark.leaks, no_measure]

VALUE = [np.random.default_rng(0).random(20_000), list(range(100)), "text"]
COMPRESS = [0, ("zlib", 1), ("lz4", 1), ("bz2", 1)]


def fail(done, total):
    raise ZeroDivisionError


def tell(done, total):
    pass


@pytest.mark.parametrize("compress", COMPRESS, ids=str)
def test_nothing_is_left_behind(tmp_path, compress):
    path = tmp_path / "file"
    fastjoblib.dump(VALUE, path, compress)

    def told():
        fastjoblib.dump(VALUE, path, compress, progress=tell)
        fastjoblib.load(path, progress=tell)

    def failed():
        for function in (
            lambda: fastjoblib.dump(VALUE, path, compress, progress=fail),
            lambda: fastjoblib.dump(VALUE, io.BytesIO(), compress, progress=fail),
            lambda: fastjoblib.load(path, progress=fail),
            lambda: fastjoblib.load(io.BytesIO(path.read_bytes()), progress=fail),
        ):
            with expect(ZeroDivisionError):
                function()

    assert_flat(told, watched=(tell, VALUE[0]))
    assert_flat(failed, watched=(fail, VALUE[0]))
