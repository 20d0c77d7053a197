# SPDX-License-Identifier: BSD-3-Clause
"""The arrays that a report lists are those that a real load makes: all cases, protocols, methods; old files."""

import io
import pathlib
import pickle
import re
import warnings

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers import cases, cases_arrays, cases_containers, cases_object_arrays, cases_objects
from helpers.compression import METHODS
from helpers.control import error_of, stock_dumps
from helpers.old_files import write_plain, write_zipped
from helpers.traced import assert_lists, check_sizes, resolve, text_of, traced_load

SUITES = {
    "scalars": cases.SCALARS,
    "text": cases.TEXT,
    "bytes": cases.BYTES,
    "containers": cases_containers.CONTAINERS,
    "frames and memo": cases_containers.BIG[::4],
    "arrays": cases_arrays.ARRAYS,
    "arrays of empty items": cases_arrays.EMPTY_ITEM_ARRAYS,
    "many arrays": cases_arrays.MANY,
    "subclasses": cases_arrays.SUBCLASSES,
    "numpy scalars": cases_arrays.NUMPY_SCALARS,
    "object arrays": cases_object_arrays.OBJECT_ARRAYS,
    "objects": cases_objects.OBJECTS,
}
# Below protocol 4 these are made by calling what getattr or functools.partial has returned.
COMPUTED = {"nested class instances", "getnewargs_ex", "function named __newobj_ex__"}
# Where paths lead through what only the class itself understands.
WITH_STATES_OF_THEIR_OWN = {"subclasses", "objects", "numpy scalars"}
DATA = pathlib.Path(joblib.__file__).parent / "test" / "data"
FILES = sorted(path for path in DATA.glob("joblib_0.*") if not re.search(r"_\d\d\.npy(\.z)?$", path.name))


def check(data):
    """How many arrays there are, and how many of them their path leads to."""
    value, arrays = traced_load(data)
    report = fastjoblib.inspect(io.BytesIO(data))
    assert_lists(report, arrays)
    check_sizes(report)
    reached = 0
    for array in report.arrays:
        there = resolve(array.path, value)
        if there is not None:
            assert there.shape == array.shape, array.path
            assert re.sub("[<>]", "", text_of(there.dtype)) == re.sub("[<>]", "", array.dtype), array.path
            reached += 1
    return report, reached


@pytest.mark.parametrize("suite", SUITES)
def test_cases(suite):
    reached = listed = 0
    for n, case in enumerate(SUITES[suite]):
        for protocol in {n % 6, 4}:
            if protocol < case.least_protocol:
                continue
            data, error = error_of(fastjoblib.dumps, case.build(), protocol=protocol)
            if error is not None or error_of(traced_load, data)[1] is not None:
                continue  # cannot be dumped or loaded, which other tests are about
            try:
                report, there = check(data)
            except AssertionError as failure:
                raise AssertionError(f"{case}, protocol {protocol}: {failure}") from failure
            assert report.notes == () or case.name in COMPUTED, (case.name, report.notes)
            listed += len(report.arrays)
            reached += there
    assert reached >= 0.9 * listed or suite in WITH_STATES_OF_THEIR_OWN


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("library", [joblib, fastjoblib], ids=lambda library: library.__name__)
def test_compressed(tmp_path, library, method):
    path = tmp_path / "file"
    for case in [*cases_arrays.MANY[:3], *cases_object_arrays.OBJECT_ARRAYS[::12]]:
        for protocol in (0, 2, 5):
            library.dump(case.build(), path, compress=(method, 3), protocol=protocol)
            report = fastjoblib.inspect(path)
            assert report.compressor == method
            plain = fastjoblib.inspect(io.BytesIO(stock_dumps(case.build(), protocol)))
            assert (report.arrays, report.pickles, report.globals) == (plain.arrays, plain.pickles, plain.globals)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_pickles(protocol):
    """NumPy's own form."""
    for case in [*cases_arrays.ARRAYS[::3], *cases_object_arrays.OBJECT_ARRAYS]:
        data, error = error_of(pickle.dumps, case.build(), protocol)
        if error is None:
            report, _ = check(data)
            assert {array.kind for array in report.arrays} <= {"pickle"}


def test_order():
    square = np.arange(6.0).reshape(2, 3)
    report, _ = check(fastjoblib.dumps([square, square.T, np.zeros((2, 3, 4)).transpose(1, 0, 2)]))
    assert [array.order for array in report.arrays] == ["C", "F", "C"]
    moved = np.zeros((2, 3, 4)).transpose(1, 0, 2)
    report, _ = check(pickle.dumps([square, square.T, moved], 5))
    assert [array.order for array in report.arrays] == ["C", "F", report.arrays[2].order]
    assert report.arrays[2].order in "CK"  # by NumPy's version


@pytest.mark.skipif(not FILES, reason="this build of joblib ships no test data")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_old_joblibs(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, error = error_of(joblib.load, path)
    report = fastjoblib.inspect(path)
    check_sizes(report)
    assert report.error is None
    paths = {array.path: array for array in report.arrays}
    if "py27" in path.name:  # joblib refuses them
        assert isinstance(error, ValueError)
        assert any("Python 2" in note for note in report.notes)
        assert [f"model[{i}]" for i in (0, 1, 2, 4)] == list(paths)
        return
    assert report.notes == ()
    assert {f"model[{i}]" for i, item in enumerate(value) if isinstance(item, np.ndarray)} == paths.keys()
    for i, item in enumerate(value):
        if isinstance(item, np.ndarray):
            array = paths[f"model[{i}]"]
            if array.kind == "side file":
                assert (DATA / array.filename).exists()
            if array.dtype != "":
                assert (array.dtype, array.shape) == (text_of(item.dtype), item.shape)


def test_side_files(tmp_path):
    arrays = [np.arange(6.0).reshape(2, 3), np.arange(4, dtype=">i4")]
    report = fastjoblib.inspect(write_plain(tmp_path, arrays))
    assert [(array.path, array.filename) for array in report.arrays] == [
        ("model[0]", "old.pkl_01.npy"),
        ("model[1]", "old.pkl_02.npy"),
    ]
    assert report.format == "joblib before 0.10"
    assert report.compressor is None
    report = fastjoblib.inspect(write_zipped(tmp_path, arrays))
    assert [(array.dtype, array.shape, array.nbytes, array.kind) for array in report.arrays] == [
        ("<f8", (2, 3), 48, "side file"),
        (">i4", (4,), 16, "side file"),
    ]
    assert (report.format, report.compressor) == ("joblib before 0.10", "zf")
    for path in tmp_path.glob("*.npy*"):
        path.unlink()  # they are not opened
    assert len(fastjoblib.inspect(tmp_path / "old.pkl.z").arrays) == 2
