# SPDX-License-Identifier: BSD-3-Clause
"""Files of fitted scikit-learn estimators, of pandas and of SciPy: their arrays, sizes and globals."""

import io
import warnings

import fastjoblib
import joblib
import numpy as np
import pytest
from helpers.control import error_of
from helpers.traced import assert_lists, check_sizes, traced_load

pytest.importorskip("sklearn", reason="the models are scikit-learn's")

from sklearn.utils import all_estimators

X = np.random.default_rng(0).random((40, 5))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)
ESTIMATORS = [name for name, _ in all_estimators()]


def fitted(name):
    """An estimator, fitted if it can be on this data; None if it cannot be made without arguments."""
    kind = dict(all_estimators())[name]
    model, error = error_of(kind)
    if error is not None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data in (X, np.abs(X), [["a", "b"], ["c", "d"]] * 20, ["some text", "more text"] * 20):
            if error_of(model.fit, data, Y)[1] is None:
                break
    return model


def check(model, data):
    _, arrays = traced_load(data)
    report = fastjoblib.inspect(io.BytesIO(data))
    assert_lists(report, arrays)
    check_sizes(report)
    assert report.notes == ()
    kind = type(model)
    row = next(row for row in report.globals if (row.module, row.name) == (kind.__module__, kind.__qualname__))
    assert "model" in row.paths
    assert report.pickles[0].root.kind == f"{kind.__module__}.{kind.__qualname__}"
    return report


def check_estimator(name, protocols):
    model = fitted(name)
    if model is None:
        return 0
    n = 0
    for protocol in protocols:
        for dump in (fastjoblib.dump, joblib.dump):
            buffer = io.BytesIO()
            if error_of(dump, model, buffer, protocol=protocol)[1] is None:
                check(model, buffer.getvalue())
                n += 1
    return n


def test_some_estimators():
    assert sum(check_estimator(name, [4]) for name in ESTIMATORS[::12]) >= 30


@pytest.mark.slow
def test_all_estimators():
    assert sum(check_estimator(name, [2, 5]) for name in ESTIMATORS) >= 300


@pytest.mark.parametrize("protocol", range(2, 6))
def test_frames(protocol):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "number": np.arange(5.0),
            "text": list("abcde"),
            "category": pandas.Categorical(list("aabbc")),
            "when": pandas.date_range("2024-01-01", periods=5, tz="UTC"),
            "nullable": pandas.array([1, None, 3, 4, 5], dtype="Int64"),
        },
        index=pandas.MultiIndex.from_product([["x"], range(5)]),
    )
    data = fastjoblib.dumps(frame, protocol=protocol)
    _, arrays = traced_load(data)
    report = fastjoblib.inspect(io.BytesIO(data))
    assert_lists(report, arrays)
    check_sizes(report)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "dia", "lil", "dok", "bsr"])
def test_sparse(form):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.random(20, 10, 0.3, format=form, random_state=0)
    for protocol in range(6):
        data = fastjoblib.dumps({"matrix": matrix}, protocol=protocol)
        _, arrays = traced_load(data)
        report = fastjoblib.inspect(io.BytesIO(data))
        assert_lists(report, arrays)
        check_sizes(report)
