# SPDX-License-Identifier: BSD-3-Clause
"""Files of joblib before 0.10, forged: side files, "ZF" files, names, warnings."""

import io
import os
import pickle
import warnings

import fastjoblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.old_files import DROP, error_of_old, pickle_of, wrapper, write_plain, write_zipped, zfile, zipped_wrapper
from helpers.run import run_python
from helpers.streams import OnlyRead

ARRAYS = {
    "floats": np.arange(6.0).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3)),
    "0-d": np.array(1.5),
    "empty": np.zeros((0, 3)),
    "strings": np.array(["a", "\u20ac"]),
    "records": np.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", "<f8")]),
    "dates": np.array(["2020-01-01"], "<M8[D]"),
}
each_array = pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)


def load(source, **kwargs):
    """Load a file that is old: the warning must be there, once, naming the file, at the caller's line."""
    with pytest.warns(DeprecationWarning) as caught:
        result = fastjoblib.load(source, **kwargs)
    name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", "")
    assert [str(w.message) for w in caught] == [
        f"The file '{name}' has been generated with a joblib version less than 0.10. "
        "Please regenerate this pickle file."
    ]
    assert caught[0].filename == __file__
    return result


@each_array
def test_side_files(tmp_path, array):
    assert_same(load(write_plain(tmp_path, [array, array])), [array, array])


@each_array
def test_zipped_side_files(tmp_path, array):
    result = load(write_zipped(tmp_path, [array, array]))
    assert_same(result, [array, array])


def test_ways_to_name_the_file(tmp_path, monkeypatch):
    path = write_plain(tmp_path, [ARRAYS["floats"]])
    monkeypatch.chdir(tmp_path)
    for source in (path, str(path), "old.pkl", "./old.pkl"):
        assert_same(load(source), [ARRAYS["floats"]])
    with open(path, "rb") as file:
        assert_same(load(file), [ARRAYS["floats"]])


