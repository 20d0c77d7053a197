# SPDX-License-Identifier: BSD-3-Clause
"""A signal at each of many moments of a compressing dump: while blocks are fed, waited for, written, put in place."""

import os
import signal
import time

import fastjoblib
import numpy as np
import pytest

# Blocks that take long, of one array: the compressor has some of them in its own memory, others lie in the array's.
BLOCK = np.tile(np.arange(250, dtype="u1"), 4)
SLOW = np.concatenate([np.roll(BLOCK, i)[: 1000 - i % 7] for i in range(6300)])


class Interrupted(BaseException):
    pass


@pytest.fixture
def handler():
    def interrupt(number, frame):
        raise Interrupted

    old = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("compress", [("zlib", 7), ("lz4", 9)])
def test_a_dump_ends_there_or_is_whole(tmp_path, handler, compress, n_threads):
    path = tmp_path / "file"
    begin = time.perf_counter()
    fastjoblib.dump(SLOW, path, compress, n_threads=n_threads)
    duration = time.perf_counter() - begin
    whole = path.read_bytes()
    n_interrupted = 0
    for i in range(1, 16):
        path.write_bytes(b"old")
        try:
            signal.setitimer(signal.ITIMER_REAL, duration * i / 15)
            fastjoblib.dump(SLOW, path, compress, n_threads=n_threads)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except Interrupted:
            n_interrupted += 1
        assert os.listdir(tmp_path) == ["file"]
        assert path.read_bytes() in (b"old", whole)
    assert n_interrupted > 0
