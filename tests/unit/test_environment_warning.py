# SPDX-License-Identifier: BSD-3-Clause
"""load() warns once of sealed files that other versions have saved."""

import sys
import warnings

import fastjoblib
import numpy as np
import pytest
import sklearn
from fastjoblib._seal import environment
from helpers.compression import ALL_METHODS
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

X = np.arange(20.0).reshape(10, 2)


@pytest.fixture(autouse=True)
def nothing_warned(monkeypatch):
    monkeypatch.setattr(environment, "_warned", set())


@pytest.fixture
def dump_as(tmp_path, monkeypatch):
    """Dump a value as other versions would."""

    def dump(value, compress=0, **versions):
        real = environment.describe

        def describe(found, metadata):
            facts = real(found, metadata)
            for name, version in versions.items():
                if name == "python":
                    facts["python"] = version
                else:
                    facts["packages"][name] = version
            return facts

        monkeypatch.setattr("fastjoblib._seal.writing.describe", describe)
        path = tmp_path / "model"
        fastjoblib.dump(value, path, compress, seal=True)
        monkeypatch.undo()
        monkeypatch.setattr(environment, "_warned", set())
        return path

    return dump


def warnings_of(path, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fastjoblib.load(path, **options)
    return [w for w in caught if w.category is fastjoblib.EnvironmentMismatchWarning]


@pytest.mark.parametrize("method", [None, *ALL_METHODS])
def test_each_method(dump_as, method):
    path = dump_as([np.arange(5), "x" * 3_000_000], 0 if method is None else (method, 1), numpy="0.5.1")
    (warning,) = warnings_of(path)
    assert f"{str(path)!r} was saved with numpy 0.5.1 (here: {np.__version__}): it may not load" in str(warning.message)
    assert warning.filename == __file__
    assert warnings_of(path) == []  # once


def test_verified_and_mapped(dump_as):
    path = dump_as([np.arange(5)], numpy="0.5.1")
    (warning,) = warnings_of(path, verify=True)
    assert warning.filename == __file__
    environment._warned.clear()
    assert len(warnings_of(path, mmap_mode="r", verify=True)) == 1
    environment._warned.clear()
    assert len(warnings_of(path, mmap_mode="r")) == 1


def test_what_makes_a_difference(dump_as):
    major, minor, *_ = map(int, np.__version__.split(".")[:2])
    same = [f"{major}.{minor + 1}.0", np.__version__]
    assert [warnings_of(dump_as([np.arange(5)], numpy=version)) for version in same] == [[], []]
    assert warnings_of(dump_as([], python=f"3.{sys.version_info.minor + 1}.0")) == []
    (warning,) = warnings_of(dump_as([], python="2.7.18"))
    assert "python 2.7.18" in str(warning.message)
    assert warnings_of(dump_as([], nowhere="1.0")) == []  # not installed: loading says so itself


def test_scikit_learn_by_its_minor_version(dump_as):
    tree = DecisionTreeRegressor().fit(X, X[:, 0]).tree_  # which does not warn itself
    major, minor = map(int, sklearn.__version__.split(".")[:2])
    assert warnings_of(dump_as(tree, sklearn=f"{major}.{minor}.99")) == []
    (warning,) = warnings_of(dump_as(tree, sklearn=f"{major}.{minor - 1}.0"))
    assert f"sklearn {major}.{minor - 1}.0 (here: {sklearn.__version__})" in str(warning.message)


def test_not_where_scikit_learn_warns(dump_as):
    path = dump_as({"model": LinearRegression().fit(X, X[:, 0])}, sklearn="0.1.0")
    assert warnings_of(path) == []
    path = dump_as({"model": LinearRegression().fit(X, X[:, 0])}, sklearn="0.1.0", numpy="0.1")
    (warning,) = warnings_of(path)
    assert "numpy 0.1" in str(warning.message)
    assert "sklearn" not in str(warning.message)


def test_facts_of_a_stranger(dump_as, monkeypatch):
    """Whatever the JSON holds, a load goes on."""
    for facts in ({}, {"packages": 5, "python": []}, {"packages": {"numpy": 1, "a": None}, "warn_by_themselves": 3}):
        monkeypatch.setattr("fastjoblib._seal.writing.describe", lambda found, metadata, facts=facts: facts)
        path = dump_as([1])
        assert warnings_of(path) == []
