# SPDX-License-Identifier: BSD-3-Clause
"""What people save comes back with fastjoblib as with joblib, in each direction: the packages of `packages`.

FASTJOBLIB_ECOSYSTEM=all: no package may be missing; =write: what docs/ecosystem.md says is written anew.
"""

import io
import os
import warnings

import joblib
import pytest
from integration.ecosystem import exchange, table
from integration.ecosystem.exchange import DIRECTIONS, try_all
from integration.ecosystem.packages import EXTRA, PACKAGES

# Some models do not converge, and some packages are late to follow NumPy. Those of dump and load are compared.
pytestmark = pytest.mark.filterwarnings("ignore")

MODE = os.environ.get("FASTJOBLIB_ECOSYSTEM", "")


each_package = pytest.mark.parametrize(
    "package",
    [pytest.param(each, id=name, marks=[pytest.mark.slow] * each.slow) for name, each in PACKAGES.items()],
)


def imported(package):
    if package.version() is None and MODE:
        pytest.fail(f"{package.name} is not installed: {EXTRA}")
    pytest.importorskip(package.module, reason=f"{package.name} is not installed: {EXTRA}")


@each_package
def test_package(package):
    imported(package)
    version, tried = package.version(), try_all(package.all_cases())
    assert tried.different == {}
    assert [tried.same[direction] for direction in DIRECTIONS] == [tried.objects] * 3
    assert {name: error for name, error in tried.unfaithful.items() if name not in package.reasons} == {}
    said = table.lines(package, version, tried)
    if MODE == "write":
        table.write(package, said)
    written = table.found(package)
    assert written, f"{package.name} has no row in {table.PAGE.name}"
    if table.version_of(written[0]) == version:
        assert written[0] == said[0], "run `make test-ecosystem`, and commit what it writes"


def test_estimators():
    """A few: `test_package` has them all."""
    from integration.ecosystem import of_sklearn

    tried = try_all(of_sklearn.few())
    assert tried.objects > 10 and tried.different == {} and tried.unfaithful == {}


class Faulty:
    """joblib, but for what `load` does with numbers."""

    @staticmethod
    def dump(value, path, compress):
        joblib.dump(value, path, compress=compress)

    def __init__(self, change):
        self.change = change

    def load(self, path):
        return self.change(joblib.load(path))


def warning(value):
    warnings.warn("of another kind", UserWarning, stacklevel=2)
    return value


def failing(value):
    raise ValueError(f"no {value}")


@pytest.mark.parametrize(
    "change, how",
    [
        (lambda value: value + 1, "values differ"),
        (lambda value: float(value), "type <class"),
        (warning, "of another kind"),
        (failing, "ValueError: no 7, with joblib no error"),
    ],
    ids=["value", "type", "warning", "error"],
)
def test_a_difference_is_found(monkeypatch, change, how):
    monkeypatch.setitem(exchange.TOOLS, "fastjoblib", Faulty(change))
    tried = try_all([("number", 7, lambda it: it)])
    assert how in tried.different["number"]
    assert tried.same == {DIRECTIONS[0]: 1, DIRECTIONS[1]: 0, DIRECTIONS[2]: 0}


def test_what_fails_with_both_is_told():
    tried = try_all([("generator", (each for each in "abc"), list), ("buffer", io.BytesIO(b"abc"), lambda it: 1)])
    assert tried.different == {} and set(tried.unfaithful) == {"generator"}
    assert tried.unfaithful["generator"].startswith("TypeError: ")
