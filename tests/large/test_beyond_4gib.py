# SPDX-License-Identifier: BSD-3-Clause
"""Arrays, strings and files of more than 2^32 bytes, and counts over 2^31, on all paths.

Each test takes up to 14 GB of memory and 5 GB of disk, so they run one at a time, also where pytest
runs several. What is dumped says where it is wrong; it is compared in pieces, so that memory holds
it once. Containers of more than 2^32 items are left out: their pointers alone take 32 GiB.
"""

import fcntl
import os
import tempfile

import pytest
from helpers.run import SANITIZED, run_python

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SANITIZED, reason="AddressSanitizer does not give allocations of so many bytes"),
]

PRELUDE = """
import io, os, sys
import numpy as np, fastjoblib, joblib

path = sys.argv[1]
BEYOND = 2**32 + 5
MARKS = [0, 1000, 2**31 - 1, 2**31, 2**31 + 1000, 2**32 - 1, 2**32, BEYOND - 1]
PIECE = 1 << 26

def marked(n=BEYOND):
    "Zeros, of which the kernel makes few, and a number at each mark."
    array = np.zeros(n, "u1")
    for number, place in enumerate(place for place in MARKS if place < n):
        array[place] = number + 1
    return array

def check(array, n=BEYOND):
    assert array.shape == (n,) and array.dtype == "u1", (array.shape, array.dtype)
    marks = [place for place in MARKS if place < n]
    for number, place in enumerate(marks):
        assert array[place] == number + 1, place
    assert sum(np.count_nonzero(array[i : i + PIECE]) for i in range(0, n, PIECE)) == len(marks)

def numbers(n, dtype):
    "Compressible, and of which no two pieces are alike."
    array = np.empty(n, dtype)
    for i in range(0, n, PIECE):
        array[i : i + PIECE] = expected(i, min(PIECE, n - i))
    return array

def expected(start, n):
    return np.arange(start, start + n, dtype="i8") // 64

def check_numbers(array, n):
    assert array.shape == (n,), array.shape
    for i in range(0, n, PIECE):
        assert np.array_equal(array[i : i + PIECE], expected(i, min(PIECE, n - i))), i

def check_end(value):
    assert value[1].tolist() == list(range(9)) and value[2] == "end"

END = [np.arange(9), "end"]
"""

RAW = """
for n, n_threads, atomic in [(2**31 + 5, 1, True), (BEYOND, 2, True), (BEYOND, 1, False)]:
    fastjoblib.dump([marked(n), *END], path, n_threads=n_threads, atomic=atomic)
    for library, options in [(fastjoblib, {"n_threads": n_threads}), (fastjoblib, {"mmap_mode": "c"}), (joblib, {})]:
        loaded = library.load(path, **options)
        check(loaded[0], n)
        check_end(loaded)
        del loaded
"""

FILE_OBJECTS = """
class OnlyWrite:
    "No position, so that the array is not aligned."
    def __init__(self, file):
        self.write = file.write

class OnlyRead:
    def __init__(self, file):
        self.read = file.read

with open(path, "wb") as file:
    fastjoblib.dump([marked(), *END], file)
    assert file.tell() > BEYOND
for buffering in (-1, 0):
    with open(path, "rb", buffering) as file:
        loaded = fastjoblib.load(file)
        assert file.tell() == os.path.getsize(path)
        check(loaded[0])
        check_end(loaded)
        del loaded
with open(path, "wb", 0) as file:
    fastjoblib.dump([marked(), *END], OnlyWrite(file))
with open(path, "rb") as file:
    loaded = fastjoblib.load(OnlyRead(file))
check(loaded[0])
check_end(loaded)
"""

IN_MEMORY = """
data = fastjoblib.dumps([marked(), *END])
loaded = fastjoblib.loads(data)
check(loaded[0])
check_end(loaded)
del loaded, data
target = io.BytesIO()
fastjoblib.dump([marked(), *END], target)
target.seek(0)
loaded = fastjoblib.load(target)
check(loaded[0])
check_end(loaded)
"""

SPARSE = """
from helpers.sparse import hole, write_sparse
write_sparse(path, [np.arange(9), hole(BEYOND, "i1"), np.arange(9)])
for n_threads in (1, 2):
    loaded = fastjoblib.load(path, n_threads=n_threads)
    assert loaded[1].shape == (BEYOND,) and not loaded[1][-PIECE:].any() and not loaded[1][:PIECE].any()
    assert loaded[0].tolist() == loaded[2].tolist() == list(range(9))
    del loaded
"""

LAYOUTS = """
def round_trip(array, check):
    fastjoblib.dump([array, *END], path)
    del array
    for mode in (None, "r"):
        loaded = fastjoblib.load(path, mode)
        check_end(loaded)
        check(loaded[0])
        del loaded

def check_rows(array):
    assert array.shape == (2049, 1 << 21)
    assert all(np.array_equal(row, np.arange(1 << 21, dtype="i8").astype("u1")) for row in array)

def check_columns(array):
    assert array.shape == (1 << 21, 2049)
    for i in range(0, 1 << 21, 1 << 15):
        part = np.arange(i, i + (1 << 15)).astype("u1")
        assert np.array_equal(array[i : i + (1 << 15)], np.broadcast_to(part[:, None], (1 << 15, 2049)))

def check_fortran(array):
    assert array.shape == (2, 2**31 + 5) and array.flags.f_contiguous and not array.flags.c_contiguous
    assert (array[0, -1], array[1, -1], array[1, 2**30], array[0, 0]) == (7, 8, 9, 0)
    flat = array.reshape(-1, order="F")
    assert sum(np.count_nonzero(flat[i : i + PIECE]) for i in range(0, flat.size, PIECE)) == 3

def check_steps(array):
    check(np.asarray(array))

row = np.arange(1 << 21, dtype="i8").astype("u1")
round_trip(np.broadcast_to(row, (2049, 1 << 21)), check_rows)
round_trip(np.broadcast_to(row, (2049, 1 << 21)).T, check_columns)

fortran = np.zeros((2, 2**31 + 5), "u1", order="F")
fortran[0, -1], fortran[1, -1], fortran[1, 2**30] = 7, 8, 9
round_trip(fortran, check_fortran)
del fortran

gaps = np.zeros((BEYOND, 2), "u1")
for number, place in enumerate(MARKS):
    gaps[place] = number + 1, 99
round_trip(gaps[:, 0], check_steps)
"""

