# SPDX-License-Identifier: BSD-3-Clause
"""Lengths, counts and positions beyond 2^32 where they cost nothing: holes in files, empty axes, items of no bytes.

What takes memory and disk stands in test_beyond_4gib.py.
"""

import io
import os

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.run import needs_memory_limit, run_python
from helpers.sparse import hole, write_sparse

BEYOND = 2**32 + 5
MARKS = [0, 2**31 - 1, 2**31, 2**32 - 1, 2**32, BEYOND - 1]


def value():
    return {
        "int8": hole(BEYOND),
        "between": np.arange(10.0),
        "rows": hole((3, 2**31 + 5), "<i2"),
        "text": "behind it all",
        "last": np.arange(5, dtype=">i4"),
    }


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    """A file of 16 GiB, marked by joblib; it takes a few pages of the disk."""
    path = tmp_path_factory.mktemp("sparse") / "file"
    write_sparse(path, value())
    loaded = joblib.load(path, mmap_mode="r+")
    for number, place in enumerate(MARKS):
        loaded["int8"][place] = number + 1
    loaded["rows"][2, -1] = 1234
    loaded["rows"].flush()
    yield path
    path.unlink()


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_maps(sparse, mode):
    ours, theirs = (library.load(sparse, mmap_mode=mode) for library in (fastjoblib, joblib))
    for name in ("int8", "between", "rows", "last"):
        assert type(ours[name]) is np.memmap
        assert (ours[name].shape, ours[name].dtype) == (theirs[name].shape, theirs[name].dtype)
        assert ours[name].offset == theirs[name].offset
    assert ours["between"].offset > 2**32 and ours["last"].offset > 2**34
    assert [ours["int8"][place] for place in MARKS] == [1, 2, 3, 4, 5, 6]
    assert np.count_nonzero(ours["int8"][2**32 - 1000 :]) == 3
    assert np.array_equal(ours["between"], np.arange(10.0)) and np.array_equal(ours["last"], np.arange(5))
    assert ours["rows"][2, -1] == 1234 and ours["text"] == "behind it all"


def test_writes_through_a_map(tmp_path):
    path = tmp_path / "file"
    write_sparse(path, value())
    loaded = fastjoblib.load(path, mmap_mode="r+")
    loaded["int8"][-1] = 7
    loaded["rows"][2, -1] = 4321
    loaded["last"][:] = 9
    loaded["last"].flush()
    del loaded
    found = joblib.load(path, mmap_mode="r")
    assert (found["int8"][-1], found["rows"][2, -1], found["last"].tolist()) == (7, 4321, [9] * 5)


@pytest.mark.parametrize("cut", [1, 2**33])
def test_cut_off(tmp_path, cut):
    """The lengths in the message are those of the file."""
    path = tmp_path / "file"
    write_sparse(path, hole((5, 2**31 + 5), "<i2"))
    size = os.path.getsize(path) - 1 - cut  # of STOP, too
    os.truncate(path, size)
    for mode in (None, "r"):
        with pytest.raises(fastjoblib.TruncatedFileError, match=f"{size}"):
            fastjoblib.load(path, mmap_mode=mode)
    with open(path, "rb") as file, pytest.raises(fastjoblib.TruncatedFileError, match=f"{size}"):
        fastjoblib.load(file)


@needs_memory_limit
def test_no_room_to_read_it(tmp_path):
    """16 GiB into less memory: an error, and the file object is closed."""
    write_sparse(tmp_path / "file", value())
    run_python(
        """
        import os, sys, fastjoblib
        open_files = len(os.listdir("/proc/self/fd"))
        limit_memory(2 << 30)
        for n_threads in (1, 2):
            try:
                fastjoblib.load(sys.argv[1], n_threads=n_threads)
            except MemoryError:
                pass
            else:
                raise AssertionError("loaded")
        assert len(os.listdir("/proc/self/fd")) == open_files
        """,
        arguments=[tmp_path / "file"],
    )


@pytest.mark.parametrize("buffering", [0, -1])
@pytest.mark.parametrize("method", [0, "zlib", "gzip", "lz4", "xz", "bz2", "zstd"])
def test_positions_in_a_file(tmp_path, method, buffering):
    """Several dumps in one file object, which begins beyond 2^32 and goes on beyond 2^33."""
    random = np.random.default_rng(0).random(150_000)
    values = [{"numbers": random, "text": "one"}, np.asfortranarray(random.reshape(3, -1)), [1, "two"]]
    with open(tmp_path / "file", "wb+", buffering) as file:
        for place in (2**32 + 3, 2**33 + 1):
            file.seek(place)
            for item in values:
                fastjoblib.dump(item, file, method)
            file.seek(place)
            for item in values:
                loaded = fastjoblib.load(file)
                assert fastjoblib.dumps(loaded) == fastjoblib.dumps(item)
            end = file.tell()
            file.seek(0, os.SEEK_END)
            assert file.tell() == end


@pytest.mark.parametrize("dtype", ["i1", "<f8", ">i4", [("a", "i1"), ("b", "<f8")]])
@pytest.mark.parametrize(
    "shape", [(0, 2**31), (2**31 - 1, 0), (2**31, 0), (0, 2**32 - 1), (2**32, 0), (2**32 + 5, 0, 3), (2, 0, 2**40)]
)
def test_long_axes_of_no_items(shape, dtype):
    """Also as the second array of its kind, which is written and read as a run of known bytes."""
    array = np.empty(shape, dtype)
    for item in (array, [array, array, np.asfortranarray(array)]):
        data = fastjoblib.dumps(item)
        theirs = io.BytesIO()
        joblib.dump(item, theirs)
        assert data == theirs.getvalue()
        loaded = fastjoblib.loads(data)
        for one in loaded if isinstance(item, list) else [loaded]:
            assert one.shape == shape and one.dtype == array.dtype.newbyteorder("=")


def test_a_protocol_without_such_lengths():
    """What is refused has not been touched: zeros that the kernel has yet to make."""
    with pytest.raises(OverflowError, match="protocol 4"):
        fastjoblib.dumps(["before", bytes(2**32)], protocol=3)
