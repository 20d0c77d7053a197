# SPDX-License-Identifier: BSD-3-Clause
"""fastjoblib.Memory and Parallel are joblib's, with our dump, load and hash, and share its folders and pools."""

import asyncio
import pickle

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib._joblib import memory as our_memory
from fastjoblib._joblib import parallel as our_parallel

# joblib says so where a busy machine lets it wait for half a second.
pytestmark = pytest.mark.filterwarnings("ignore:Persisting input arguments took")

ARRAY = np.arange(1000.0)


def entries(folder):
    """The results that are kept, by the names that their digests give them."""
    return sorted(path.relative_to(folder) for path in folder.rglob("output.pkl"))


class Counted:
    """A function with a count of its calls."""

    def __init__(self):
        self.calls = 0


def function(values, counted=None, scale=2):
    counted.calls += 1
    return np.asarray(values) * scale


def cached(cls, folder, **keywords):
    return cls(folder, verbose=0, **keywords).cache(function, ignore=["counted"])


@pytest.mark.parametrize("keywords", [{}, {"mmap_mode": "r"}, {"compress": 3}, {"compress": "lz4"}])
@pytest.mark.parametrize("order", [("ours", "theirs"), ("theirs", "ours")])
def test_folders_are_shared(tmp_path, keywords, order):
    classes = {"ours": fastjoblib.Memory, "theirs": joblib.Memory}
    counted = Counted()
    folders = [tmp_path / "both", tmp_path / "one"]
    for folder, pair in zip(folders, [order, order[::-1]], strict=True):
        calls = [cached(classes[name], folder, **keywords) for name in pair]
        for values in (ARRAY, ARRAY[::-1], {"b": 1, "a": 2}.keys() and [1, 2], (1, 2.5)):
            first = calls[0](values, counted)
            count = counted.calls
            again = calls[1](values, counted)
            assert counted.calls == count, "the second did not find what the first had kept"
            assert type(again) is type(first) and np.array_equal(first, again)
            assert calls[1].check_call_in_cache(values, counted)
    assert entries(folders[0]) == entries(folders[1])
    assert len(entries(folders[0])) == 4


def test_ours_are_used(tmp_path, monkeypatch):
    used = []
    for cls, method, name, call in [
        (our_memory.FileSystemStoreBackend, "dump_item", "numpy_pickle", "dump"),
        (our_memory.FileSystemStoreBackend, "load_item", "numpy_pickle", "load"),
        (our_memory.MemorizedFunc, "_get_args_id", "hashing", "hash"),
    ]:
        replaced = getattr(cls, method).__globals__[name]
        real = getattr(replaced, call)
        assert real is {"dump": fastjoblib.dump, "load": fastjoblib.load, "hash": fastjoblib.hash}[call]
        spy = lambda *args, _real=real, _call=call, **keywords: used.append(_call) or _real(*args, **keywords)  # noqa: E731
        monkeypatch.setattr(replaced, call, staticmethod(spy))
    call = cached(fastjoblib.Memory, tmp_path)
    for _ in range(2):
        call(ARRAY, Counted())
    assert used == ["hash", "dump", "hash", "load"]
    cached(joblib.Memory, tmp_path / "other")(ARRAY, Counted())
    assert len(used) == 4


def test_shelved_results(tmp_path):
    call = cached(fastjoblib.Memory, tmp_path)
    result = call.call_and_shelve(ARRAY, Counted())
    assert type(result.store_backend) is our_memory.FileSystemStoreBackend
    assert type(result) is fastjoblib.MemorizedResult
    assert type(call.call_and_shelve(ARRAY, Counted())) is fastjoblib.MemorizedResult  # found
    assert np.array_equal(result.get(), 2 * ARRAY)
    again = pickle.loads(pickle.dumps(result))
    assert np.array_equal(again.get(), 2 * ARRAY)
    result.clear()
    with pytest.raises(KeyError):
        result.get()


def test_methods(tmp_path):
    memory = fastjoblib.Memory(tmp_path, verbose=0)
    decorated = memory.cache(ignore=["counted"], verbose=0)(function)
    assert type(decorated) is our_memory.MemorizedFunc
    assert memory.cache(decorated).func is function
    assert fastjoblib.Memory(None).cache(function).func is function
    counted = Counted()
    memory.eval(function, ARRAY, counted)
    memory.eval(function, ARRAY, counted)
    assert counted.calls == 2  # which are hashed with `counted`, that has changed
    memory.reduce_size(items_limit=0)
    memory.clear(warn=False)


def test_asynchronous(tmp_path):
    calls = []

    async def slow(x):
        calls.append(x)
        return x + 1

    call = fastjoblib.Memory(tmp_path, verbose=0).cache(slow)
    assert type(call) is our_memory.AsyncMemorizedFunc
    assert [asyncio.run(call(1)) for _ in range(2)] == [2, 2]
    assert calls == [1]
    shelved = asyncio.run(call.call_and_shelve(1))
    assert type(shelved) is fastjoblib.MemorizedResult and shelved.get() == 2


def kind(array):
    return type(array).__name__, float(array.sum())


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_parallel(backend, monkeypatch):
    used = []
    names = our_parallel._Reducer.__call__.__globals__
    real = names["dump"]
    assert real is fastjoblib.dump
    monkeypatch.setitem(names, "dump", lambda *args: used.append("dump") or real(*args))
    array = np.ones(500_000)
    expected = [("ndarray" if backend == "threading" else "memmap", 500_000.0)] * 3
    tasks = [fastjoblib.delayed(kind)(array)] * 3
    assert fastjoblib.Parallel(n_jobs=2, backend=backend)(tasks) == expected
    with fastjoblib.Parallel(n_jobs=2, backend=backend) as parallel:
        assert [parallel(tasks), parallel(tasks)] == [expected] * 2
    count = len(used)
    assert (count == 0) is (backend == "threading")
    with joblib.Parallel(n_jobs=2, backend=backend) as parallel:
        assert parallel(tasks) == expected
    assert len(used) == count, "a pool that joblib goes on to use has our reducer"


def test_parallel_generator():
    parallel = fastjoblib.Parallel(n_jobs=2, return_as="generator")
    assert list(parallel(fastjoblib.delayed(abs)(-i) for i in range(5))) == list(range(5))
