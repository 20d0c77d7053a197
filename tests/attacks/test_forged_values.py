# SPDX-License-Identifier: BSD-3-Clause
"""After safe_load has accepted a file, what compiled code does with its values must not crash."""

import io
import os
import pathlib
import subprocess
import sys

import fastjoblib
import pytest
from attacks import forged_models, forged_states

TESTS = pathlib.Path(__file__).resolve().parent.parent
# Of each kind, in the ordinary run; the rest is slow.
SEEDS, MANY_SEEDS = 4, 400


def dumped(value):
    file = io.BytesIO()
    fastjoblib.dump(value, file, share_arrays=True)
    file.seek(0)
    return file


@pytest.mark.parametrize("name", forged_states.STATES)
@pytest.mark.filterwarnings("ignore")
def test_forged_state_is_refused(name):
    file = dumped(forged_states.STATES[name]())
    with pytest.raises(fastjoblib.UntrustedError) as caught:
        fastjoblib.safe_load(file)
    assert not caught.value.names, "it is refused for what it names, not for its values"


@pytest.mark.parametrize("name", forged_models.VALUES)
@pytest.mark.filterwarnings("ignore")
def test_real_one_is_loaded(name):
    value = forged_models.value(name)
    found = fastjoblib.safe_load(dumped(value))
    assert forged_models.use(found) == forged_models.use(value) > 0


def run_damaged(first, last, names):
    """Damage, load and use values in another process, which must come to its end."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONFAULTHANDLER="1")
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), *filter(None, [environment.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "ignore", str(TESTS / "attacks" / "run_forged.py"), str(first), str(last), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def test_damaged_values_crash_nothing():
    lines = run_damaged(0, SEEDS, forged_models.VALUES)
    assert len(lines) == len(forged_models.VALUES)
    assert any(" 0 refused" not in line for line in lines) and any(" 0 accepted" not in line for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", forged_models.VALUES)
def test_many_damaged_values_crash_nothing(name):
    assert len(run_damaged(SEEDS, MANY_SEEDS, [name])) == 1
