# SPDX-License-Identifier: BSD-3-Clause
"""Run a piece of Python in a process of its own, with its memory limited if asked."""

import os
import subprocess
import sys
import textwrap

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")

needs_memory_limit = pytest.mark.skipif(
    SANITIZED, reason="AddressSanitizer reserves terabytes of address space, so RLIMIT_AS cannot be used"
)

LIMIT = """
import os, resource
def limit_memory(room):
    "Let the address space grow by `room` bytes from here on."
    if "libasan" in os.environ.get("LD_PRELOAD", ""):
        return  # tools/test-asan.sh limits the size of each allocation instead
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + room,) * 2)
"""


def run_python(code, *, arguments=(), timeout=120):
    """Run `code` and return what it printed; fail with its errors if it fails.

    `limit_memory(nbytes)` is defined for it. The search path is ours, warnings are errors.
    """
    import fastjoblib

    package = os.path.dirname(os.path.dirname(os.path.abspath(fastjoblib.__file__)))
    tests = os.path.dirname(HERE)
    path = [package, tests, os.path.dirname(tests), os.environ.get("PYTHONPATH", "")]
    result = subprocess.run(
        [
            sys.executable,
            "-X",
            "faulthandler",
            "-W",
            "error",
            "-c",
            LIMIT + textwrap.dedent(code),
            *map(str, arguments),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if result.returncode != 0:
        pytest.fail(f"exit status {result.returncode}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}", pytrace=False)
    return result.stdout
