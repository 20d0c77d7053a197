# SPDX-License-Identifier: BSD-3-Clause
"""What compression in threads takes is bounded, however large the object is."""

import pytest
from helpers.run import SANITIZED, run_python

# MiB at level 1, by what each thread has: an encoder, the piece that it works on, and what came of it.
ROOM = {
    "xz": lambda n_threads: 40 + n_threads * (9 + 2 * 8),
    "bz2": lambda n_threads: 20 + n_threads * 4,
    "zstd": lambda n_threads: 30 + n_threads * 10,
}
# Of data: more than that, so that holding all of it would be seen.
BEYOND = {"xz": 20, "bz2": 24, "zstd": 130}


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer keeps what is freed, so memory that is taken means nothing")
@pytest.mark.parametrize("n_threads", [1, 4])
@pytest.mark.parametrize("method", [pytest.param("bz2", marks=pytest.mark.slow), "xz", "zstd"])
def test_dump(tmp_path, method, n_threads):
    printed = run_python(
        """
        import os, sys
        path, method, megabytes, os.environ["FASTJOBLIB_NUM_THREADS"] = sys.argv[1:]
        import fastjoblib, numpy as np

        def status(key):
            with open("/proc/self/status") as file:
                return next(int(line.split()[1]) for line in file if line.startswith(key)) // 1024

        fastjoblib.dumps(0, (method, 1))  # imports what it needs
        value = np.tile(np.frombuffer(np.random.default_rng(0).bytes(500_000), np.uint8), 2 * int(megabytes))
        value[::100] = 0
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the peak is what there is now
        before = status("VmRSS")
        fastjoblib.dump(value, path, (method, 1))
        print(status("VmHWM") - before)
        assert np.array_equal(fastjoblib.load(path), value)
        """,
        arguments=[tmp_path / "file", method, ROOM[method](n_threads) + BEYOND[method], n_threads],
        timeout=300,
    )
    assert int(printed) < ROOM[method](n_threads)
