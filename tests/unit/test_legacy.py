# SPDX-License-Identifier: BSD-3-Clause
"""Files of joblib before 0.10, forged: side files, "ZF" files, and what may be wrong with them."""

import io
import os
import pickle
import re
import warnings
import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.control import error_of
from helpers.old_files import DROP, pickle_of, wrapper, write_plain, write_zipped, zfile, zipped_wrapper
from helpers.run import needs_memory_limit, run_python
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


def error(source, **kwargs):
    """What loading raises; a warning of a "ZF" file comes with it, and is not the subject."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        result, found = error_of(fastjoblib.load, source, **kwargs)
    assert found is not None, result
    return found


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
    assert isinstance(error(tmp_path / "file"), ModuleNotFoundError)


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
        found = error(tmp_path / "sub" / "file")
        assert type(found) is fastjoblib.InvalidFileError
        assert "same directory" in str(found) and str(tmp_path / "sub" / "file") in str(found)


@pytest.mark.parametrize("writer", [write_plain, write_zipped])
def test_missing_side_file(tmp_path, writer):
    path = writer(tmp_path, [np.arange(3), np.arange(4)])
    side = next(tmp_path.glob("*_02.npy*"))
    side.unlink()
    found = error(path)
    assert type(found) is FileNotFoundError and found.filename == str(side)
    assert str(path) in str(found) and "beside" in str(found)


def test_side_file_that_is_a_directory(tmp_path):
    path = write_plain(tmp_path, [np.arange(3)])
    (tmp_path / "old.pkl_01.npy").unlink()
    (tmp_path / "old.pkl_01.npy").mkdir()
    assert isinstance(error(path), IsADirectoryError)


def test_side_file_loaded_in_place_of_the_main_file(tmp_path):
    write_plain(tmp_path, [np.arange(3)])
    write_zipped(tmp_path, [np.full(3, 255, "u1")])
    for name in ("old.pkl_01.npy", "old.pkl.z_01.npy.z"):
        found = error(tmp_path / name)
        assert type(found) is fastjoblib.InvalidFileError
        assert "main file" in str(found) and name in str(found)


@pytest.mark.parametrize("state", [b"}", b"N", b"K\x05", b"]", b"(K\x01K\x02t"])
@pytest.mark.parametrize("name", ["NDArrayWrapper", "ZNDArrayWrapper"])
def test_wrappers_with_odd_states(tmp_path, name, state):
    (tmp_path / "file").write_bytes(f"\x80\x02cjoblib.numpy_pickle\n{name}\n)\x81".encode("latin1") + state + b"b.")
    found = error(tmp_path / "file")
    assert type(found) is fastjoblib.InvalidFileError and str(tmp_path / "file") in str(found)


SIDE = "old.pkl.z_01.npy.z"
DESCRIPTIONS = {
    "state None": {"state": None},
    "state empty": {"state": ()},
    "shape is no tuple": {"state": (1, 3, np.dtype("<i8"), False)},
    "shape of floats": {"state": (1, (3.0,), np.dtype("<i8"), False)},
    "shape negative": {"state": (1, (-3,), np.dtype("<i8"), False)},
    "shape huge": {"state": (1, (2**62, 2**62), np.dtype("<i8"), False)},
    "shape too large": {"state": (1, (4,), np.dtype("<i8"), False)},
    "dtype is none": {"state": (1, (3,), "<i8", False)},
    "dtype of objects": {"state": (1, (3,), np.dtype(object), False)},
    "no arguments": {"init_args": ()},
    "odd arguments": {"init_args": (1, 2, 3)},
    "no array": {"init_args": (list, (0,), b"b")},
}


@pytest.mark.parametrize("changes", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_zipped_wrappers_with_odd_descriptions(tmp_path, changes):
    path = write_zipped(tmp_path, [np.arange(3)])
    path.write_bytes(zfile(pickle_of(zipped_wrapper(SIDE, np.arange(3), **changes))))
    found = error(path)
    assert type(found) is fastjoblib.InvalidFileError
    assert str(tmp_path) in str(found)


CONTENTS = pickle.dumps(["x" * 1000], 2)
WRONG = {
    "too short": zfile(CONTENTS, length=len(CONTENTS) - 1),
    "too long": zfile(CONTENTS, length=len(CONTENTS) + 1),
    "huge": zfile(CONTENTS, length=2**64 - 1),
    "zero": zfile(CONTENTS, length=0),
    "no number": b"ZF" + b"hello".ljust(19) + zlib.compress(CONTENTS),
    "no prefix": b"ZF" + b"139".ljust(19) + zlib.compress(CONTENTS),
    "negative": b"ZF" + b"-0x139".ljust(19) + zlib.compress(CONTENTS),
    "with underscores": b"ZF" + b"0x1_39".ljust(19) + zlib.compress(CONTENTS),
    "only spaces": b"ZF" + b" " * 19 + zlib.compress(CONTENTS),
    "no zlib": zfile(CONTENTS, compressed=b"no zlib data at all"),
    "damaged": zfile(CONTENTS)[:-1] + b"\x00",
    "nothing in it": zfile(b""),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_zfiles_that_are_wrong(tmp_path, data):
    (tmp_path / "file").write_bytes(data)
    found = error(tmp_path / "file")
    assert isinstance(found, fastjoblib.FastjoblibError)
    assert str(tmp_path / "file") in str(found)
    # the same as a side file
    path = write_zipped(tmp_path, [np.frombuffer(CONTENTS, "u1")])
    (tmp_path / SIDE).write_bytes(data)
    found = error(path)
    assert isinstance(found, fastjoblib.FastjoblibError)
    assert str(tmp_path / SIDE) in str(found)


def test_every_truncation(tmp_path):
    array = np.arange(20.0)
    for writer in (write_plain, write_zipped):
        path = writer(tmp_path, [array])
        for name in (path, next(tmp_path.glob(path.name + "_*"))):
            whole = name.read_bytes()
            for size in range(len(whole)):
                name.write_bytes(whole[:size])
                found = error(path)
                assert isinstance(found, fastjoblib.FastjoblibError), f"{name} of {size} bytes: {found!r}"
                assert str(name) in str(found)
            name.write_bytes(whole)


def npy(header, data=b""):
    header = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


NPY = {
    "text": b"hello",
    "empty": b"",
    "a pickle": pickle.dumps([1, 2, 3]),
    "an archive": b"PK\x03\x04" + bytes(100),
    "version 9": b"\x93NUMPY\x09\x00" + bytes(100),
    "header no dict": npy("[1, 2]"),
    "header damaged": npy("{'descr': '<f8', 'fortran_order': False,"),
    "dtype unknown": npy("{'descr': '<q9', 'fortran_order': False, 'shape': (3,)}", bytes(24)),
    "shape negative": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}", bytes(24)),
    "shape huge": npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**60}, 3)}}", bytes(24)),
    "too short": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,)}", bytes(31)),
    "objects cut off": npy("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", b"\x80\x04]"),
    "objects that are none": npy("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", b"\x80\x04]."),
}


@pytest.mark.parametrize("mode", [None, "r"])
@pytest.mark.parametrize("data", NPY.values(), ids=NPY)
def test_side_files_that_are_wrong(tmp_path, data, mode):
    path = write_plain(tmp_path, [np.arange(3)])
    (tmp_path / "old.pkl_01.npy").write_bytes(data)
    found = error(path, mmap_mode=mode)
    assert isinstance(found, fastjoblib.FastjoblibError), repr(found)
    assert str(tmp_path / "old.pkl_01.npy") in str(found)


def test_main_file_that_ends_after_the_arrays(tmp_path):
    path = write_plain(tmp_path, [np.arange(3)])
    path.write_bytes(path.read_bytes()[:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a load that fails does not warn
        with pytest.raises(fastjoblib.TruncatedFileError, match=re.escape(str(path))):
            fastjoblib.load(path)


@needs_memory_limit
def test_bombs():
    """A few megabytes that decompress to gigabytes, and claims of terabytes: errors, in little memory."""
    code = """
    import io, os, sys, tempfile, warnings, zlib
    import numpy as np, fastjoblib
    from helpers.old_files import *
    warnings.simplefilter("ignore")

    def zeros(prefix=b"", size=1 << 30):
        packer = zlib.compressobj(9)
        parts = [packer.compress(prefix)]
        parts += [packer.compress(bytes(1 << 24)) for _ in range(size >> 24)]
        return b"".join([*parts, packer.flush()])

    bomb, behind_stop = zeros(), zeros(b"]." )
    directory = tempfile.mkdtemp()
    def write(name, data):
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)
    main = zfile(pickle_of(zipped_wrapper("side", np.zeros(8))))
    terabytes = zfile(pickle_of(zipped_wrapper("side", np.zeros(8), state=(1, (1 << 40,), np.dtype("<f8"), False))))
    cases = [
        ("the length is right", zfile(b"", length=1 << 30, compressed=bomb), None),
        ("the length is small", zfile(b"", length=100, compressed=bomb), None),
        ("behind the pickle", zfile(b"", length=2, compressed=behind_stop), None),
        ("in a side file", main, zfile(b"", length=64, compressed=bomb)),
        ("a side file that says so", main, zfile(b"", length=1 << 30, compressed=bomb)),
        ("terabytes claimed", terabytes, zfile(bytes(64), length=8 << 40)),
        ("a string of gigabytes", zfile(b"", length=1 << 30, compressed=zeros(b"T\\xff\\xff\\xff\\x3f")), None),
    ]
    limit_memory(128 << 20)
    for what, data, side in cases:
        write("main", data)
        if side is not None:
            write("side", side)
        try:
            fastjoblib.load(os.path.join(directory, "main"))
        except fastjoblib.FastjoblibError as error:
            print("refused")
        except MemoryError:
            print("no memory" if "string" in what else what)
    """
    assert run_python(code, timeout=300).split("\n") == ["refused"] * 6 + ["no memory", ""]
