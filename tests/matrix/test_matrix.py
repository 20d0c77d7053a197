# SPDX-License-Identifier: BSD-3-Clause
"""Files of many versions of joblib, NumPy and Python, and ours, read by each of them.

`make test` runs a portion on the running interpreter; `make test-matrix` all, with the interpreters it finds on PATH
and under ~/.pyenv/versions. pip installs what is missing into .venv/matrix, so both need the package registry.

Environment variables that bound the full matrix, each a list with spaces between:

    MATRIX_PYTHONS    of 3.10 3.11 3.12 3.13 3.14
    MATRIX_NUMPYS     of 1.26 2
    MATRIX_JOBLIBS    of 1.0 1.1 1.2 1.4 1.5 1.6
"""

import functools
import os
import pathlib
import re

import fastjoblib
import pytest
from matrix.environments import JOBLIBS, NUMPYS, PYTHONS, RUNNING, Environment, find_interpreter
from matrix.layout import DESCRIPTIONS
from matrix.limits import LIMITS, NO_WHEEL, has_no_wheel, limit_of, unusable_as_stated
from matrix.runs import Run, environments_of

PORTION = JOBLIBS[-1:]


def chosen(variable, known):
    """What an environment variable leaves of the known versions."""
    asked = os.environ.get(variable, "").split()
    unknown = set(asked) - set(known)
    assert not unknown, f"{variable} names {sorted(unknown)}; known are {known}"
    return [version for version in known if version in asked or not asked]


BOUNDED = any(os.environ.get(name) for name in ("MATRIX_PYTHONS", "MATRIX_NUMPYS", "MATRIX_JOBLIBS"))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    pythons = [python for python in chosen("MATRIX_PYTHONS", PYTHONS) if find_interpreter(python)]
    wanted = environments_of(pythons, chosen("MATRIX_NUMPYS", NUMPYS), chosen("MATRIX_JOBLIBS", JOBLIBS))
    run = Run(wanted, tmp_path_factory.mktemp("matrix"), log=functools.partial(print, flush=True))
    results = run.run()
    run.say([f"{results.reads} reads by {len({reader for reader, _ in results.failures})} readers"])
    return results


def misreadings(results, reader, writer):
    """Yield a line for each file that fails without a limit that says so, or does not fail as its limit says."""
    failures = results.failures[reader, writer]
    for file in results.files[writer]:
        failure = failures.get(file)
        limit = limit_of(reader, writer, file)
        if limit is None and failure is not None:
            yield f"{reader} reads {writer}/{file}: {failure}"
        elif limit is not None and not re.search(limit.failure, failure or ""):
            yield f"{reader} reads {writer}/{file}: {failure or 'no failure'}, where limits.py says: {limit.reason}"


def unusable(results):
    """Yield what hinders each environment that cannot be used, unless it is what has to hinder it."""
    for environment, message in results.unusable.items():
        if not unusable_as_stated(environment, message):
            yield f"{environment}: {message}"
    for environment in results.files:
        if has_no_wheel(environment):
            yield f"{environment} can be had, where limits.py says: {NO_WHEEL}"


def same_files(results, ours, theirs):
    """Yield the uncompressed files that are not byte for byte the same."""
    names = [name for name in results.files[ours] if name.endswith(".none")]
    assert len(names) > 100
    for name in names:
        left, right = (results.directory / str(environment) / name for environment in (ours, theirs))
        if left.read_bytes() != right.read_bytes():
            yield f"{left} is not {right}"


def check_all(lines):
    lines = list(lines)
    if lines:
        pytest.fail(f"{len(lines)} failures, such as\n" + "\n".join(lines[:20]), pytrace=False)


def test_portion_on_this_interpreter(tmp_path):
    """The newest joblib and ours, with NumPy 1 where there is one and NumPy 2, each reading what each wrote."""
    home = tmp_path / "fastjoblib"
    home.mkdir()
    (home / "fastjoblib").symlink_to(pathlib.Path(fastjoblib.__file__).parent)
    built = {name: os.environ[name] for name in ("LD_PRELOAD", "PYTHONMALLOC") if name in os.environ}
    run = Run(environments_of([RUNNING], NUMPYS, PORTION), tmp_path, {"PYTHONPATH": str(home), **built})
    results = run.run()
    check_all(unusable(results))
    check_all(line for reader, writer in results.failures for line in misreadings(results, reader, writer))
    ours = [environment for environment in results.files if environment.tool == "fastjoblib"]
    assert ours
    for environment in ours:
        newest = Environment(environment.python, environment.numpy, "joblib", JOBLIBS[-1])
        check_all(same_files(results, environment, newest))


class TestFull:
    """The tests of the full matrix; the fixture does the work."""

    pytestmark = [pytest.mark.slow, pytest.mark.matrix]

    @pytest.mark.parametrize("python", PYTHONS)
    def test_interpreter(self, python):
        if not find_interpreter(python):
            pytest.skip(f"no Python {python} that can make virtual environments, on PATH or under ~/.pyenv/versions")

    def test_environments(self, full):
        check_all(unusable(full))

    @pytest.mark.parametrize("tool", [*(f"joblib{version}" for version in JOBLIBS), "fastjoblib"])
    @pytest.mark.parametrize("numpy", NUMPYS)
    @pytest.mark.parametrize("python", PYTHONS)
    def test_reader(self, full, python, numpy, tool):
        joblib = tool.removeprefix("joblib") if tool.startswith("joblib") else ""
        reader = Environment(python, numpy, "joblib" if joblib else tool, joblib)
        writers = usable_writers(full, reader)
        check_all(line for writer in writers for line in misreadings(full, reader, writer))

    @pytest.mark.parametrize("numpy", NUMPYS)
    @pytest.mark.parametrize("python", PYTHONS)
    def test_same_bytes(self, full, python, numpy):
        newest = Environment(python, numpy, "joblib", JOBLIBS[-1])
        usable_writers(full, newest)
        check_all(same_files(full, Environment(python, numpy, "fastjoblib"), newest))

    def test_each_limit_was_met(self, full):
        if BOUNDED or not all(map(find_interpreter, PYTHONS)):
            pytest.skip("a limit may concern an environment that is left out, or whose interpreter is missing")
        files = [(*pair, file) for pair in full.failures for file in full.files[pair[1]] if file != DESCRIPTIONS]
        met = {limit_of(*triple) for triple in files}
        assert not [limit.reason for limit in LIMITS if limit not in met]


def usable_writers(results, reader):
    """Return the writers; skip where `reader` is none of the readers, for a reason that is known."""
    if not find_interpreter(reader.python):
        pytest.skip(f"no Python {reader.python} was found")
    if reader not in results.files:
        if has_no_wheel(reader):
            pytest.skip(NO_WHEEL)
        if BOUNDED and reader not in results.unusable:
            pytest.skip("left out by MATRIX_PYTHONS, MATRIX_NUMPYS or MATRIX_JOBLIBS")
        pytest.fail(f"{reader} cannot be used: {results.unusable.get(reader)}", pytrace=False)
    return list(results.files)
