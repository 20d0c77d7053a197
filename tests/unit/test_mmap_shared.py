# SPDX-License-Identifier: BSD-3-Clause
"""The one mapping that all arrays of a file share: how long it is there, who may have it, and other processes."""

import contextlib
import errno
import gc
import os
import stat
import threading

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.control import error_of
from helpers.mapped import descriptors, mappings
from helpers.run import run_python

MODES = ["r", "r+", "c"]


@pytest.fixture
def path(tmp_path):
    """Two arrays of some pages."""
    path = tmp_path / "file"
    fastjoblib.dump([np.arange(3000), np.arange(5000.0)], path)
    return path


@pytest.mark.parametrize("mode", MODES)
def test_one_mapping_and_one_descriptor(path, mode):
    loaded = fastjoblib.load(path, mmap_mode=mode)
    assert (mappings(path), descriptors(path)) == (1, 1)
    assert loaded[0]._mmap is loaded[1]._mmap is loaded[0].base
    part = loaded[1][10:20]
    del loaded
    gc.collect()
    assert (mappings(path), descriptors(path)) == (1, 1)
    assert part[0] == 10
    del part
    assert (mappings(path), descriptors(path)) == (0, 0)


def test_nothing_is_mapped_without_arrays(tmp_path):
    path = tmp_path / "file"
    fastjoblib.dump(["x", np.array(["x"], object)], path)
    loaded = fastjoblib.load(path, mmap_mode="r")
    assert (mappings(path), descriptors(path)) == (0, 0)
    assert type(loaded[1]) is np.ndarray


def test_a_load_that_fails_leaves_no_mapping(path):
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(fastjoblib.TruncatedFileError):
        fastjoblib.load(path, mmap_mode="r")
    assert (mappings(path), descriptors(path)) == (0, 0)


@pytest.mark.parametrize("mode", MODES)
def test_a_hundred_thousand_arrays(tmp_path, mode):
    """With 256 descriptors; stock joblib needs one each, and a mapping each, which Linux does not give."""
    printed = run_python(
        """
        import os, resource, sys
        import numpy as np, fastjoblib
        path, mode = sys.argv[1:]
        fastjoblib.dump([np.full(3, i) for i in range(100_000)], path)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        loaded = fastjoblib.load(path, mmap_mode=mode)
        assert all(type(a) is np.memmap and a.mode == mode for a in loaded)
        assert len({a.offset for a in loaded}) == 100_000
        assert [int(a[2]) for a in loaded] == list(range(100_000))
        print(open("/proc/self/maps").read().count(path), os.listdir("/proc/self/fd").__len__() < 16)
        """,
        arguments=[tmp_path / "file", mode],
    )
    assert printed.split() == ["1", "True"]


def test_memory_cannot_be_taken_from_the_arrays(path):
    loaded = fastjoblib.load(path, mmap_mode="r+")
    memory = loaded[0]._mmap
    for take in (memory.close, lambda: memory.resize(1), lambda: memory.__exit__(None, None, None)):
        with pytest.raises(BufferError, match="share"):
            take()
    assert not memory.closed
    assert_same(np.array(loaded[1]), np.arange(5000.0))


def test_one_flush_writes_all(path):
    """What is in the page cache is what other readers see; flush() is msync, of all that the mapping has changed."""
    first, second = fastjoblib.load(path, mmap_mode="r+")
    first[:] = 5
    second[:] = 6
    second.flush()
    again = joblib.load(path)
    assert (again[0] == 5).all() and (again[1] == 6).all()


def test_two_loads_share_the_file_and_no_mapping(path):
    one, two = (fastjoblib.load(path, mmap_mode="r+") for _ in range(2))
    assert mappings(path) == 2
    one[0][7] = 99
    assert two[0][7] == 99
    private = fastjoblib.load(path, mmap_mode="c")
    private[0][7] = 1
    assert two[0][7] == 99 and fastjoblib.load(path)[0][7] == 99


