# SPDX-License-Identifier: BSD-3-Clause
"""save_model and rollback in processes that are killed: a version is there with its card, or nothing of it is."""

import pytest
from helpers.run import SANITIZED, run_python

pytestmark = pytest.mark.skipif(SANITIZED, reason="AddressSanitizer makes forks slow")

# What both tests need: real models, children to kill, and what must be so after each.
COMMON = """
import errno, os, random, re, signal, sys, time, traceback, warnings
import numpy as np
import fastjoblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

folder, n = sys.argv[1], int(sys.argv[2])
X, y = load_iris(return_X_y=True)
models = [RandomForestClassifier(15 * i, random_state=i).fit(X, y) for i in (1, 2, 3)]
expected = [model.predict_proba(X) for model in models]

def save(i):
    version = f"1.{i}"
    return fastjoblib.save_model(models[i % 3], folder, "iris", version, metrics={"i": i}, X=X, y=y)

def start(function):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            function()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child

def end_of(child):
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, status
    return status

def check_all(saved, at):
    "Each version that is listed is whole, and none is missing that was saved."
    cards = fastjoblib.list_models(folder)
    versions = [card.version for card in cards]
    assert versions in (saved, [*saved, f"1.{at}"]), (versions, saved, at)
    for card in cards[-2:]:
        i = card.metrics["i"]
        assert card.version == f"1.{i}"
        model = fastjoblib.load_model(folder, "iris", card.version)
        assert (model.predict_proba(X) == expected[i % 3]).all()
    return versions

def check_tidy():
    "After a save nothing is there but pairs, and the lock."
    cards = fastjoblib.list_models(folder)
    assert sorted(os.listdir(f"{folder}/models")) == sorted(os.path.basename(card.file) for card in cards)
    names = {name for name in os.listdir(f"{folder}/metadata") if not name.endswith("_metadata.json")}
    assert names <= {".iris.lock", "iris_rollback.json"}, names
    assert len(os.listdir(f"{folder}/metadata")) == len(cards) + len(names)
"""

RANDOM = """
if sys.argv[3] != "nothing":
    from helpers.failing_calls import Shim
    Shim(sys.argv[4]).lack(sys.argv[3], errno.EINVAL)
chance = random.Random(n)
save(0)
started = time.perf_counter()
save(1)
took = time.perf_counter() - started
saved, i = ["1.0", "1.1"], 2
reading, writing = os.pipe()
outcomes = {"none": 0, "left-overs": 0, "whole": 0}
for _ in range(n):
    def work():
        os.write(writing, b"!")
        save(i)
    child = start(work)
    os.read(reading, 1)
    time.sleep(chance.uniform(0.0, 3 * took))
    os.kill(child, signal.SIGKILL)
    end_of(child)
    versions = check_all(saved, i)
    left = len(os.listdir(f"{folder}/models")) + len(os.listdir(f"{folder}/metadata")) > 2 * len(versions) + 1
    outcomes["whole" if len(versions) > len(saved) else "left-overs" if left else "none"] += 1
    if len(versions) == len(saved):
        save(i)  # the version is free
    saved.append(f"1.{i}")
    if left:
        check_tidy()
    i += 1
save(i)
check_tidy()
print(n, "kills:", outcomes)
assert n < 100 or min(outcomes["left-overs"], outcomes["whole"]) > 0, outcomes
"""


@pytest.mark.parametrize(
    "lacking, n",
    [
        ("nothing", 12),
        pytest.param("nothing", 200, marks=pytest.mark.slow),
        pytest.param("tmpfile", 200, marks=pytest.mark.slow),
    ],
)
def test_sigkill_at_random_moments(tmp_path, shim, lacking, n):
    print(run_python(COMMON + RANDOM, arguments=[tmp_path / "folder", n, lacking, shim], timeout=600))


EACH_STEP = """
def killed_at(step, function):
    "Call, and be killed at a step: before Python opens, renames, removes, locks or lists something."
    seen = 0
    def count(event, arguments):
        nonlocal seen
        if event in ("open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove", "fcntl.flock"):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    function()

def sweep(function, check):
    step = 1
    while end_of(start(lambda: killed_at(step, function))) != 0:
        check(step)
        step += 1
    return step - 1

save(0)
saved = ["1.0"]
state = {"i": 1}
outcomes = []

def check_save(step):
    versions = check_all(saved, state["i"])
    outcomes.append(len(versions) > len(saved))
    if outcomes[-1]:
        saved[:] = versions
        state["i"] += 1

n_save = sweep(lambda: save(state["i"]), check_save)
saved.append(f"1.{state['i']}")
check_tidy()
assert n_save >= 10 and outcomes == sorted(outcomes), outcomes  # from one step on it is there

def latest():
    [version] = [card.version for card in fastjoblib.list_models(folder) if card.status == "latest"]
    return version

def check_rollback(step):
    assert latest() in saved[-2:]

n_rollback = sweep(lambda: fastjoblib.rollback(folder, "iris", saved[-2]), check_rollback)
assert latest() == saved[-2] and n_rollback >= 4
check_tidy()
print(n_save, "steps of a save,", n_rollback, "of a rollback")
"""


def test_sigkill_at_each_step(tmp_path):
    print(run_python(COMMON + EACH_STEP, arguments=[tmp_path / "folder", 0], timeout=300))
