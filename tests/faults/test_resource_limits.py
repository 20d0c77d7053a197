# SPDX-License-Identifier: BSD-3-Clause
"""What the system refuses in the middle of a dump or load: room in a file, memory, a place that has become another."""

import errno
import os
import resource

import fastjoblib
import numpy as np
import pytest
from helpers.run import needs_memory_limit, run_python

NUMBERS = np.random.default_rng(0).integers(0, 1000, 1_500_000)  # 12 MB, compressible
VALUES = {"small": list(range(5_000)), "array": NUMBERS, "arrays": [NUMBERS[:3000]] * 300}


@pytest.fixture
def file_limit():
    """Set how large a file can become: as on a full disk, but EFBIG."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda nbytes: resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, old[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, old)


@pytest.mark.parametrize("nbytes", [0, 100, 4096])
@pytest.mark.parametrize("compress", [0, "zlib", "lz4"])
@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("old", [None, b"old"], ids=["new", "over"])
def test_no_room_in_the_file(tmp_path, file_limit, kind, compress, nbytes, old):
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    file_limit(nbytes)
    with pytest.raises(OSError) as caught:
        fastjoblib.dump(VALUES[kind], path, compress)
    file_limit(resource.RLIM_INFINITY)
    assert caught.value.errno == errno.EFBIG and caught.value.filename == str(path)
    assert os.listdir(tmp_path) == ([] if old is None else ["file"])
    assert old is None or path.read_bytes() == old


class BecomesDirectory:
    """Pickled, it puts a directory in the file's place."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        self.path.unlink()
        self.path.mkdir()
        return str, ()


@pytest.mark.parametrize("n", [100, 5 << 20], ids=["renamed", "exchanged"])
@pytest.mark.parametrize("compress", [0, "lz4"])
def test_a_directory_has_come_meanwhile(tmp_path, n, compress):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    noise = np.random.default_rng(0).integers(0, 2**63, n)
    with pytest.raises(IsADirectoryError, match="file"):
        fastjoblib.dump([BecomesDirectory(path), noise], path, compress)
    assert os.listdir(tmp_path) == ["file"] and path.is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give files away")
@pytest.mark.parametrize("compress", [0, "zlib", "xz"])
def test_the_owner_stays(tmp_path, compress):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)
    fastjoblib.dump([1, 2], path, compress)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)
    assert fastjoblib.load(path) == [1, 2]


MEMORY = """
import gc, os, resource, sys
import fastjoblib, numpy as np
path, method = sys.argv[1:]
unlimited = resource.getrlimit(resource.RLIMIT_AS)

def with_room(nbytes, function, *arguments, **options):
    "Call while the address space may grow by so much: the result, or None where memory ran out."
    gc.collect()
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + nbytes, unlimited[1]))
    try:
        return function(*arguments, **options)
    except MemoryError:
        return None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, unlimited)

# Of kinds that go to different encoders.
block = np.arange(1 << 18)
value = [np.tile(np.arange(100, dtype="u1"), 20_000), block % 977, np.random.default_rng(0).random(1 << 17), "text"]
compress = 0 if method == "none" else (method, 6)
fastjoblib.dump(value, path, compress)
with open(path, "rb") as file:
    expected = file.read()
counts = {}
for n_threads in (1, 3):
    for room in [*range(0, 1 << 18, 1 << 15), *range(1 << 18, 1 << 24, 3 << 18), *range(1 << 24, 1 << 27, 1 << 23)]:
        done = with_room(room, fastjoblib.dump, value, path, compress, n_threads=n_threads)
        assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
        with open(path, "rb") as file:
            assert file.read() == expected
        loaded = with_room(room, fastjoblib.load, path, n_threads=n_threads)
        if loaded is not None:
            assert loaded[3] == "text" and all(map(np.array_equal, loaded[:3], value[:3]))
        counts["dump", done is None] = counts.get(("dump", done is None), 0) + 1
        counts["load", loaded is None] = counts.get(("load", loaded is None), 0) + 1
        del loaded
print(len(counts), counts)
"""


@needs_memory_limit
@pytest.mark.parametrize("method", ["none", "zlib", "lz4"])
def test_no_memory(tmp_path, monkeypatch, method):
    """Of C's own: a dump or load succeeds or raises MemoryError, and the file is whole; it is the same either way."""
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "65536")  # blocks are given back when they are freed
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    printed = run_python(MEMORY, arguments=[tmp_path / "file", method])
    least = 2 if method == "none" else 4  # of both, some succeed and some do not
    assert int(printed.split()[0]) >= least, printed
