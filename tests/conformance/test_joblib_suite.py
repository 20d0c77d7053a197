# SPDX-License-Identifier: BSD-3-Clause
"""joblib's own tests, unmodified, with the patch on: what passes without it passes with it.

Each run is a pytest of its own over the installed joblib, which writes nothing there. Both the run with and the one
without the patch happen here and now, so that what joblib's tests skip or fail on this machine is not held against us.
"""

import json
import os
import pathlib
import subprocess
import sys

import fastjoblib
import joblib
import pytest
from helpers.run import SANITIZED

PACKAGE = pathlib.Path(fastjoblib.__file__).resolve().parent.parent
TESTS = pathlib.Path(__file__).resolve().parent.parent
SITE = pathlib.Path(joblib.__file__).resolve().parent.parent

WITHIN_ONE_PROCESS = ["numpy_pickle", "numpy_pickle_compat", "numpy_pickle_utils", "memory", "hashing"]
WITH_WORKERS = ["memmapping"]

PATCH_EVERY_PROCESS = """
import os, fastjoblib
fastjoblib.patch_joblib()
open(os.path.join(os.environ["FASTJOBLIB_SUITE_PROCESSES"], str(os.getpid())), "w").close()
"""

pytestmark = pytest.mark.skipif(
    SANITIZED, reason="these tests limit the time of the processes they start, which a sanitizer exceeds"
)


class Run:
    """One run of some of joblib's test modules, in the background."""

    def __init__(self, folder, modules, *, patch=False, patch_workers=False):
        folder.mkdir()
        self.report = folder / "report.json"
        self.log = folder / "log"
        self.processes = folder / "processes"
        self.processes.mkdir()
        (folder / "pytest.ini").write_text("[pytest]\n")
        path = [PACKAGE, TESTS, *filter(None, [os.environ.get("PYTHONPATH")])]
        if patch_workers:
            (folder / "site").mkdir()
            (folder / "site" / "sitecustomize.py").write_text(PATCH_EVERY_PROCESS)
            path.insert(0, folder / "site")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "FASTJOBLIB_SUITE_REPORT": str(self.report),
            "FASTJOBLIB_SUITE_PATCH": str(int(patch)),
            "FASTJOBLIB_SUITE_PROCESSES": str(self.processes),
        }
        environment.pop("PYTEST_ADDOPTS", None)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=short"),
                    *("-p", "helpers.joblib_suite", "-p", "no:cacheprovider"),
                    *("-c", str(folder / "pytest.ini"), f"--rootdir={SITE}", f"--basetemp={folder / 'tmp'}"),
                    *("--pyargs", *(f"joblib.test.test_{module}" for module in modules)),
                ],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def result(self):
        """Wait; return the report."""
        try:
            self.process.wait(timeout=600)
        except subprocess.TimeoutExpired:
            self.process.kill()
            pytest.fail(f"joblib's tests did not end:\n{self.text()}")
        assert self.process.returncode in (0, 1), self.text()  # 1: some failed
        return json.loads(self.report.read_text())

    def text(self):
        return self.log.read_text(errors="replace")[-20_000:]


def check(before, run, *, least, dumps, loads):
    """Compare what came out of a run with the patch to the report of one without."""
    after = run.result()
    passed = {test for test, outcome in before["outcomes"].items() if outcome == "passed"}
    assert len(passed) >= least
    assert (before["dumps"], before["loads"]) == (0, 0)
    assert after["dumps"] >= dumps and after["loads"] >= loads, "the patch was not on"
    changed = {
        test: (before["outcomes"].get(test), after["outcomes"].get(test))
        for test in before["outcomes"].keys() | after["outcomes"].keys()
        if before["outcomes"].get(test) != after["outcomes"].get(test)
    }
    # nor does the patch make tests appear, vanish or be skipped
    assert not changed, f"{changed}\n{run.text()}"


def test_within_one_process(tmp_path):
    control = Run(tmp_path / "control", WITHIN_ONE_PROCESS)
    run = Run(tmp_path / "patched", WITHIN_ONE_PROCESS, patch=True)
    check(control.result(), run, least=700, dumps=200, loads=350)


@pytest.mark.slow
def test_with_worker_processes(tmp_path):
    """One run after the other: joblib's tests limit the time that their processes have.

    Workers load in processes of their own, where nobody counts.
    """
    before = Run(tmp_path / "control", WITH_WORKERS).result()
    run = Run(tmp_path / "patched", WITH_WORKERS, patch=True)
    check(before, run, least=50, dumps=30, loads=0)
    assert not list(run.processes.iterdir())
    run = Run(tmp_path / "workers", WITH_WORKERS, patch=True, patch_workers=True)
    check(before, run, least=50, dumps=30, loads=0)
    assert len(list(run.processes.iterdir())) > 20
