# SPDX-License-Identifier: BSD-3-Clause
"""Signals that come while a dump or load waits for the other side of a FIFO."""

import os

import pytest
from helpers.run import run_python


@pytest.mark.parametrize("call", ["load(path)", "dump(bytes(1 << 22), path)"])
def test_silent_fifo(tmp_path, call):
    """Reads or writes what it can, and waits for the other side; in a process that can be ended if it does for ever."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    run_python(
        f"""
        import os, signal, sys, fastjoblib
        from fastjoblib import dump, load
        path = sys.argv[1]
        both = os.open(path, os.O_RDWR)
        if {call.startswith("load")}:
            os.write(both, fastjoblib.dumps(list(range(1000)))[:100])
        signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
        def handler(number, frame):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise InterruptedError("mine")
        signal.signal(signal.SIGALRM, handler)
        try:
            {call}
        except InterruptedError as error:
            assert str(error) == "mine"
        else:
            raise AssertionError
        """,
        arguments=[path],
        timeout=30,
    )
