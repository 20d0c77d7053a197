"""The memory of loaded arrays: whose it is, and that it goes back."""

import gc
import io
import os
import random

import fastjoblib
import numpy as np
import pytest
from helpers.measure import no_measure, rss
from numpy.testing import assert_array_equal

try:
    from numpy._core.multiarray import get_handler_name
except ImportError:  # NumPy 1
    from numpy.core.multiarray import get_handler_name

MIB = 1 << 20


def arrays(count: int, nbytes: int) -> list[np.ndarray]:
    return [np.full(nbytes // 8, i, dtype=np.int64) for i in range(count)]


def saved(tmp_path, value) -> str:
    return fastjoblib.dump(value, tmp_path / "arrays")[0]


def test_arrays_own_their_data(tmp_path):
    for value in (arrays(40, 200_000), [np.arange(MIB)], [np.asfortranarray(np.ones((900, 800)))]):
        loaded = fastjoblib.load(saved(tmp_path, value))
        assert {get_handler_name(array) for array in loaded} == {"fastjoblib"}
        for array, expected in zip(loaded, value, strict=True):
            assert array.base is None
            assert array.flags.owndata and array.flags.writeable and array.flags.aligned
            assert array.flags.f_contiguous == expected.flags.f_contiguous
            assert_array_equal(array, expected)


def test_few_data_stay_with_numpy(tmp_path):
    """A huge page for one array of 100 kB would be twenty times what it needs."""
    loaded = fastjoblib.load(saved(tmp_path, arrays(8, 100_000)))
    assert {get_handler_name(array) for array in loaded} == {"default_allocator"}
    many = fastjoblib.load(saved(tmp_path, arrays(1000, 8_000)))
    assert {get_handler_name(array) for array in many} == {"default_allocator"}


def test_what_is_made_from_them_is_numpy_s(tmp_path):
    array = fastjoblib.load(saved(tmp_path, np.arange(MIB)))
    assert get_handler_name(array + 1) == "default_allocator"
    assert get_handler_name(array.copy()) == "default_allocator"
    assert get_handler_name(np.empty(3)) == "default_allocator"


@pytest.mark.parametrize("nbytes", [8, 64_000, 200_000, 3_000_000, 80 * MIB])
def test_resize(tmp_path, nbytes):
    value = arrays(40, 200_000)
    loaded = fastjoblib.load(saved(tmp_path, value))
    for i in (0, 20, 39):
        loaded[i].resize(nbytes // 8, refcheck=False)
        kept = min(nbytes, 200_000) // 8
        assert_array_equal(loaded[i][:kept], value[i][:kept])
        assert not loaded[i][kept:].any()
        loaded[i][:] = -1
        loaded[i].resize(25_000, refcheck=False)
    for i in set(range(40)) - {0, 20, 39}:
        assert_array_equal(loaded[i], value[i])


def test_freed_in_any_order(tmp_path):
    """Also blocks whose first and last pages are their neighbours' too."""
    value = [np.full(9_000 + 37 * i, i, dtype=np.int64) for i in range(600)]
    loaded = fastjoblib.load(saved(tmp_path, value))
    order = list(range(600))
    random.Random(5).shuffle(order)
    for n, i in enumerate(order):
        loaded[i] = None
        if n % 100 == 50:
            for j in order[n + 1 :]:
                assert_array_equal(loaded[j], value[j])


@no_measure
def test_memory_goes_back(tmp_path):
    """With each array its pages, although a neighbour lives on."""
    path = saved(tmp_path, arrays(400, 250_000))
    fastjoblib.load(path)
    gc.collect()
    before = rss()
    loaded = fastjoblib.load(path)
    whole = rss() - before
    assert 95 * MIB <= whole <= 104 * MIB
    kept = loaded[::40]
    del loaded
    assert rss() - before <= 12 * MIB
    assert [int(array.sum()) for array in kept] == [i * 31_250 for i in range(0, 400, 40)]
    del kept
    assert rss() - before <= 2 * MIB


def test_the_next_load_gets_the_memory(tmp_path):
    """Of a load that is gone, be it of one array or of many; not of one that lives."""
    for value in ([np.arange(MIB)], arrays(100, 250_000)):
        path = saved(tmp_path, value)
        loaded = fastjoblib.load(path)
        address = loaded[0].ctypes.data
        other = fastjoblib.load(path)
        assert other[0].ctypes.data != address
        other_address = other[0].ctypes.data
        del other, loaded
        again = fastjoblib.load(path)
        assert again[0].ctypes.data in (address, other_address)
        assert_array_equal(again, value)
        del again


@no_measure
def test_how_much_is_kept(tmp_path):
    """One spare region of 64 MiB, and what is free in one that has something alive."""
    path = saved(tmp_path, arrays(200, 250_000))  # 48 MiB
    fastjoblib.load(path)
    gc.collect()
    before = rss()  # with the spare
    loads = [fastjoblib.load(path) for _ in range(4)]
    assert 140 * MIB <= rss() - before <= 150 * MIB
    for loaded in loads:
        del loaded[1:]
        assert_array_equal(loaded[0], np.zeros(31_250))
    assert rss() - before <= 8 * MIB  # three have given it back, the fourth waits for the last array
    loads.clear()
    assert rss() - before <= 2 * MIB


@no_measure
def test_one_of_many_small_arrays(tmp_path):
    """It keeps its own pages, and none that its neighbours shared with theirs."""
    path = saved(tmp_path, arrays(2000, 16_504))  # 31 MiB
    fastjoblib.load(path)
    gc.collect()
    before = rss()
    kept = [fastjoblib.load(path)[7 * i] for i in range(8)]
    assert rss() - before <= 40 * MIB  # those of the last load may wait
    assert [int(array[-1]) for array in kept] == [7 * i for i in range(8)]


def test_several_loads(tmp_path):
    """Arrays of one load do not depend on those of another."""
    value = arrays(60, 150_000)
    path = saved(tmp_path, value)
    first, second = fastjoblib.load(path), fastjoblib.load(path)
    for i in range(60):
        first[i][:] = 7
    assert_array_equal(second, value)
    del first
    assert_array_equal(second, value)
    assert_array_equal(fastjoblib.load(path), value)


@no_measure
@pytest.mark.parametrize("compress", [0, 1, "lz4"])
def test_failed_load_gives_it_back(tmp_path, compress):
    path = str(tmp_path / "cut")
    random_data = [np.random.default_rng(i).bytes(250_000) for i in range(400)]
    fastjoblib.dump([np.frombuffer(data, np.uint8) for data in random_data], path, compress)
    os.truncate(path, os.path.getsize(path) * 3 // 4)

    def attempt() -> None:
        with pytest.raises(fastjoblib.FastjoblibError):
            fastjoblib.load(path)

    attempt()
    gc.collect()
    before = rss()
    attempt()
    gc.collect()
    assert rss() - before <= 8 * MIB


def test_file_objects(tmp_path):
    value = arrays(40, 200_000)
    data = io.BytesIO()
    fastjoblib.dump(value, data)
    data.seek(0)
    loaded = fastjoblib.load(data)
    assert {get_handler_name(array) for array in loaded[30:]} == {"fastjoblib"}
    assert_array_equal(loaded, value)


def test_written_to_after_a_fork(tmp_path):
    value = arrays(40, 200_000)
    loaded = fastjoblib.load(saved(tmp_path, value))
    child = os.fork()
    if child == 0:
        try:
            for array in loaded:
                array += 1
            right = all((a == v + 1).all() for a, v in zip(loaded, value, strict=True))
            loaded.clear()
            os._exit(0 if right else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert_array_equal(loaded, value)
