# SPDX-License-Identifier: BSD-3-Clause
"""Run the tests of an installed package, with fastjoblib in joblib's place and without, and compare test by test.

Each run is a pytest of its own over the installed package, which writes nothing there. Both are made here and now, so
that what these tests skip or fail on this machine is not held against us. helpers.suite_plugin has the three modes.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

import fastjoblib
import joblib
import pytest

PACKAGE = pathlib.Path(fastjoblib.__file__).resolve().parent.parent
TESTS = pathlib.Path(__file__).resolve().parent.parent
SITE = pathlib.Path(joblib.__file__).resolve().parent.parent

# What each process runs when it starts, for what the tests start.
SITECUSTOMIZE = {
    "patched": """
import os, fastjoblib
fastjoblib.patch_joblib()
open(os.path.join(os.environ["FASTJOBLIB_SUITE_PROCESSES"], str(os.getpid())), "w").close()
""",
    "replaced": """
import helpers.joblib_replaced
helpers.joblib_replaced.replace()
""",
}


class Run:
    """One run of some tests, in the background.

    Parameters
    ----------
    folder : pathlib.Path
        To be made.
    tests : list of str
        Modules, or test ids.
    mode : {"alone", "patched", "replaced"}
    everywhere : bool
        In all processes that the tests start, too; always so where joblib is replaced.
    plugins : iterable of str
        Of pytest.
    options : iterable of str
        For pytest.
    select : str
        A regular expression, for the source of tests; others are left out.
    seconds : float
        After which the run is taken not to end.
    """

    def __init__(
        self, folder, tests, mode="alone", *, everywhere=False, plugins=(), options=(), select="", seconds=600
    ):
        folder.mkdir(parents=True)
        self._seconds = seconds
        self._report = folder / "report.json"
        self._log = folder / "log"
        self.processes = folder / "processes"
        self.processes.mkdir()
        (folder / "pytest.ini").write_text("[pytest]\n")
        path = [PACKAGE, TESTS, *filter(None, [os.environ.get("PYTHONPATH")])]
        if everywhere or mode == "replaced":
            (folder / "site").mkdir()
            (folder / "site" / "sitecustomize.py").write_text(SITECUSTOMIZE[mode])
            path.insert(0, folder / "site")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "FASTJOBLIB_SUITE": mode,
            "FASTJOBLIB_SUITE_SELECT": select,
            "FASTJOBLIB_SUITE_REPORT": str(self._report),
            "FASTJOBLIB_SUITE_PROCESSES": str(self.processes),
        }
        environment.pop("PYTEST_ADDOPTS", None)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=short"),
                    *(f"-p{plugin}" for plugin in ("helpers.suite_plugin", "no:cacheprovider", *plugins)),
                    *("-c", str(folder / "pytest.ini"), f"--rootdir={SITE}", f"--basetemp={folder / 'tmp'}"),
                    *options,
                    *("--pyargs", *tests),
                ],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def result(self):
        """Wait; return the report, a dict of `outcomes` and `calls`."""
        try:
            self._process.wait(timeout=self._seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            pytest.fail(f"the tests did not end:\n{self.text()}")
        assert self._process.returncode in (0, 1), self.text()  # 1: some failed
        report = json.loads(self._report.read_text())
        report["outcomes"] = {_plain(test): outcome for test, outcome in report["outcomes"].items()}
        return report

    def text(self):
        return self._log.read_text(errors="replace")[-20_000:]


def _plain(test):
    """Without addresses in memory, which some ids of tests have in them."""
    return re.sub(r"0x[0-9a-f]{6,}", "0x", test)


def _function(test):
    """Name the function of a test, without its parameters, as pytest takes it from the command line."""
    path, *names = test.partition("[")[0].split("::")
    return "::".join([path.removesuffix(".py").replace("/", "."), *names])


def different(before, after):
    """Return by test what became of it without us and with us, where it is not the same.

    Nor may we make tests appear, vanish or be skipped.
    """
    tests = before["outcomes"].keys() | after["outcomes"].keys()
    pairs = {test: (before["outcomes"].get(test), after["outcomes"].get(test)) for test in sorted(tests)}
    return {test: pair for test, pair in pairs.items() if pair[0] != pair[1]}


def check_same(folder, tests, mode, reasons, *, least, **keywords):
    """Run tests without us and then in a mode, and fail where the outcomes differ for no known reason.

    Some tests depend on timing, so what differs is run again, by itself, up to twice; it must differ each time.

    Parameters
    ----------
    folder : pathlib.Path
    tests : list of str
    mode : {"patched", "replaced"}
    reasons : dict
        By test why its outcomes differ: all of these must.
    least : int
        How many tests must pass without us.
    **keywords
        For `Run`.
    """
    before = Run(folder / "alone", tests, **keywords).result()
    after = Run(folder / mode, tests, mode, **keywords).result()
    counts = [dict(collections.Counter(report["outcomes"].values())) for report in (before, after)]
    print(f"\nwithout fastjoblib: {counts[0]}\n{mode}: {counts[1]}; calls of C: {after['calls']}")
    assert counts[0].get("passed", 0) >= least
    assert after["calls"], "fastjoblib was not used"
    changed = different(before, after)
    for attempt in range(2):
        again = sorted({_function(test) for test in changed.keys() - reasons.keys()})
        if not again:
            break
        print(f"again: {again}")
        pair = [Run(folder / f"{each}-{attempt}", again, each, **keywords) for each in ("alone", mode)]
        still = different(*[run.result() for run in pair])
        changed = {test: changed[test] for test in changed if test in reasons or test in still}
    for test in sorted(changed):
        print(f"{test}: {changed[test]}: {reasons.get(test, 'not known why')}")
    assert changed.keys() == reasons.keys()
