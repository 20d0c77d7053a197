# SPDX-License-Identifier: BSD-3-Clause
"""bz2 by several threads: byte for byte what one encoder writes, wherever its blocks end."""

import bz2
import shutil
import subprocess
import threading

import fastjoblib
import joblib
import numpy as np
import pytest
from fastjoblib._compress.bz2_blocks import Bz2, _BlockEnds
from helpers.control import assert_same_bytes
from hypothesis import given
from hypothesis import strategies as st

LIMIT = 100_000 - 19  # of level 1


def generator():
    return np.random.default_rng(0)


def runs(lengths):
    """Runs of these lengths, of bytes that differ from their neighbours."""
    return np.repeat(np.arange(len(lengths)).astype(np.uint8), lengths).tobytes()


def compressed(data, level=1, n_threads=2, step=1 << 20):
    compressor = Bz2().compressor(level, n_threads)
    parts = [compressor.compress(data[i : i + step]) for i in range(0, len(data), step)]
    return b"".join(parts) + compressor.flush()


DATA = {
    "random": lambda: generator().bytes(1_000_000),
    "zeros": lambda: bytes(30_000_000),
    "short runs": lambda: runs(generator().integers(1, 7, 100_000)),
    "long runs": lambda: runs(generator().integers(1, 1000, 60_000)),
    "runs of four": lambda: runs([4] * 50_000),
    "runs of 255": lambda: runs([255] * 50_000),
    "runs of 256": lambda: runs([256] * 50_000),
    "some long runs": lambda: runs(generator().choice([1, 1, 1, 2, 3, 254, 255, 256, 259, 510, 5000], 60_000)),
    "numbers": lambda: np.arange(100_000).tobytes(),
    "text": lambda: "".join(f"line {i}\n" for i in range(80_000)).encode(),
}


@pytest.mark.parametrize("step", [1 << 20, 99_991])
@pytest.mark.parametrize("kind", DATA)
def test_same_bytes(kind, step):
    data = DATA[kind]()
    assert_same_bytes(compressed(data, step=step), bz2.compress(data, 1))


@pytest.mark.parametrize("level", range(1, 10))
def test_levels(level):
    data = DATA["numbers"]() + generator().bytes(1_500_000)
    assert_same_bytes(compressed(data, level, 3), bz2.compress(data, level))


@pytest.mark.parametrize("nbytes", [0, 1, 2, *range(LIMIT - 3, LIMIT + 4), *range(2 * LIMIT - 3, 2 * LIMIT + 4)])
def test_sizes(nbytes):
    data = generator().integers(0, 255, nbytes, np.uint8)
    data[data == np.roll(data, 1)] += 1  # no runs, so that the size alone fills blocks
    assert_same_bytes(compressed(data.tobytes()), bz2.compress(data.tobytes(), 1))
    assert_same_bytes(compressed(data.tobytes(), step=7777), bz2.compress(data.tobytes(), 1))


@pytest.mark.parametrize("before", range(LIMIT - 6, LIMIT + 2))
@pytest.mark.parametrize("length", [2, 3, 4, 5, 254, 255, 256, 257, 510, 511])
def test_runs_where_a_block_ends(before, length):
    data = runs([1] * before) + b"R" * length + b"behind"
    assert_same_bytes(compressed(data), bz2.compress(data, 1))
    cut = before + length // 2  # the run comes in two parts
    compressor = Bz2().compressor(1, 2)
    parts = [compressor.compress(data[:cut]), compressor.compress(data[cut:]), compressor.flush()]
    assert_same_bytes(b"".join(parts), bz2.compress(data, 1))


def ends_one_by_one(data, limit):
    """Where blocks end, found with one byte after another, as the encoder does it."""
    ends, used, run = [], 0, 0
    for i, byte in enumerate(data):
        if run and (byte != data[i - 1] or run == 255):
            used += run if run < 4 else 5
            run = 0
            if used >= limit:
                ends.append(i)
                used = 0
        run += 1
    return ends


@given(
    st.lists(st.one_of(st.integers(1, 6), st.integers(250, 260), st.integers(500, 1100)), min_size=1, max_size=100),
    st.lists(st.integers(1, 2000), min_size=1, max_size=10),
    st.integers(1, 100),
)
def test_any_runs_in_any_parts(lengths, sizes, limit):
    octets, found, at, parts = np.frombuffer(runs(lengths), np.uint8), [], 0, 0
    ends = _BlockEnds(limit)
    while at < len(octets):
        part = octets[at : at + sizes[parts % len(sizes)]]
        found += [at + end for end in ends.find(part)]
        at += len(part)
        parts += 1
    assert found == ends_one_by_one(octets.tobytes(), limit)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 50])
def test_numbers_of_threads(n_threads):
    data = DATA["text"]() * 3
    before = threading.active_count()
    assert_same_bytes(compressed(data, 1, n_threads), bz2.compress(data, 1))
    assert threading.active_count() == before


def test_one_block_needs_no_thread(monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", None)
    data = generator().bytes(99_000)
    assert_same_bytes(compressed(data), bz2.compress(data, 1))


@pytest.mark.parametrize("level", [None, 1])
def test_files_are_joblibs(tmp_path, monkeypatch, level):
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "3")
    value = [np.arange(500_000), "text" * 50_000, generator().bytes(2_000_000)]
    fastjoblib.dump(value, tmp_path / "ours.bz2", ("bz2", level))
    joblib.dump(value, tmp_path / "theirs.bz2", ("bz2", level))
    assert_same_bytes((tmp_path / "ours.bz2").read_bytes(), (tmp_path / "theirs.bz2").read_bytes())


@pytest.mark.skipif(shutil.which("bzip2") is None, reason="the bzip2 program is not installed")
def test_bzip2_reads_it():
    data = DATA["some long runs"]()
    assert subprocess.run(["bzip2", "-dc"], input=compressed(data), capture_output=True, check=True).stdout == data
