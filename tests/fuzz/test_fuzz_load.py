# SPDX-License-Identifier: BSD-3-Clause
"""Some thousand damaged files for load, inspect and safe_load, under sanitizers; `make fuzz-load` runs any number.

The kept files are those that libFuzzer found to reach something that no other one does.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from helpers.run import SANITIZED

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED, COUNT = 1, 5000
MISSING = 77  # the exit status of the script where something is


@pytest.mark.skipif(SANITIZED, reason="it is sanitized itself")
def test_kept_files_and_some_made_from_them():
    command = [ROOT / "tools/fuzz-load.sh", sys.executable, "driver", str(SEED), str(COUNT)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if process.returncode == MISSING:
        pytest.skip(process.stderr)
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-6000:]
    cases = dict(re.findall(r"^(\w+): (\d+) cases", process.stderr, re.MULTILINE))
    accepted = dict(re.findall(r"^(\w+): \d+ cases, (\d+) accepted", process.stderr, re.MULTILINE))
    assert cases.keys() == {"load", "inspect", "safe_load"}
    assert sum(map(int, cases.values())) > COUNT
    assert all(int(count) > 100 for count in accepted.values())  # not all is refused at the first byte
