"""share_arrays: an array that comes up again is one array again, for us and for stock joblib."""

import io
import sys

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.control import assert_same_bytes

SMALL = np.arange(12.0).reshape(3, 4)
LARGE = np.arange(100_000)
ARRAYS = {
    "small": lambda: np.arange(12.0).reshape(3, 4),
    "large": lambda: np.arange(100_000),
    "Fortran": lambda: np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "strided": lambda: np.arange(20_000)[::3],
    "no axes": lambda: np.array(1.5),
    "empty": lambda: np.empty((0, 3)),
    "of objects": lambda: np.array([{"a": 1}, None, "text"], dtype=object),
    "structured": lambda: np.zeros(5, dtype=[("a", "i4"), ("b", "f8")]),
}
READERS = {"fastjoblib": fastjoblib.load, "joblib": joblib.load}
each_reader = pytest.mark.parametrize("load", READERS.values(), ids=READERS)
each_protocol = pytest.mark.parametrize("protocol", range(6))


def shared(value, protocol=None, **options):
    target = io.BytesIO()
    fastjoblib.dump(value, target, protocol=protocol, share_arrays=True, **options)
    return target.getvalue()


@each_reader
@each_protocol
@pytest.mark.parametrize("build", ARRAYS.values(), ids=ARRAYS)
def test_one_array_stays_one(build, protocol, load):
    array, other = build(), build()
    value = {"first": array, "others": [other, array, (array, other)], "text": ["a", "a"]}
    loaded = load(io.BytesIO(shared(value, protocol)))
    assert_same(loaded, fastjoblib.loads(fastjoblib.dumps(value, protocol=protocol)))
    again, first, (second, third) = loaded["others"]
    assert loaded["first"] is first is second
    assert again is third is not first


@each_reader
@each_protocol
def test_many_arrays_in_frames_of_their_own(protocol, load):
    """Indices beyond a byte, and references behind large data."""
    arrays = [np.full(i % 7, i) for i in range(400)]
    large = np.arange(50_000.0)
    value = [*arrays, large, *arrays[::-1], large]
    loaded = load(io.BytesIO(shared(value, protocol)))
    assert_same(loaded, value)
    assert all(a is b for a, b in zip(loaded[:400], loaded[801:400:-1][-400:], strict=True))
    assert loaded[400] is loaded[-1]


@each_reader
def test_written_once(tmp_path, load):
    path = str(tmp_path / "shared")
    fastjoblib.dump([LARGE] * 10, path, share_arrays=True)
    assert (tmp_path / "shared").stat().st_size < LARGE.nbytes * 1.1
    loaded = load(path)
    assert len({id(array) for array in loaded}) == 1
    assert_same(loaded[0], LARGE)


@each_reader
def test_mapped(tmp_path, load):
    path = str(tmp_path / "shared")
    fastjoblib.dump([LARGE, SMALL, LARGE], path, share_arrays=True)
    first, small, second = load(path, mmap_mode="r")
    assert isinstance(first, np.memmap) and first is second and isinstance(small, np.memmap)
    np.testing.assert_array_equal(first, LARGE)


@each_reader
@pytest.mark.parametrize("method", ("zlib", "gzip", "xz"))
def test_compressed(tmp_path, method, load):
    path = str(tmp_path / "shared")
    fastjoblib.dump([SMALL, SMALL], path, compress=method, share_arrays=True)
    first, second = load(path)
    assert first is second


@each_reader
def test_a_memmap_comes_up_twice(tmp_path, load):
    mapped = np.memmap(tmp_path / "data", dtype="f8", mode="w+", shape=10)
    mapped[:] = range(10)
    first, second = load(io.BytesIO(shared([mapped, mapped])))
    assert first is second
    assert_same(np.asarray(first), np.arange(10.0))


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_matrix_comes_up_twice():
    matrix = np.matrix([[1, 2]])
    first, second = fastjoblib.load(io.BytesIO(shared([matrix, matrix])))
    assert first is second and type(first) is np.matrix


def test_views_of_one_memory_stay_different():
    base = np.arange(10)
    first, second = fastjoblib.load(io.BytesIO(shared([base[:], base[:]])))
    assert first is not second and not np.shares_memory(first, second)


@each_protocol
def test_off_by_default(protocol):
    target, control = io.BytesIO(), io.BytesIO()
    fastjoblib.dump([SMALL, SMALL], target, protocol=protocol)
    joblib.dump([SMALL, SMALL], control, protocol=protocol)
    assert_same_bytes(target.getvalue(), control.getvalue())
    first, second = fastjoblib.loads(target.getvalue())
    assert first is not second


def test_temporary_arrays_are_not_mixed_up():
    """Each of these dies as soon as it is written, unless the dump keeps it: its address would be used again."""

    class Maker:
        def __init__(self, n):
            self.n = n

        def __reduce__(self):
            return np.asarray, (np.full(4, self.n),)

    loaded = fastjoblib.load(io.BytesIO(shared([Maker(i) for i in range(1000)])))
    assert [array[0] for array in loaded] == list(range(1000))


def test_array_within_its_own_dtype():
    """It comes up again while it is being written, so it is written twice; neither is kept for ever."""
    metadata = []
    array = np.arange(3, dtype=np.dtype("i4", metadata={"holds": metadata}))
    metadata.append(array)
    before = sys.getrefcount(array)
    data = shared([array, array])
    assert sys.getrefcount(array) == before
    first, second = fastjoblib.load(io.BytesIO(data))
    assert first is second
    np.testing.assert_array_equal(first, [0, 1, 2])
