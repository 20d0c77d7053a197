"""Arrays that several threads read, and files that are written in pieces."""

import io
import os
import time

import fastjoblib
import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal

MIB = 1 << 20

SIZES = [4 * MIB - 8, 4 * MIB, 4 * MIB + 8, 6 * MIB - 64, 17 * MIB + 24]


def array_of(nbytes: int) -> np.ndarray:
    return np.random.default_rng(nbytes).integers(0, 1 << 60, nbytes // 8)


@pytest.mark.parametrize("n_threads", [None, 1, 2, 3])
@pytest.mark.parametrize("nbytes", SIZES)
def test_sizes_around_chunks(tmp_path, nbytes, n_threads):
    value = {"a": array_of(nbytes), "small": np.arange(5), "b": array_of(nbytes + 800), "text": "x" * 5 * MIB}
    path = tmp_path / "large"
    fastjoblib.dump(value, path)
    loaded = fastjoblib.load(path, n_threads=n_threads)
    for key in ("a", "small", "b"):
        assert_array_equal(loaded[key], value[key])
    assert loaded["text"] == value["text"]
    for other in (joblib.load(path), fastjoblib.load(io.BytesIO(path.read_bytes()))):
        assert_array_equal(other["b"], value["b"])


def test_open_file_is_left_behind_the_object(tmp_path):
    first, second = array_of(9 * MIB), array_of(5 * MIB)
    with open(tmp_path / "two", "w+b") as file:
        fastjoblib.dump(first, file)
        fastjoblib.dump(second, file)
        file.write(b"end")
    with open(tmp_path / "two", "rb") as file:
        assert_array_equal(fastjoblib.load(file), first)
        assert_array_equal(fastjoblib.load(file, n_threads=2), second)
        assert file.read() == b"end"


@pytest.mark.parametrize("missing", [1, 3 * MIB, 8 * MIB])
def test_short_file(tmp_path, missing):
    path = tmp_path / "short"
    fastjoblib.dump(array_of(9 * MIB), path)
    size = os.path.getsize(path)
    os.truncate(path, size - missing)
    with pytest.raises(fastjoblib.TruncatedFileError) as info:
        fastjoblib.load(path)
    assert str(path) in str(info.value) and str(size - missing) in str(info.value)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8", "c16", "S3"])
def test_transposed(tmp_path, dtype, order):
    count = 65 * 257 * 33
    data = array_of(16 * count).tobytes()
    value = np.frombuffer(data, dtype, count).reshape(65, 257, 33).transpose(order)
    path = tmp_path / "transposed"
    fastjoblib.dump(value, path)
    assert fastjoblib.load(path).tobytes() == value.tobytes()
    joblib.dump(value, tmp_path / "control")
    assert path.read_bytes() == (tmp_path / "control").read_bytes()


@pytest.mark.parametrize("n_threads", [1, 2, 9])
def test_strided(tmp_path, n_threads):
    base = array_of(40 * MIB).reshape(2560, 2048)
    for value in (base[:, ::2], base[::2], base[::-1], base[:, 1:-1], base[::-3, ::-5], base[:, 5:8], base.T[1:]):
        path = tmp_path / "strided"
        fastjoblib.dump(value, path, n_threads=n_threads)
        assert_array_equal(fastjoblib.load(path), value)
        with io.BytesIO() as data:
            fastjoblib.dump(value, data, compress=("lz4", 1), n_threads=n_threads)
            data.seek(0)
            assert_array_equal(fastjoblib.load(data), value)


def test_new_file_takes_no_more_room_than_it_needs(tmp_path):
    path = tmp_path / "new"
    fastjoblib.dump([array_of(7 * MIB), "between", array_of(5 * MIB)], path)
    status = os.stat(path)
    assert status.st_blocks * 512 <= status.st_size + 64 * 1024


def test_large_old_file_is_closed(tmp_path):
    path = str(tmp_path / "old")
    fastjoblib.dump(array_of(20 * MIB), path)
    tasks = len(os.listdir("/proc/self/task"))
    for i in range(5):
        fastjoblib.dump(array_of(20 * MIB + 8 * i), path)
    for _ in range(1000):
        held = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
        if not any(str(tmp_path) in name for name in held) and len(os.listdir("/proc/self/task")) <= tasks:
            break
        time.sleep(0.01)
    else:
        pytest.fail(f"still open after 10 s: {held}")
    assert os.listdir(tmp_path) == ["old"]
    assert_array_equal(fastjoblib.load(path), array_of(20 * MIB + 32))


@pytest.mark.parametrize("code", ["S", "U", "V"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0,), ()])
def test_elements_of_no_bytes(tmp_path, code, shape):
    """joblib divides by their size and cannot write them."""
    value = np.zeros(shape, [("a", code + "0")])["a"]
    loaded = fastjoblib.load(fastjoblib.dump(value, tmp_path / "empty")[0])
    assert (loaded.dtype, loaded.shape) == (value.dtype, shape)


@pytest.mark.parametrize("dtype", [">f8", ">c16", ">u2", [("a", ">i4"), ("b", ">f8")]])
@pytest.mark.parametrize("order", ["C", "F"])
def test_foreign_byte_order(tmp_path, dtype, order):
    """Which is swapped piece by piece."""
    count = 9 * MIB // np.dtype(dtype).itemsize // 21 * 21
    value = np.frombuffer(array_of(9 * MIB).tobytes(), dtype, count)
    for shape in ((count,), (1, 3, count // 3), (count // 21, 3, 7)):
        array = np.asarray(value.reshape(shape), order=order)
        loaded = fastjoblib.load(fastjoblib.dump(array, tmp_path / "foreign")[0])
        assert loaded.dtype == array.dtype.newbyteorder("=")
        assert loaded.astype(dtype).tobytes() == array.tobytes()
        assert loaded.flags.f_contiguous == array.flags.f_contiguous
