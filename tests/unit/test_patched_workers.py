# SPDX-License-Identifier: BSD-3-Clause
"""joblib.Parallel and joblib.Memory with the patch on: what is shared with processes and caches that have none."""

import io
import pickle
import re
import time
import warnings

import fastjoblib
import joblib
import joblib._memmapping_reducer as reducer
import joblib.compressor
import joblib.numpy_pickle
import joblib.numpy_pickle_utils
import numpy as np
import pytest
from fastjoblib import patch_joblib, unpatch_joblib
from helpers.compare import assert_same
from helpers.run import run_python


@pytest.fixture(autouse=True)
def patch_ends():
    yield
    unpatch_joblib()


WORKERS = """
import os, sys
import fastjoblib, joblib, numpy as np

def describe(array, scale):
    import sys
    return type(array).__name__, str(array.dtype), array * scale, "fastjoblib" in sys.modules

arrays = [np.arange(1000.0), np.arange(1000, dtype=">i4").reshape(10, 100), np.asfortranarray(np.ones((30, 40)))]

def check(backend, worker_has_us, **options):
    with joblib.Parallel(n_jobs=2, max_nbytes=100, backend=backend, **options) as parallel:
        for _ in range(2):
            for array, (kind, dtype, result, ours) in zip(
                arrays, parallel(joblib.delayed(describe)(a, 2) for a in arrays)
            ):
                assert kind == "memmap" and dtype == str(array.dtype), (kind, dtype)
                assert (result == array * 2).all() and ours == worker_has_us
"""


@pytest.mark.parametrize("mmap_mode", ["r", "c", "w+"])
def test_workers_without_fastjoblib(mmap_mode, tmp_path):
    """Workers that cannot even import it map what a patched parent has written."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['fastjoblib'] = None\n")
    run_python(
        WORKERS
        + """
os.environ["PYTHONPATH"] = sys.argv[1] + os.pathsep + os.environ["PYTHONPATH"]
def describe(array, scale):
    assert sys.modules["fastjoblib"] is None
    return type(array).__name__, str(array.dtype), array * scale, False
calls = []
core = fastjoblib._files._core
class Counting:
    def __getattr__(self, name):
        calls.append(name)
        return getattr(core, name)
fastjoblib._files._core = Counting()
with fastjoblib.patch_joblib():
    check("loky", False, mmap_mode=sys.argv[2])
assert calls.count("dump_path") >= len(arrays), calls
""",
        arguments=[tmp_path, mmap_mode],
    )


def test_workers_that_are_patched_serve_a_parent_that_is_not(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import fastjoblib\nfastjoblib.patch_joblib()\n")
    run_python(
        WORKERS
        + """
os.environ["PYTHONPATH"] = sys.argv[1] + os.pathsep + os.environ["PYTHONPATH"]
check("loky", True)
""",
        arguments=[tmp_path],
    )


def test_forked_workers_inherit_the_patch():
    run_python(
        WORKERS
        + """
import multiprocessing, warnings
multiprocessing.set_start_method("fork", force=True)
warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on: of forks with threads
def describe(array, scale):
    return type(array).__name__, str(array.dtype), array * scale, hasattr(joblib.load, "__wrapped__")
with fastjoblib.patch_joblib():
    check("multiprocessing", True)
"""
    )


def test_functions_as_tasks(tmp_path):
    """A worker calls its own joblib's function of that name."""
    run_python(
        """
        import sys
        import fastjoblib, joblib
        paths = [f"{sys.argv[1]}/{i}" for i in range(3)]
        with fastjoblib.patch_joblib():
            parallel = joblib.Parallel(n_jobs=2)
            assert parallel(joblib.delayed(joblib.dump)([i], p) for i, p in enumerate(paths)) == [[p] for p in paths]
            assert parallel(joblib.delayed(joblib.load)(p) for p in paths) == [[0], [1], [2]]
        """,
        arguments=[tmp_path],
    )


@pytest.fixture
def mapped(tmp_path, monkeypatch):
    """Load an array as a worker does; returns it, and what has got a finalizer."""
    monkeypatch.setattr(reducer, "JOBLIB_MMAPS", set())
    finalized = []
    monkeypatch.setattr(reducer, "add_maybe_unlink_finalizer", finalized.append)
    path = str(tmp_path / "array")
    fastjoblib.dump(np.arange(10, dtype=">i4"), path)

    def load(*args):
        return joblib.numpy_pickle.load_temporary_memmap(path, *args), finalized

    return path, load