@pytest.mark.parametrize("mode", MODES)
def test_synonyms_of_numpy(path, mode):
    """In joblib "write" empties the file; here it means "r+", as "w+" does in both."""
    for name in {"r": ["readonly"], "c": ["copyonwrite"], "r+": ["readwrite", "write"]}[mode]:
        loaded = fastjoblib.load(path, mmap_mode=name)
        assert loaded[0].mode == mode
        if name != "write":
            assert_same(loaded, joblib.load(path, mmap_mode=name))


def test_name_is_absolute(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    ours, theirs = (library.load(path.name, mmap_mode="r") for library in (fastjoblib, joblib))
    assert ours[0].filename == theirs[0].filename == str(path)
    assert ours[0].filename is ours[1].filename


def test_read_only_file(path):
    """r+ needs to write, as soon as there is an array; as a user to whom permissions apply."""
    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    path.parent.chmod(0o755)
    printed = run_python(
        """
        import os, sys
        import numpy as np, fastjoblib, joblib
        for library in (fastjoblib, joblib):
            library.load(sys.argv[1], mmap_mode="c")  # what is imported late, from folders of root's
        os.chdir(os.path.dirname(sys.argv[1]))
        if os.getuid() == 0:
            os.setuid(65534)
        for library in (fastjoblib, joblib):
            for mode in ("r+", "w+", "r", "c"):
                try:
                    print(library.load("file", mmap_mode=mode)[0][7], end=" ")
                except PermissionError as error:
                    print(str(error).replace(" ", "-"), end=" ")
            print()
        """,
        arguments=[path],
    )
    ours, theirs = printed.splitlines()
    assert ours == theirs
    assert ours.split() == ["[Errno-13]-Permission-denied:-'file'"] * 2 + ["7", "7"]


def test_pipe_cannot_be_mapped(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = fastjoblib.dumps(np.arange(5))
    writer = threading.Thread(target=path.write_bytes, args=[data])
    writer.start()
    value, error = error_of(fastjoblib.load, path, mmap_mode="r")
    writer.join()
    assert value is None
    assert (type(error), error.errno, error.filename) == (OSError, errno.ENODEV, str(path))
    assert "regular file" in str(error)


@pytest.mark.parametrize("mode", MODES)
def test_children_share_the_mapping(path, mode):
    """What a child writes its parent sees, but for copies."""
    loaded = fastjoblib.load(path, mmap_mode=mode)
    pid = os.fork()
    if pid == 0:
        status = 1
        with contextlib.suppress(BaseException):
            assert_same([np.array(x) for x in loaded], [np.arange(3000), np.arange(5000.0)])
            if mode != "r":
                loaded[1][5] = 77
                loaded[1].flush()
            status = 0
        os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    expected = 77 if mode == "r+" else 5
    assert loaded[1][5] == expected
    assert fastjoblib.load(path)[1][5] == expected


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_parallel_workers_map_the_same_file(path, backend):
    printed = run_python(
        """
        import multiprocessing, sys, warnings
        import numpy as np, fastjoblib, joblib

        multiprocessing.set_start_method("fork")  # others do not find the functions of -c
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on: of forks with threads

        def see(array):
            owner = array
            while not isinstance(owner, np.memmap):
                owner = owner.base
            return owner.filename, owner.mode, array.shape, float(array.sum())

        if __name__ == "__main__":
            path, backend = sys.argv[1:]
            whole = fastjoblib.load(path, mmap_mode="r")
            parts = [whole[0], whole[1], whole[1][10:20], whole[1][::7], whole[1].reshape(50, 100).T]
            seen = joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(see)(part) for part in parts)
            assert seen == [(path, "r", part.shape, float(part.sum())) for part in parts], seen
            print("the same")
        """,
        arguments=[path, backend],
    )
    assert printed == "the same\n"
