# SPDX-License-Identifier: BSD-3-Clause
"""Files of joblib before 0.10 that are wrong: lengths, descriptions, headers, bombs. Errors name the file at fault."""

import pickle
import re
import warnings
import zlib

import fastjoblib
import numpy as np
import pytest
from helpers.old_files import error_of_old, pickle_of, write_plain, write_zipped, zfile, zipped_wrapper
from helpers.run import needs_memory_limit, run_python


@pytest.mark.parametrize("state", [b"}", b"N", b"K\x05", b"]", b"(K\x01K\x02t"])
@pytest.mark.parametrize("name", ["NDArrayWrapper", "ZNDArrayWrapper"])
def test_wrappers_with_odd_states(tmp_path, name, state):
    (tmp_path / "file").write_bytes(f"\x80\x02cjoblib.numpy_pickle\n{name}\n)\x81".encode("latin1") + state + b"b.")
    found = error_of_old(tmp_path / "file")
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
    found = error_of_old(path)
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
    found = error_of_old(tmp_path / "file")
    assert isinstance(found, fastjoblib.FastjoblibError)
    assert str(tmp_path / "file") in str(found)
    # the same as a side file
    path = write_zipped(tmp_path, [np.frombuffer(CONTENTS, "u1")])
    (tmp_path / SIDE).write_bytes(data)
    found = error_of_old(path)
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
                found = error_of_old(path)
                assert isinstance(found, fastjoblib.FastjoblibError), f"{name} of {size} bytes: {found!r}"
                assert str(name) in str(found)
            name.write_bytes(whole)


def npy(header, data=b""):
    header = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


OBJECTS = "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}"
NPY = {
    "objects, no pickle": npy(OBJECTS, b"no pickle of objects"),
    "objects, half a pickle": npy(OBJECTS, pickle.dumps([1, 2, 3])[:-3]),
    "objects, nothing": npy(OBJECTS),
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
    found = error_of_old(path, mmap_mode=mode)
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
    """Little data that decompresses to more than there is memory, and claims of terabytes: errors."""
    code = """
    import io, os, pathlib, sys, tempfile, warnings, zlib
    import numpy as np, fastjoblib
    from helpers.old_files import *
    warnings.simplefilter("ignore")

    def zeros(prefix=b"", size=1 << 28):
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
        ("the length is right", zfile(b"", length=1 << 28, compressed=bomb), None),
        ("the length is small", zfile(b"", length=100, compressed=bomb), None),
        ("behind the pickle", zfile(b"", length=2, compressed=behind_stop), None),
        ("in a side file", main, zfile(b"", length=64, compressed=bomb)),
        ("a side file that says so", main, zfile(b"", length=1 << 28, compressed=bomb)),
        ("terabytes claimed", terabytes, zfile(bytes(64), length=8 << 40)),
        ("a string as long", zfile(b"", length=1 << 28, compressed=zeros(b"T\\xff\\xff\\xff\\x0f")), None),
    ]
    plain = write_plain(pathlib.Path(directory), [np.arange(3)])
    write(plain.name + "_01.npy", b"\\x93NUMPY\\x02\\x00" + (1 << 29).to_bytes(4, "little") + bytes(100))
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
    try:
        fastjoblib.load(plain)
    except fastjoblib.FastjoblibError as error:
        print("a header refused")
    """
    assert run_python(code, timeout=300).split("\n") == ["refused"] * 6 + ["no memory", "a header refused", ""]