BYTE_ORDER = """
n = 2**29 + 3
fastjoblib.dump([numbers(n, ">i8"), *END], path)
for options in ({}, {"ensure_native_byte_order": False}, {"mmap_mode": "r"}):
    loaded = fastjoblib.load(path, **options)
    check_end(loaded)
    assert loaded[0].dtype == (">i8" if options else "<i8")
    check_numbers(loaded[0], n)
    del loaded
"""

COMPRESSED = """
method = sys.argv[2]
readers = [(fastjoblib, {"n_threads": 1}), (fastjoblib, {"n_threads": 2})]
if method in ("zlib", "gzip", "lz4"):
    readers.append((joblib, {}))
for make, test in [(marked, check), (lambda: numbers(2**29 + 3, "<i8"), lambda a: check_numbers(a, 2**29 + 3))]:
    fastjoblib.dump([make(), *END], path, (method, 1))
    for library, options in readers:
        loaded = library.load(path, **options)
        test(loaded[0])
        check_end(loaded)
        del loaded
    with open(path, "rb") as file:
        loaded = fastjoblib.load(file)
        assert file.read() == b""
    test(loaded[0])
    check_end(loaded)
    del loaded
    if method in ("bz2", "xz"):
        break  # half an hour for each
"""

COMPRESSED_GAPS = """
row = np.arange(1 << 21, dtype="i8").astype("u1")
for method in ("zlib", "lz4"):
    fastjoblib.dump([np.broadcast_to(row, (2049, 1 << 21)), *END], path, (method, 1))
    loaded = fastjoblib.load(path)
    check_end(loaded)
    assert loaded[0].shape == (2049, 1 << 21) and all(np.array_equal(one, row) for one in loaded[0])
    del loaded
"""

CONVERTED = """
from fastjoblib._convert import convert
fastjoblib.dump([marked(), *END], path)
for method in ("zlib", "lz4", None):
    convert(path, path + "-converted", method and (method, 1))
    os.replace(path + "-converted", path)
loaded = fastjoblib.load(path)
check(loaded[0])
check_end(loaded)
"""

STRINGS = """
def check_string(value, kind):
    assert type(value) is kind and len(value) == BEYOND
    if kind is str:
        assert (value[0], value[2**32], value[-1]) == ("a", "b", "c") and value.count("x", 0, 1 << 26) == (1 << 26) - 1
    else:
        check(np.frombuffer(value, "u1"))

def make(kind):
    if kind is str:
        return "a" + "x" * (2**32 - 1) + "bxxxc"
    return kind(marked())

for kind, method in [(bytes, 0), (bytearray, 0), (str, 0), (bytes, ("zlib", 1)), (bytearray, ("lz4", 1))]:
    value = make(kind)
    fastjoblib.dump([value, *END], path, method)
    del value
    loaded = fastjoblib.load(path)
    check_end(loaded)
    check_string(loaded[0], kind)
    del loaded
"""

WIDE_STRING = """
# Two bytes for each letter in UTF-8, one in memory.
fastjoblib.dump(["\\xe4" * (2**31 + 3), *END], path)
loaded = fastjoblib.load(path)
check_end(loaded)
assert len(loaded[0]) == 2**31 + 3 and loaded[0][:5] == loaded[0][-5:] == "\\xe4" * 5
"""

PICKLE = """
import pickle, fastjoblib.pickle
array = marked()
buffers = []
data = fastjoblib.pickle.dumps([array, *END], 5, buffer_callback=buffers.append)
assert len(data) < 1000
loaded = fastjoblib.pickle.loads(data, buffers=buffers)
check(loaded[0])
assert np.shares_memory(loaded[0], array)
del loaded, buffers
with open(path, "wb") as file:
    fastjoblib.pickle.dump([array, *END], file, 5)
del array
for module in (fastjoblib.pickle, pickle):
    with open(path, "rb") as file:
        loaded = module.load(file)
    check(loaded[0])
    check_end(loaded)
    del loaded
"""


@pytest.fixture
def path(tmp_path):
    """One test of all workers at a time; pytest would keep the file."""
    with open(os.path.join(tempfile.gettempdir(), f"fastjoblib-large-{os.getuid()}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield tmp_path / "file"
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.parametrize(
    "code",
    ["RAW", "FILE_OBJECTS", "IN_MEMORY", "SPARSE", "LAYOUTS", "BYTE_ORDER", "COMPRESSED_GAPS", "CONVERTED"]
    + ["STRINGS", "WIDE_STRING", "PICKLE"],
)
def test_beyond(path, code):
    run_python(PRELUDE + globals()[code], arguments=[path], timeout=900)


@pytest.mark.parametrize("method", ["zlib", "gzip", "lz4", "zstd", "xz", "bz2"])
def test_compressed(path, method):
    run_python(PRELUDE + COMPRESSED, arguments=[path, method], timeout=3600)