@pytest.mark.parametrize("unlink", [False, True])
@pytest.mark.parametrize("mode", ["r", "r+", "w+", "c"])
def test_temporary_memmap(mapped, mode, unlink):
    path, load = mapped
    theirs, _ = load(mode, False)
    reducer.JOBLIB_MMAPS.clear()
    with patch_joblib():
        array, finalized = load(mode, unlink)
    assert type(array) is np.memmap and array.filename == theirs.filename and array.mode == theirs.mode
    assert_same(array, theirs)
    assert reducer.JOBLIB_MMAPS == {path}
    assert len(finalized) == unlink and all(a is array for a in finalized)


@pytest.mark.parametrize("compress", [False, True, 3, ("gzip", 3)])
@pytest.mark.parametrize("writer", ["patched", "stock"])
def test_memory(tmp_path, writer, compress):
    """Caches written with and without the patch are one cache."""
    runs = []

    def work(n):
        runs.append(n)
        return {"array": np.arange(n), "list": [n]}

    def cached(n):
        memory = joblib.Memory(tmp_path, verbose=0, compress=compress)
        return memory.cache(work)(n)

    expected = {"array": np.arange(5), "list": [5]}
    for is_patched in (writer == "patched", writer != "patched"):
        if is_patched:
            patch_joblib()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert_same(cached(5), expected)
        unpatch_joblib()
    assert runs == [5]


def test_memory_maps_results(tmp_path):
    def work(n):
        return np.arange(n)

    with patch_joblib():
        memory = joblib.Memory(tmp_path, verbose=0, mmap_mode="r")
        work = memory.cache(work)
        assert_same(np.array(work(5)), np.arange(5))
        again = work(5)
    assert type(again) is np.memmap
    assert_same(np.array(again), np.arange(5))


def test_memory_says_what_it_does(tmp_path, capsys):
    """Nothing of joblib's own messages is lost."""

    def work(n):
        return [n]

    said = []
    for name in ("stock", "patched"):
        if name == "patched":
            patch_joblib()
        memory = joblib.Memory(tmp_path / name, verbose=100)
        for _ in range(2):
            memory.cache(work)(5)
        shown = capsys.readouterr().out.replace(str(tmp_path / name), "the cache")
        said.append(re.sub(r"\d+\.\d+", "some", shown))  # seconds
    assert "Calling" in said[0] and "Loading" in said[0] and said[0] == said[1]


def test_compressors_registered_with_joblib(tmp_path, monkeypatch):
    """By their names and by their files' extensions, for writing; by their prefixes for reading."""

    class Prefixed(io.BufferedIOBase):  # a base that has the methods which joblib asks for
        def __new__(cls, target, mode, compresslevel=None):
            modes.append(mode)
            file = open(target, mode) if isinstance(target, str) else target
            if mode == "wb":
                file.write(b"TEST")
            else:
                assert file.read(4) == b"TEST"
            return file

    modes = []
    registry = dict(joblib.compressor._COMPRESSORS)
    for module in (joblib.compressor, joblib.numpy_pickle, joblib.numpy_pickle_utils):
        monkeypatch.setattr(module, "_COMPRESSORS", registry)
    value = [np.arange(100), time.struct_time(range(9))]
    with patch_joblib():
        joblib.register_compressor(
            "test", joblib.compressor.CompressorWrapper(obj=Prefixed, prefix=b"TEST", extension=".test")
        )
        joblib.dump(value, tmp_path / "by_name", compress="test")
        joblib.dump(value, tmp_path / "by.test")
        assert modes == ["wb"] * 2
        assert_same(joblib.load(tmp_path / "by_name"), value)
        assert_same(joblib.load(tmp_path / "by.test"), value)
        assert modes[2:] == ["rb"] * 2
    assert (tmp_path / "by_name").read_bytes()[:6] == b"TEST\x80" + bytes([pickle.DEFAULT_PROTOCOL])
    assert_same(joblib.load(tmp_path / "by.test"), value)
