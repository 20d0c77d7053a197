# SPDX-License-Identifier: BSD-3-Clause
"""Each system call of save_model, rollback and load_model fails in turn: there is the pair or nothing, and an error."""

import re

import pytest
from helpers.run import run_python

CODE = """
import errno, os, sys
import fastjoblib
from helpers.failing_calls import READING, WRITING, Shim, faults

shim, folder, most = Shim(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC} if most > 2 else {"EIO": errno.EIO}
model = {"coef": [0.5] * 5000}
counts = [0, 0]
LATE = ["fsync", "close", "flock"]  # may fail when the card has got its name, and do not undo that
state = {"i": 0}

def version():
    return f"1.{state['i']}"

def save():
    return fastjoblib.save_model(model, folder, "model", version())

def versions():
    return [card.version for card in fastjoblib.list_models(folder)]

def latest():
    return [card.version for card in fastjoblib.list_models(folder) if card.status == "latest"]

def check_save(result, raised, call, where):
    found = versions()
    there = version() in found
    assert there == (raised is None) or call in LATE, where
    if not there:
        save()  # which removes what is left
    assert fastjoblib.load_model(folder, "model") == model, where
    files = [set(os.listdir(f"{folder}/{each}")) for each in ("models", "metadata")]
    assert len(files[0]) == len(versions()) and len(files[1]) == len(versions()) + 1, (where, files)
    state["i"] += 1
    if len(found) > 5:
        for path in [*os.listdir(f"{folder}/metadata"), *os.listdir(f"{folder}/models")]:
            if not path.startswith("."):
                os.unlink(f"{folder}/{'models' if path.endswith('joblib') else 'metadata'}/{path}")
        save()
        state["i"] += 1

def check_rollback(result, raised, call, where):
    assert latest() == ["1.0" if raised is None else "1.1"] or call in LATE, where
    assert set(os.listdir(f"{folder}/metadata")) == pairs | ({"model_rollback.json"} if latest() == ["1.0"] else set())
    fastjoblib.rollback(folder, "model", "1.1")
    os.unlink(f"{folder}/metadata/model_rollback.json")

def check_load(result, raised, call, where):
    assert (result == model) == (raised is None), where

def sweep(action, check, calls):
    for call in calls:
        for (name, error), from_then_on in faults(call, ERRORS):
            for first in range(most):
                result = raised = None
                with shim.failing(call, first, error, from_then_on) as seen:
                    try:
                        result = action()
                    except OSError as caught:
                        raised = caught
                where = f"{action.__name__}, {call} {first} {name}{' from then on' if from_then_on else ''}: {raised!r}"
                check(result, raised, call, where)
                if seen[0] <= first:
                    assert raised is None, where
                    break
                assert raised is None or raised.errno == error, where
                # Python does not name what it could not close, and repeats neither that nor a rename after EINTR.
                assert raised is None or raised.filename or call == "close", where
                assert raised is None or name not in ("EINTR", "short") or call in ("close", "rename"), where
                counts[0] += 1
                counts[1] += raised is not None

def load():
    return fastjoblib.load_model(folder, "model")

def rollback():
    return fastjoblib.rollback(folder, "model", "1.0")

save()
state["i"] += 1
save()
pairs = set(os.listdir(f"{folder}/metadata"))
rollback()
check_rollback(None, None, "", "before anything fails")
sweep(load, check_load, READING)
sweep(rollback, check_rollback, [*READING, *WRITING, "flock"])
state["i"] += 1
sweep(save, check_save, [*READING, *WRITING, "flock"])
print(counts[0], "calls failed,", counts[1], "exceptions")
"""


@pytest.mark.parametrize("most", [2, pytest.param(1000, marks=pytest.mark.slow)])
def test_each_call_fails_once_and_from_then_on(tmp_path, shim, most):
    printed = run_python(CODE, arguments=[shim, tmp_path / "folder", most], timeout=600)
    print(printed)
    failed, raised = map(int, re.findall(r"\d+", printed))
    assert failed > raised > 20