@pytest.mark.parametrize("writer", [write_plain, write_zipped])
def test_data_without_a_name(tmp_path, writer):
    data = writer(tmp_path, [ARRAYS["floats"]]).read_bytes()
    for call, source in (
        (fastjoblib.loads, data),
        (fastjoblib.load, io.BytesIO(data)),
        (fastjoblib.load, OnlyRead(data)),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            with pytest.raises(fastjoblib.InvalidFileError, match="load it by its path"):
                call(source)


@pytest.mark.parametrize("width", [19, 20])
@pytest.mark.parametrize("source", [io.BytesIO, OnlyRead, bytes])
def test_zfile_without_side_files(width, source):
    value = [1, "two", {"three": b"4" * 100_000}]
    data = zfile(pickle.dumps(value, 2), width=width)
    with pytest.warns(DeprecationWarning, match="less than 0.10"):
        result = fastjoblib.loads(data) if source is bytes else fastjoblib.load(source(data))
    assert result == value


def test_zfile_of_arrays_that_plain_pickle_wrote(tmp_path):
    data = pickle.dumps(list(ARRAYS.values()), 2)
    (tmp_path / "file").write_bytes(zfile(data))
    assert_same(load(tmp_path / "file"), pickle.loads(data))


def test_zfile_in_a_stream():
    """What follows is left to the next reader."""
    stream = io.BytesIO(zfile(pickle.dumps([1], 2)) + b"rest")
    with pytest.warns(DeprecationWarning):
        assert fastjoblib.load(stream) == [1]
    assert stream.read() == b"rest"


MODULES = ["joblib.numpy_pickle", "sklearn.externals.joblib.numpy_pickle", "x.joblib.numpy_pickle_compat"]


@pytest.mark.parametrize("module", MODULES)
def test_modules_of_wrappers(tmp_path, module):
    np.save(tmp_path / "a.npy", np.arange(3))
    (tmp_path / "file").write_bytes(pickle_of(wrapper("a.npy", module)))
    assert_same(load(tmp_path / "file"), [np.arange(3)])


@pytest.mark.parametrize("module", ["notjoblib.numpy_pickle", "joblib.numpy_pickle.more"])
def test_other_classes_of_that_name(tmp_path, module):
    (tmp_path / "file").write_bytes(pickle_of(wrapper("a.npy", module)))
    assert isinstance(error_of_old(tmp_path / "file"), ModuleNotFoundError)


def test_joblib_need_not_be_there(tmp_path):
    path = write_plain(tmp_path, [np.arange(3)]), write_zipped(tmp_path, [np.arange(3)])
    code = """
    import sys, warnings
    sys.modules["joblib"] = sys.modules["sklearn"] = None
    import fastjoblib
    warnings.simplefilter("ignore")
    print([fastjoblib.load(path)[0].tolist() for path in sys.argv[1:]])
    """
    assert run_python(code, arguments=path) == "[[0, 1, 2], [0, 1, 2]]\n"


def test_byte_order_becomes_the_machines(tmp_path):
    foreign = np.dtype(float).newbyteorder("S")
    records = np.dtype([("a", "<i2"), ("b", "<f4")]).newbyteorder("S" if np.little_endian else "<")
    arrays = [np.arange(3, dtype=foreign), np.array([(1, 2)], dtype=records)]
    for mode in (None, "r"):
        result = load(write_plain(tmp_path, arrays), mmap_mode=mode)
        for ours, written in zip(result, arrays, strict=True):
            assert ours.dtype == written.dtype.newbyteorder("=") and ours.dtype != written.dtype
            assert ours.tolist() == written.tolist()


@pytest.mark.parametrize("mode", ["r", "r+", "c", "w+"])
@pytest.mark.parametrize("changes", [{}, {"allow_mmap": DROP}, {"allow_mmap": False}], ids=str)
def test_mapping(tmp_path, mode, changes):
    path = write_plain(tmp_path, [ARRAYS["floats"]], **changes)
    (result,) = load(path, mmap_mode=mode)
    assert result.tolist() == ARRAYS["floats"].tolist()
    if changes.get("allow_mmap", True) is False:
        assert type(result) is np.ndarray
        return
    assert type(result) is np.memmap
    assert result.mode == ("r+" if mode == "w+" else mode)
    if mode != "r":
        result[0, 0] = 77
        assert load(path)[0][0, 0] == (0 if mode == "c" else 77)


def test_zipped_arrays_are_not_mapped(tmp_path):
    (result,) = load(write_zipped(tmp_path, [ARRAYS["floats"]]), mmap_mode="r")
    assert type(result) is np.ndarray


@pytest.mark.parametrize("mode", [None, "r"])
def test_arrays_of_objects(tmp_path, mode):
    array = np.array([1, "two", [3]], dtype=object)
    assert_same(load(write_plain(tmp_path, [array], allow_mmap=False), mmap_mode=mode), [array])


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("writer", [write_plain, write_zipped])
def test_matrices(tmp_path, writer):
    matrix = np.matrix([[1, 2]])
    path = writer(tmp_path, [matrix])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same(fastjoblib.load(path), [matrix])


NAMES = ["../a.npy", "sub/a.npy", "/etc/hostname", "", ".", "..", "a.npy/", "a\0b", 5, None, b"a.npy", ["a.npy"], DROP]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_names_that_lead_elsewhere(tmp_path, name):
    """joblib follows them; no version of it wrote any."""
    (tmp_path / "sub").mkdir()
    for directory in (tmp_path, tmp_path / "sub"):
        np.save(directory / "a.npy", np.arange(3))
    for part in (wrapper(name), zipped_wrapper(name, np.arange(3))):
        (tmp_path / "sub" / "file").write_bytes(pickle_of(part))
        found = error_of_old(tmp_path / "sub" / "file")
        assert type(found) is fastjoblib.InvalidFileError
        assert "same directory" in str(found) and str(tmp_path / "sub" / "file") in str(found)


@pytest.mark.parametrize("writer", [write_plain, write_zipped])
def test_missing_side_file(tmp_path, writer):
    path = writer(tmp_path, [np.arange(3), np.arange(4)])
    side = next(tmp_path.glob("*_02.npy*"))
    side.unlink()
    found = error_of_old(path)
    assert type(found) is FileNotFoundError and found.filename == str(side)
    assert str(path) in str(found) and "beside" in str(found)


def test_side_file_that_is_a_directory(tmp_path):
    path = write_plain(tmp_path, [np.arange(3)])
    (tmp_path / "old.pkl_01.npy").unlink()
    (tmp_path / "old.pkl_01.npy").mkdir()
    assert isinstance(error_of_old(path), IsADirectoryError)


def test_side_file_loaded_in_place_of_the_main_file(tmp_path):
    write_plain(tmp_path, [np.arange(3)])
    write_zipped(tmp_path, [np.full(3, 255, "u1")])
    for name in ("old.pkl_01.npy", "old.pkl.z_01.npy.z"):
        found = error_of_old(tmp_path / name)
        assert type(found) is fastjoblib.InvalidFileError
        assert "main file" in str(found) and name in str(found)
