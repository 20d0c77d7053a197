# SPDX-License-Identifier: BSD-3-Clause
"""joblib's own tests, unmodified, with the patch on, and with fastjoblib in joblib's place: the outcomes stay the same.

helpers.joblib_replaced says what "in joblib's place" is. `make test-joblib` runs the whole suite so.
"""

import pathlib

import joblib
import pytest
from helpers.run import SANITIZED
from helpers.suite_runs import Run, check_same, different

WITHIN_ONE_PROCESS = ["numpy_pickle", "numpy_pickle_compat", "numpy_pickle_utils", "memory", "hashing"]
WITH_WORKERS = ["memmapping"]

# What comes out differently with fastjoblib in joblib's place, and why.
_OWN_TABLE = (
    "It looks into joblib's private table of compressors. `fastjoblib.register_compressor` has one of its own, so that "
    "joblib's dump does not change for others, and reads joblib's."
)
DIFFERENT = {
    "joblib/test/test_numpy_pickle.py::test_register_compressor": _OWN_TABLE,
    "joblib/test/test_numpy_pickle.py::test_register_compressor_already_registered": _OWN_TABLE,
}
# What compares two times, and so depends on what else the machine does.
TIMED = {"joblib/test/test_hashing.py::test_hash_numpy_performance"}

pytestmark = pytest.mark.skipif(
    SANITIZED, reason="these tests limit the time of the processes they start, which a sanitizer exceeds"
)


def modules(names):
    return [f"joblib.test.test_{name}" for name in names]


def check(before, run, *, least, **calls):
    """Compare what came out of a run to the report of one without us, which must have passed that many."""
    after = run.result()
    assert list(before["outcomes"].values()).count("passed") >= least
    assert not before["calls"]
    for kind, count in calls.items():
        assert after["calls"].get(kind, 0) >= count, f"fastjoblib was not used: {after['calls']}"
    return {name: outcomes for name, outcomes in different(before, after).items() if name not in TIMED}


def test_within_one_process(tmp_path):
    tests = modules(WITHIN_ONE_PROCESS)
    control = Run(tmp_path / "control", tests)
    patched = Run(tmp_path / "patched", tests, "patched")
    replaced = Run(tmp_path / "replaced", tests, "replaced")
    before = control.result()
    changed = check(before, patched, least=700, dumps=200, loads=350)
    assert not changed, f"{changed}\n{patched.text()}"
    changed = check(before, replaced, least=700, dumps=250, loads=350, hashes=1500)
    assert changed.keys() == DIFFERENT.keys(), f"{changed}\n{replaced.text()}"


@pytest.mark.slow
def test_with_worker_processes(tmp_path):
    """One run after the other: joblib's tests limit the time that their processes have.

    Workers load in processes of their own, where nobody counts.
    """
    tests = modules(WITH_WORKERS)
    before = Run(tmp_path / "control", tests).result()
    run = Run(tmp_path / "patched", tests, "patched")
    changed = check(before, run, least=50, dumps=30)
    assert not changed, f"{changed}\n{run.text()}"
    assert not list(run.processes.iterdir())
    run = Run(tmp_path / "workers", tests, "patched", everywhere=True)
    changed = check(before, run, least=50, dumps=30)
    assert not changed, f"{changed}\n{run.text()}"
    assert len(list(run.processes.iterdir())) > 20


@pytest.mark.slow
def test_every_file_of_the_suite(tmp_path):
    for module in ("distributed", "pytest_asyncio", "pytest_timeout"):
        pytest.importorskip(module, reason=f"joblib's tests need {module}: pip install 'fastjoblib[suites]'")
    files = pathlib.Path(joblib.__file__).parent.glob("test/test_*.py")
    names = modules(sorted(path.stem.removeprefix("test_") for path in files))
    assert len(names) > 20
    # Where a pool of multiprocessing ends a worker that holds the lock of a queue, joblib waits for ever.
    keywords = {"plugins": ["pytest_asyncio.plugin", "pytest_timeout"], "options": ["--timeout=120"]}
    check_same(tmp_path, names, "replaced", DIFFERENT, least=1400, seconds=2400, **keywords)
