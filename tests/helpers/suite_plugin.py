# SPDX-License-Identifier: BSD-3-Clause
"""A pytest plugin for runs of other projects' tests: puts fastjoblib in joblib's place if asked, and reports.

FASTJOBLIB_SUITE says what to do: "alone" nothing, "patched" calls `patch_joblib`, and in "replaced" runs
helpers.joblib_replaced has been at work. FASTJOBLIB_SUITE_SELECT is a regular expression: tests whose source it is not
found in are left out. FASTJOBLIB_SUITE_REPORT is the JSON file to write: `outcomes` by test, and how often C was
called to dump, to load and to hash.
"""

import collections
import functools
import inspect
import json
import os
import re

import pytest

try:  # joblib's own conftest.py, which is not installed with it, gives these to its tests of Dask
    from distributed.utils_test import cleanup, loop, loop_in_thread  # noqa: F401
except ImportError:
    pass

MODE = os.environ["FASTJOBLIB_SUITE"]

calls = collections.Counter()
outcomes = {}


class CountingCore:
    """Stands before the C module, where no way leads around it."""

    def __init__(self, core):
        self._core = core

    def __getattr__(self, name):
        function = getattr(self._core, name)
        kind = {"dump": "dumps", "load": "loads", "hash": "hashes"}.get(name.partition("_")[0])

        def count(*args):
            calls[kind] += 1
            return function(*args)

        return function if kind is None else count


def pytest_configure(config):
    if MODE == "alone":
        return
    import fastjoblib
    import joblib
    from fastjoblib import _files, _hash, _loading

    assert (joblib is fastjoblib) is (MODE == "replaced")
    for module in (_files, _hash, _loading):
        module._core = CountingCore(module._core)
    if MODE == "patched":
        fastjoblib.patch_joblib()


@functools.cache
def _source(function):
    return inspect.getsource(function)


def _is_selected(item, pattern):
    """Look at the test, and at functions that it is called with, as the checks of scikit-learn's estimators."""
    parameters = getattr(item, "callspec", None)
    values = [] if parameters is None else parameters.params.values()
    functions = [item.function, *(getattr(value, "func", value) for value in values)]
    return any(inspect.isfunction(each) and pattern.search(_source(each)) for each in functions)


def pytest_collection_modifyitems(items):
    pattern = re.compile(os.environ.get("FASTJOBLIB_SUITE_SELECT", ""))
    items[:] = [item for item in items if _is_selected(item, pattern)]


def pytest_runtest_logreport(report):
    """The worst phase counts; an expected failure that passes is not what passes."""
    if report.when == "call" or report.outcome != "passed":
        name = report.outcome if not hasattr(report, "wasxfail") else f"x{report.outcome}"
        if report.outcome == "failed" and report.when != "call":
            name = "error"
        if outcomes.get(report.nodeid, "passed") == "passed":
            outcomes[report.nodeid] = name


def pytest_collectreport(report):
    if report.outcome != "passed":  # a module that is skipped, or cannot be imported
        outcomes[report.nodeid] = f"collection {report.outcome}"


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist: in its workers the tests run
def pytest_testnodedown(node, error):
    calls.update(getattr(node, "workeroutput", {}).get("calls", {}))


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["calls"] = dict(calls)
        return
    with open(os.environ["FASTJOBLIB_SUITE_REPORT"], "w", encoding="utf-8") as file:
        json.dump({"outcomes": outcomes, "calls": dict(calls)}, file)
