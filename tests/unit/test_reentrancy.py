# SPDX-License-Identifier: BSD-3-Clause
"""Calls within calls and from several threads: no state is shared between them."""

import threading

import fastjoblib
import numpy as np
import pytest
from helpers.compare import assert_same
from helpers.control import assert_same_bytes, stock_dumps
from helpers.streams import NoTell, OnlyRead


class DumpsWithin:
    def __init__(self, depth):
        self.depth = depth

    def __reduce__(self):
        inner = DumpsWithin(self.depth - 1) if self.depth else [np.arange(5), "end"]
        return (fastjoblib.loads, (fastjoblib.dumps([inner, self.depth]),))


def test_dumps_within_dumps_and_loads_within_loads():
    loaded = fastjoblib.loads(fastjoblib.dumps(["before", DumpsWithin(20), "after"]))
    value = loaded[1]
    for depth in range(20, 0, -1):
        value, found = value
        assert found == depth
    assert_same(value, [[np.arange(5), "end"], 0])
    assert loaded[0] == "before" and loaded[2] == "after"


class WritesWithin(NoTell):
    def write(self, data):
        assert fastjoblib.loads(fastjoblib.dumps(["within"] * 50)) == ["within"] * 50
        return super().write(data)


class ReadsWithin(OnlyRead):
    def read(self, n):
        assert fastjoblib.loads(fastjoblib.dumps(["within"] * 50)) == ["within"] * 50
        return super().read(n)


def test_file_objects_that_call_back():
    value = {"array": np.arange(1000), "text": ["x" * 50_000, "y" * 50_000]}
    target = WritesWithin()
    fastjoblib.dump(value, target)
    assert_same(fastjoblib.load(ReadsWithin(target.content)), value)


class ChangesItsFile:
    """Closes the file it is being written to."""

    file = None

    def __reduce__(self):
        self.file.close()
        return (int, ())


def test_file_closed_while_dumping(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        ChangesItsFile.file = file
        with pytest.raises(ValueError, match="closed"):
            fastjoblib.dump([ChangesItsFile(), "x" * 100_000], file)
    ChangesItsFile.file = None


@pytest.mark.parametrize("protocol", (0, 4, 5))
def test_threads(tmp_path, protocol):
    values = [{"id": n, "items": [[i, str(i)] for i in range(2000)], "array": np.full(3000, n)} for n in range(4)]
    expected = [stock_dumps(value, protocol) for value in values]
    failures = []

    def work(n):
        try:
            for _ in range(5):
                assert_same_bytes(fastjoblib.dumps(values[n], protocol=protocol), expected[n])
                path = tmp_path / f"file {n}"
                fastjoblib.dump(values[n], path, protocol=protocol)
                assert_same(fastjoblib.load(path), values[n])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_one_target_written_by_many_threads_is_always_whole(tmp_path):
    """Atomic dumps: whoever loads sees one of the values, never a mixture."""
    path = tmp_path / "file"
    values = [np.full(20_000, n) for n in range(3)]
    fastjoblib.dump(values[0], path)
    failures = []
    done = threading.Event()

    def read():
        try:
            while not done.is_set():
                loaded = fastjoblib.load(path)
                assert loaded.shape == (20_000,) and (loaded == loaded[0]).all()
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        writers = [threading.Thread(target=lambda v=v: [fastjoblib.dump(v, path) for _ in range(20)]) for v in values]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    finally:
        done.set()
        reader.join()
    assert not failures, failures
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
