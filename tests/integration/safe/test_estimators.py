# SPDX-License-Identifier: BSD-3-Clause
"""Restricted loading accepts what scikit-learn makes: every estimator, by itself and in what holds others."""

import zlib

import pytest
from integration.safe import boosting, predictors, transformers
from integration.safe.comparison import compare, fitted
from integration.safe.estimators import HOLDERS, of_every_estimator

# Some do not converge, and some are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore")

# What is refused, and why it has to be.
REFUSED = {
    "boosting-init": "C adds to what another estimator predicts, and trusts it to be as long as the data",
    "search-randint": "SciPy saves a discrete distribution with a bound method, for which pickles call getattr",
}
TRUSTED = ("numpy", "scipy", "pandas", "sklearn")


def check(cases, trusted=TRUSTED):
    """Compare them; return how many there are, and which were refused without a reason of ours."""
    names, refused = set(), {}
    for name, model, given in cases:
        assert name not in names
        names.add(name)
        error = compare(model, given, trusted=trusted)
        if error is not None:
            refused[name] = str(error)
    unexplained = {name: message for name, message in refused.items() if name not in REFUSED}
    assert unexplained == {}
    assert {name for name in REFUSED if name in names} == refused.keys()
    return len(names), len(refused)


@pytest.mark.parametrize("kind", ["numpy", "pandas"])
def test_every_estimator_alone(kind):
    count, refused = check(of_every_estimator(["alone"], [kind]))
    assert count > 200 and refused == 0


def test_some_in_others():
    """One in seven, chosen by name."""
    names = lambda name: zlib.crc32(name.encode()) % 7 == 0  # noqa: E731
    count, refused = check(of_every_estimator([holder for holder in HOLDERS if holder != "alone"], only=names))
    assert count > 100 and refused == 0


@pytest.mark.slow
@pytest.mark.parametrize("holder", HOLDERS)
def test_every_estimator_in(holder):
    count, refused = check(of_every_estimator([holder]))
    assert count > 50 and refused == 0


@pytest.mark.parametrize("group", [*predictors.GROUPS, *transformers.GROUPS], ids=lambda group: group.__name__)
def test_parameters(group):
    count, refused = check(fitted([group]))
    assert count > 5 and refused <= 0.03 * count + 1


def test_few_are_refused():
    groups = [*predictors.GROUPS, *transformers.GROUPS]
    assert len(REFUSED) <= 0.03 * sum(1 for group in groups for _ in group())


@pytest.mark.parametrize("package", ["lightgbm", "xgboost"])
def test_boosting(package):
    pytest.importorskip(package)
    count, refused = check(fitted([getattr(boosting, f"{package}_models")]), (*TRUSTED, package))
    assert count > 10 and refused == 0
