"""How many threads a call may use, and how much memory there is for them."""

import functools
import math
import numbers
import os

from fastjoblib import _core

__all__ = ["memory", "resolve"]

_VARIABLE = "FASTJOBLIB_NUM_THREADS"
_CGROUP = "/sys/fs/cgroup"
_UNKNOWN_MEMORY = 1 << 30  # where the system does not say, what every machine has


def _from_environment() -> int | None:
    text = os.environ.get(_VARIABLE)
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        raise ValueError(f"the environment variable {_VARIABLE} must be a positive integer, not {text!r}")
    return number


def _read(name: str) -> list[str]:
    """Return the words of a file that describes the cgroup, none if there is no such file."""
    try:
        with open(os.path.join(_CGROUP, name), encoding="ascii") as file:
            return file.read().split()
    except (OSError, ValueError):
        return []


@functools.cache  # three files to open would take as long as a small dump
def _quota() -> float:
    """Return how many cores' time the cgroup may take, infinity if there is no limit."""
    # Version 2 has both numbers in one file, version 1 in two.
    words = _read("cpu.max") or _read("cpu/cpu.cfs_quota_us") + _read("cpu/cpu.cfs_period_us")
    try:
        quota, period = map(int, words)
    except ValueError:  # "max", or no files
        return math.inf
    return quota / period if quota > 0 and period > 0 else math.inf


def _affinity() -> int:
    """Return on how many cores the system lets this process run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    return os.cpu_count() or 1


def _cores() -> int:
    """Return how many cores this process may use, by its affinity and the CPU quota of its cgroup."""
    return min(_affinity(), math.ceil(min(_quota(), 1 << 20)))


def resolve(n_threads: int | None) -> int:
    """Return how many threads to use.

    Parameters
    ----------
    n_threads : int or None
        None means what the environment variable FASTJOBLIB_NUM_THREADS says, or as
        many as there are cores.

    Returns
    -------
    int
        At least 1, and not more than the cores that this process may use.

    Raises
    ------
    TypeError
        If `n_threads` is no integer, or a bool.
    ValueError
        If `n_threads`, or what the variable says, is no positive number.
    """
    if n_threads is None:
        number = _from_environment()
        return _cores() if number is None else min(number, _cores())
    if isinstance(n_threads, bool) or not isinstance(n_threads, numbers.Integral):
        raise TypeError(f"n_threads must be an int or None, not {type(n_threads).__name__}")
    number = int(n_threads)
    if number < 1:
        raise ValueError(f"n_threads must be at least 1, not {number}")
    return min(number, _cores())


def memory() -> int:
    """Return the number of bytes that this process may have, by the machine, its cgroup and its limits."""
    limits = [_core.physical_memory() or _UNKNOWN_MEMORY]
    words = _read("memory.max") or _read("memory/memory.limit_in_bytes")
    if words and words[0].isdigit():  # else "max"
        limits.append(int(words[0]))
    try:
        import resource
    except ImportError:  # Windows
        return min(limits)
    address_space = resource.getrlimit(resource.RLIMIT_AS)[0]
    if address_space != resource.RLIM_INFINITY:
        limits.append(address_space)
    return min(limits)
