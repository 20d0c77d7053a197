# SPDX-License-Identifier: BSD-3-Clause
"""mmap_mode and byte order: what joblib gives, maps, warns of and refuses."""

import gzip
import io
import warnings

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.cases_arrays import DTYPES, SHAPES, fill
from helpers.cases_object_arrays import objects
from helpers.compare import assert_same
from helpers.control import PROTOCOLS, error_of, stock_dumps
from helpers.forge import forge

MODES = [None, "r", "r+", "w+", "c"]


def value():
    return {
        "C": fill((3, 4), "<f8"),
        "F": fill((3, 4), "<i4", "F"),
        "strided": fill((6, 4), "<f8")[::2],
        "0-d": fill((), "<f8"),
        "big-endian": fill(5, ">i4"),
        "structured": fill(3, [("a", "i1"), ("b", "<f8")]),
        "objects": objects(1, fill(3, "<f8")),
        "list": [1, "two", fill(2, "u1")],
    }


def both(path, *args, **kwargs):
    """Load by ours and joblib's; return results or errors, and what each warned."""
    results = []
    for library in (fastjoblib, joblib):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = error_of(library.load, path() if callable(path) else path, *args, **kwargs)
        results.append((*result, [(w.category, str(w.message)) for w in caught]))
    return results


def check_alike(path, *args, **kwargs):
    (ours, our_error, our_warnings), (theirs, their_error, their_warnings) = both(path, *args, **kwargs)
    assert type(our_error) is type(their_error), f"ours: {our_error!r}; theirs: {their_error!r}"
    if their_error is not None:
        assert str(our_error) == str(their_error)
    else:
        assert_same(ours, theirs)
    assert our_warnings == their_warnings
    return ours


@pytest.mark.parametrize("mode", MODES)
def test_path_of_bytes(tmp_path, mode):
    path = tmp_path / "file"
    fastjoblib.dump(value(), path)
    loaded = fastjoblib.load(bytes(path), mmap_mode=mode)
    assert_same(loaded, fastjoblib.load(path, mmap_mode=mode))
    assert isinstance(loaded["C"], np.memmap) == (mode is not None)
    path.write_bytes(path.read_bytes()[:-1])
    with open(bytes(path), "rb") as file:
        for target in (bytes(path), file):
            with pytest.raises(fastjoblib.TruncatedFileError, match=f"'{path}' is truncated"):
                fastjoblib.load(target)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("writer", [fastjoblib, joblib], ids=["ours", "theirs"])
def test_every_mode(tmp_path, mode, protocol, writer):
    path = tmp_path / "file"
    writer.dump(value(), path, protocol=protocol)
    loaded = check_alike(path, mmap_mode=mode)
    assert type(loaded["C"]) is (np.ndarray if mode is None else np.memmap)
    assert type(loaded["objects"]) is np.ndarray


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype(tmp_path, dtype):
    path = tmp_path / "file"
    fastjoblib.dump([fill((2, 3), DTYPES[dtype]), "after"], path)
    check_alike(path, mmap_mode="r")
    check_alike(path, mmap_mode="c")


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_shape(tmp_path, shape, order):
    path = tmp_path / "file"
    fastjoblib.dump([fill(shape, "<f8", order), "after"], path)
    check_alike(path, mmap_mode="r")


@pytest.mark.parametrize("mode", ["r+", "w+"])
def test_writes_reach_the_file(tmp_path, mode):
    path = tmp_path / "file"
    fastjoblib.dump([fill(5, "<f8"), np.arange(5)], path)
    loaded = fastjoblib.load(path, mmap_mode=mode)
    assert loaded[1].mode == "r+"  # as joblib: w+ would empty the file
    loaded[1][2] = 99
    loaded[1].flush()
    assert_same(fastjoblib.load(path)[1], np.array([0, 1, 99, 3, 4]))
    assert_same(joblib.load(path)[1], np.array([0, 1, 99, 3, 4]))


def test_copy_on_write_does_not_reach_the_file(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(np.arange(5), path)
    before = path.read_bytes()
    loaded = fastjoblib.load(path, mmap_mode="c")
    loaded[:] = 7
    loaded.flush()
    assert path.read_bytes() == before


def test_read_only_map_cannot_be_written(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(np.arange(5), path)
    loaded = fastjoblib.load(path, mmap_mode="r")
    with pytest.raises(ValueError, match="read-only"):
        loaded[0] = 1


@pytest.mark.parametrize("mode", ["x", "rw", "", "R", 5, b"r"])
def test_invalid_mode(tmp_path, mode):
    path = tmp_path / "file"
    fastjoblib.dump(np.arange(5), path)
    check_alike(path, mode)


@pytest.mark.parametrize("mode", ["r", "r+", "w+", "c"])
def test_streams_cannot_be_mapped(tmp_path, mode):
    """Same warnings as joblib's, word for word; raw files are read without one."""
    path = tmp_path / "file"
    fastjoblib.dump([np.arange(5), "after"], path)
    data = path.read_bytes()
    with gzip.open(tmp_path / "file.zip", "wb") as file:
        file.write(data)
    check_alike(lambda: io.BytesIO(data), mode)
    with open(path, "rb") as file, open(path, "rb", buffering=0) as raw, gzip.open(tmp_path / "file.zip") as zipped:
        for stream in (file, raw, zipped):
            check_alike(lambda stream=stream: stream.seek(0) and None or stream, mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", ["auto", True, False])
@pytest.mark.parametrize(
    "dtype", [">i4", "<i4", "u1", [("a", ">i4"), ("b", ">f8")], [("a", ">i4"), ("b", "<f8")]], ids=str
)
def test_byte_order_rules(tmp_path, mode, order, dtype):
    path = tmp_path / "file"
    joblib.dump([fill(5, dtype), fill((2, 2), dtype)[:, 0], objects(fill(3, dtype))], path)
    check_alike(path, mmap_mode=mode, ensure_native_byte_order=order)


def test_byte_order_error_is_joblibs(tmp_path):
    fastjoblib.dump(np.arange(5), tmp_path / "file")
    with pytest.raises(ValueError, match="Native byte ordering can only be enforced"):
        fastjoblib.load(tmp_path / "file", mmap_mode="r", ensure_native_byte_order=True)


@pytest.mark.parametrize("order", [True, False])
def test_byte_order_of_streams(order):
    data = stock_dumps([fill(5, ">f8"), fill(5, "<f8")])
    check_alike(lambda: io.BytesIO(data), ensure_native_byte_order=order)


@pytest.mark.parametrize("mode", ["r", "c"])
def test_unaligned_maps_of_old_files_warn(tmp_path, mode):
    """Files of joblib < 1.2 have no padding; the warning names the file and the remedy."""
    path = tmp_path / "file"
    warned = 0
    for shift in range(20):
        path.write_bytes(forge(["x" * shift, np.arange(5.0)], remove=["numpy_array_alignment_bytes"]))
        check_alike(path, mmap_mode=mode)
        warned += len(both(path, mmap_mode=mode)[0][2])
    assert warned in (18, 19)  # one position in sixteen is aligned
    path.write_bytes(forge(["x" * shift, np.arange(5.0)], numpy_array_alignment_bytes=None))
    check_alike(path, mmap_mode=mode)
    check_alike(path)


def test_map_outlives_the_name(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(np.arange(1000), path)
    loaded = fastjoblib.load(path, mmap_mode="r")
    path.unlink()
    assert_same(np.array(loaded), np.arange(1000))
