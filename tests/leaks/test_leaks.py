# SPDX-License-Identifier: BSD-3-Clause
"""Per public function, success and error paths, many times: no block, object, reference, descriptor or byte stays."""

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _joblib
from helpers import classes, streams
from helpers.cases_object_arrays import objects
from helpers.control import error_of
from helpers.leak_paths import DATA, PATHS, WATCHED, Boom, Exploding
from helpers.measure import assert_flat, assert_rss_flat, expect, frozen, no_measure

pytestmark = [pytest.mark.leaks, no_measure]


def is_exception(value):
    return isinstance(value, type) and issubclass(value, BaseException)


def test_every_function_is_covered():
    values = {name: getattr(fastjoblib, name) for name in fastjoblib.__all__}
    functions = {name for name, value in values.items() if callable(value) and not is_exception(value)}
    functions -= set(_joblib.NAMES)  # joblib's own, or not much more
    assert set(PATHS) - {"compression", "old files"} == functions


@pytest.mark.parametrize("name", PATHS)
def test_nothing_is_left_behind(tmp_path, name):
    with frozen():
        for i, work in enumerate(PATHS[name](tmp_path / "file")):
            try:
                assert_flat(work, watched=WATCHED)
            except AssertionError as error:
                raise AssertionError(f"{name}, path {i}: {error}") from None


@pytest.mark.slow
@pytest.mark.parametrize("name", PATHS)
def test_nothing_is_left_behind_after_a_thousand_rounds(tmp_path, name):
    with frozen():
        for work in PATHS[name](tmp_path / "file"):
            assert_flat(work, rounds=400, watched=WATCHED)


BIG = np.arange(250_000.0)  # 2 MB, beyond what pymalloc counts


@pytest.mark.parametrize(
    "value", [BIG, ["x" * 2_000_000], bytes(2_000_000), objects(BIG), list(range(200_000))], ids=type
)
def test_memory_is_flat(tmp_path, value):
    def dump_and_load():
        fastjoblib.dump(value, tmp_path / "file")
        fastjoblib.load(tmp_path / "file")
        data = fastjoblib.dumps(value)
        fastjoblib.loads(data)
        error_of(fastjoblib.loads, data[:-1])
        with expect(Boom):
            fastjoblib.dumps([value, Exploding()])
        error_of(fastjoblib.load, streams.ShortReader(data[:-1], 100_000))

    assert_rss_flat(dump_and_load, 2_000_000, rounds=25, warm_up=5)


def test_a_thousand_rounds_of_dump_and_load(tmp_path):
    """The issue's own measure: 1000 rounds leave RSS and reference counts flat."""
    value = [classes.Plain(a=i, b=[str(i)], c=np.arange(8.0)) for i in range(20)]

    def dump_and_load():
        fastjoblib.dump(value, tmp_path / "file")
        fastjoblib.load(tmp_path / "file")

    assert_flat(dump_and_load, rounds=300, batches=5, watched=[*WATCHED, value, value[0]])
    assert_rss_flat(dump_and_load, 2000, rounds=1000)


def test_exceptions_hold_no_data():
    """A caught TruncatedFileError keeps neither the bytes nor the partial object."""
    import gc
    import sys

    data = DATA[4][:-5]
    before = sys.getrefcount(data)
    errors = [error_of(fastjoblib.loads, data)[1].with_traceback(None) for _ in range(10)]
    gc.collect()
    assert all(type(error) is fastjoblib.TruncatedFileError for error in errors)
    assert sys.getrefcount(data) == before
