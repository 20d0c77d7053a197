# SPDX-License-Identifier: BSD-3-Clause
"""A pytest plugin for runs of joblib's own tests: switches the patch on if asked, and reports what became of each.

The environment says what to do: FASTJOBLIB_SUITE_REPORT is the JSON file to write, FASTJOBLIB_SUITE_PATCH=1 asks for
the patch. The report holds `outcomes` by test id, and how often C was called to dump and to load.
"""

import collections
import json
import os

calls = collections.Counter()
outcomes = {}


class CountingCore:
    """Stands before the C module, where no way leads around it."""

    def __init__(self, core):
        self._core = core

    def __getattr__(self, name):
        function = getattr(self._core, name)

        def count(*args):
            calls["dumps" if name.startswith("dump") else "loads"] += 1
            return function(*args)

        return count


def pytest_configure(config):
    if os.environ.get("FASTJOBLIB_SUITE_PATCH") == "1":
        import fastjoblib
        from fastjoblib import _files

        _files._core = CountingCore(_files._core)
        fastjoblib.patch_joblib()


def pytest_runtest_logreport(report):
    """The worst phase counts; an expected failure that passes is not what passes."""
    if report.when == "call" or report.outcome != "passed":
        name = report.outcome if not hasattr(report, "wasxfail") else f"x{report.outcome}"
        if outcomes.get(report.nodeid, "passed") == "passed":
            outcomes[report.nodeid] = name


def pytest_sessionfinish(session):
    with open(os.environ["FASTJOBLIB_SUITE_REPORT"], "w", encoding="utf-8") as file:
        json.dump({"outcomes": outcomes, "dumps": calls["dumps"], "loads": calls["loads"]}, file)
