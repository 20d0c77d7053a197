# SPDX-License-Identifier: BSD-3-Clause
"""How many threads are used: what is asked for, the environment, affinity and cgroups."""

import os
import resource

import fastjoblib
import numpy as np
import pytest
from fastjoblib import _threads
from fastjoblib._threads import memory, resolve


@pytest.fixture(autouse=True)
def cgroup(tmp_path, monkeypatch):
    """A directory in place of /sys/fs/cgroup, with no limits in it, 64 cores, and no environment variable."""
    monkeypatch.delenv("FASTJOBLIB_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))
    monkeypatch.setattr(_threads, "_CGROUP", tmp_path)
    _threads._quota.cache_clear()
    yield tmp_path
    _threads._quota.cache_clear()


@pytest.mark.parametrize("number", [1, 2, 64, np.int64(3), np.uint8(4)])
def test_what_is_asked_for(monkeypatch, number):
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "7")
    assert resolve(number) == number
    assert type(resolve(number)) is int


def test_no_more_than_cores(monkeypatch):
    assert resolve(65) == resolve(10**30) == 64
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", "1000")
    assert resolve(None) == 64
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5})
    assert resolve(None) == resolve(3) == 2


@pytest.mark.parametrize("number", [0, -1, -(10**30), np.int8(0)])
def test_too_few(number):
    with pytest.raises(ValueError, match=f"n_threads must be at least 1, not {number}$"):
        resolve(number)


@pytest.mark.parametrize("number", [True, False, 2.0, "2", b"2", (), np.float64(2), np.True_])
def test_not_a_number(number):
    with pytest.raises(TypeError, match=f"n_threads must be an int or None, not {type(number).__name__}$"):
        resolve(number)


@pytest.mark.parametrize("text", ["1", "3", "0016"])
def test_environment(monkeypatch, text):
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", text)
    assert resolve(None) == int(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "two", "1.5", "2 ", "\u0662", "1_0", "9" * 5000])
def test_environment_that_is_no_number(monkeypatch, text):
    monkeypatch.setenv("FASTJOBLIB_NUM_THREADS", text)
    with pytest.raises(ValueError, match="FASTJOBLIB_NUM_THREADS must be a positive integer, not "):
        resolve(None)
    with pytest.raises(ValueError, match="FASTJOBLIB_NUM_THREADS"):
        fastjoblib.dumps(1, "xz")
    assert fastjoblib.dumps(1) and resolve(2) == 2


def test_affinity(monkeypatch):
    assert resolve(None) == 64
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5})
    assert resolve(None) == 1


@pytest.mark.parametrize("limit, expected", [("max", 64), ("150000", 2), ("200000", 2), ("1000", 1), ("9900000", 64)])
def test_cgroup_quota(cgroup, limit, expected):
    (cgroup / "cpu.max").write_text(f"{limit} 100000\n")
    assert resolve(None) == expected


@pytest.mark.parametrize("limit, expected", [("-1", 64), ("250000", 5), ("50000", 1), ("1", 1)])
def test_old_cgroup_quota(cgroup, limit, expected):
    (cgroup / "cpu").mkdir()
    (cgroup / "cpu" / "cpu.cfs_quota_us").write_text(limit + "\n")
    (cgroup / "cpu" / "cpu.cfs_period_us").write_text("50000\n")
    assert resolve(None) == expected


@pytest.mark.parametrize("content", [b"", b"\n", b"1", b"1 2 3", b"text 100000", b"100000 0", b"0 100000", b"\xff 1"])
def test_cgroup_that_says_something_else(cgroup, content):
    (cgroup / "cpu.max").write_bytes(content)
    assert resolve(None) == 64


def test_memory(cgroup, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY,) * 2)
    machine = memory()
    assert machine == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    (cgroup / "memory.max").write_text("max\n")
    assert memory() == machine
    (cgroup / "memory.max").write_text("123456789\n")
    assert memory() == 123456789
    monkeypatch.setattr(resource, "getrlimit", lambda which: (5000, resource.RLIM_INFINITY))
    assert memory() == 5000


def test_old_cgroup_memory(cgroup):
    (cgroup / "memory").mkdir()
    (cgroup / "memory" / "memory.limit_in_bytes").write_text("1000\n")
    assert memory() == 1000
