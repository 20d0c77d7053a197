# SPDX-License-Identifier: BSD-3-Clause
"""Memory runs out at every allocation in turn: MemoryError or success, and nothing is left behind.

The full sweep is slow; with -s it prints how many allocations each call has, and what became of them.
"""

import os
import subprocess
import sys

import pytest
from helpers.run import HERE, SANITIZED

pytest.importorskip("_testcapi", reason="some systems leave Python's own test module out")
pytestmark = pytest.mark.skipif(SANITIZED, reason="AddressSanitizer ends the process where it has no memory")

# backports.zstd 1.8.0 has crashed within ZstdDecompressor() where it got no memory,
# once in some forty sweeps.
LEFT_OUT = {"load_zstd"}

# In a process of its own, each: it may crash.
GROUPS = {
    "dump": ["dump", "convert"],
    "load": ["load", "progress"],
    "pickle": ["pickle"],
    "core": ["core"],
    "inspect": ["inspect"],
}


def sweep(group, *options):
    from helpers.out_of_memory import CASES

    names = [name for name in CASES if name.split("_")[0].rstrip("s") in GROUPS[group] and name not in LEFT_OUT]
    assert len(names) >= 4
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", os.path.join(HERE, "out_of_memory.py"), *options, *names],
        capture_output=True,
        text=True,
        timeout=600,
    )
    print(result.stdout)
    assert result.returncode == 0, result.stderr[-4000:]
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == names
    assert all(" MemoryErrors" in line for line in result.stdout.splitlines())


@pytest.mark.parametrize("group", GROUPS)
def test_some_allocations_fail(group):
    sweep(group, "--step", "7")


@pytest.mark.slow
@pytest.mark.leaks
@pytest.mark.parametrize("group", GROUPS)
def test_every_allocation_fails(group):
    sweep(group, "--leaks")
