# SPDX-License-Identifier: BSD-3-Clause
"""Let every allocation of Python's fail, one after the other, in calls of every kind.

    python tests/helpers/out_of_memory.py [--step N] [--leaks] [case...]

For N = 0, 1, 2 ... the allocation after N others fails, once, and then that and
those that follow. Whatever happens, the call succeeds or raises MemoryError; no file
is left but the old or the new one, no descriptor and no thread; and the next call
works. With --leaks each is repeated, and no memory may be left either. Prints a line
of counts for each case.

Python's memory alone is meant, not what C takes with malloc().
"""

import argparse
import gc
import os
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
if __name__ == "__main__":
    sys.path[0] = os.path.dirname(HERE)  # not here, where compression.py is, a name of the standard library's

import _testcapi  # noqa: E402

import helpers.out_of_memory_in_c  # noqa: E402, F401  (adds cases)
import helpers.out_of_memory_inspect  # noqa: E402, F401  (the same)
import helpers.out_of_memory_sealed  # noqa: E402, F401
import helpers.out_of_memory_unpicklable  # noqa: E402, F401
from helpers.out_of_memory_cases import CASES  # noqa: E402

# The end is where failing from N on changes nothing so often: some allocations can be done without.
ENOUGH = 40
# What fails "from then on" where Python functions are between. All would be too many: CPython makes an int for an
# exception that leaves a block beyond a function's 256th instruction, tries until it gets one, and aborts when
# its 16 spare MemoryErrors are used up.
A_FEW = 12
# What Python and NumPy raise in place of MemoryError, or do not raise.
OTHERS_FAULTS = (
    "error return without exception set",  # of a slot of one of Python's types: ours have functions
    "can't allocate read lock",  # of a BufferedReader or BufferedWriter
    "Unable to allocate lock",  # of a ZstdCompressor or ZstdDecompressor
    "__reduce__ of numpy.",  # returns a result although it has failed
    "<class 'numpy.nditer'> returned NULL",
    "<built-in function where> returned NULL",  # NumPy's
)
STANDARD_LIBRARY = ("<frozen ", sysconfig.get_path("stdlib") + os.sep)


class Wrong(AssertionError):
    pass


def lay_tuples_ready():
    """NumPy's dtype.__reduce__ crashes where it gets no tuple; Python keeps those that were freed."""
    for size in range(1, 12):
        [tuple([None] * size) for _ in range(8)]


def call_without_memory(call, first, last):
    lay_tuples_ready()
    _testcapi.set_nomemory(first, last)
    try:
        return call(), None
    except BaseException as error:
        return None, error
    finally:
        _testcapi.remove_mem_hooks()


def is_others_fault(error):
    """Raised by Python's own modules, or one of OTHERS_FAULTS."""
    if any(text in str(error) for text in OTHERS_FAULTS):
        return True
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(STANDARD_LIBRARY)


def exits(case):
    """The allocations of with statements: where CPython cannot call __exit__ it keeps what that would close."""
    found = set()
    n = in_a_row = 0
    while case.closes_in_python and in_a_row < ENOUGH:
        error = call_without_memory(case.call, n, n + 1)[1]
        lines = [] if error is None else traceback.extract_tb(error.__traceback__)
        if lines and lines[-1].line.startswith("with "):
            found.add(n)
        in_a_row = in_a_row + 1 if error is None else 0
        n += 1
    return found


def attempt(case, first, last):
    """Call it while allocations fail, and return what came of it."""
    result, error = call_without_memory(case.call, first, last)
    if error is None:
        case.check(result)
        return "successes"
    if isinstance(error, MemoryError):
        return "MemoryErrors"
    if isinstance(error, case.expected):
        return "successes"
    if is_others_fault(error):
        return "errors of others"
    traceback.print_exception(error)
    raise Wrong(f"{type(error).__name__} with no memory from {first} to {last}")


def works(case):
    try:
        result = case.call()
    except case.expected:
        return
    assert not case.expected, "no error"
    case.check(result)


def look_around(case):
    names = sorted(os.listdir(case.folder))
    assert set(names) <= case.names, f"left behind: {names}"
    gc.collect(0)  # a descriptor may hang on a traceback
    return len(os.listdir("/proc/self/fd")), threading.active_count()


def goes_back(case, around):
    """Whether all is as it was, as soon as the thread that lets replaced files go is done."""
    deadline = time.monotonic() + 10
    while (now := look_around(case)) != around and time.monotonic() < deadline:
        time.sleep(0.001)
    return now == around


def growth(case, first, last, times):
    """Return how many blocks of memory so many calls leave behind."""
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(times):
        call_without_memory(case.call, first, last)
    gc.collect()
    return sys.getallocatedblocks() - before


def check_leaks(case, first, last):
    """What Python keeps for itself is bounded, and a leak is not."""
    growth(case, first, last, 5)
    if growth(case, first, last, 20) > 10:
        growth(case, first, last, 400)
        more = growth(case, first, last, 400)
        assert more < 200, f"{more} blocks leaked by 400 calls with no memory from {first} to {last}"


def sweep(case, step, leaks):
    counts = Counter()
    known = exits(case)
    time.sleep(0.1)  # for that thread
    around = look_around(case)
    n = in_a_row = 0
    while in_a_row < ENOUGH // min(step, 4):
        for last in (n + 1, 0 if case.in_c else n + A_FEW):
            result = attempt(case, n, last)
            counts[result] += 1
            near = range(n - A_FEW, last + A_FEW)  # from one call to the next their numbers shift a little
            if known.intersection(near) and look_around(case) == (around[0] + 1, around[1]):
                counts["descriptors kept by CPython"] += 1
                around = look_around(case)
                assert counts["descriptors kept by CPython"] <= 2 * A_FEW
            assert goes_back(case, around), (n, last, around, look_around(case))
            if leaks and case.in_c and not case.numpy_leaks:
                check_leaks(case, n, last)
        in_a_row = in_a_row + 1 if result == "successes" else 0
        if n % (8 * step) == 0:
            works(case)
        n += step
    works(case)
    return n, counts


def run(name, step, leaks):
    with tempfile.TemporaryDirectory() as folder:
        case = CASES[name](folder)
        for _ in range(3):
            works(case)
        n, counts = sweep(case, step, leaks)
    text = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
    print(f"{name}: {n} allocations, {text}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--leaks", action="store_true")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    for name in arguments.cases or CASES:
        try:
            run(name, arguments.step, arguments.leaks)
        except BaseException:
            print(f"in {name}:", file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
