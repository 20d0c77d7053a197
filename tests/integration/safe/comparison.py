# SPDX-License-Identifier: BSD-3-Clause
"""Load a fitted model restricted, and tell whether it predicts the same."""

import io
import re

import fastjoblib
import numpy as np
import pandas as pd
from fastjoblib import UntrustedError
from helpers.compare import assert_same
from scipy import sparse

__all__ = ["compare", "fitted", "results"]

METHODS = """predict predict_proba predict_log_proba decision_function transform score_samples kneighbors apply
    get_feature_names_out""".split()


def fitted(groups):
    """Yield name, fitted model and data for each of what the functions of `predictors` and others yield."""
    for group in groups:
        for name, model, data in group():
            yield name, model.fit(*data), data[0]


def results(model, given):
    """What each method returns, or the error that it raises."""
    found = {}
    for method in METHODS:
        try:
            arguments = () if method == "get_feature_names_out" else (given,)
            found[method] = getattr(model, method)(*arguments)
        except Exception as error:
            found[method] = type(error), re.sub(r"\[\d\d:\d\d:\d\d\]", "[time]", str(error))  # XGBoost's say when
    return found


def compare(model, given, **keywords):
    """Save and load it; return why it was refused, or None if it was loaded and is the same.

    Fails where it is another one than `load` returns, or predicts otherwise than before.
    """
    data = fastjoblib.dumps(model)
    try:
        loaded = fastjoblib.safe_load(io.BytesIO(data), **keywords)
    except UntrustedError as error:
        return error
    assert fastjoblib.dumps(loaded) == fastjoblib.dumps(fastjoblib.load(io.BytesIO(data)))
    assert_close(results(model, given), results(loaded, given))
    return None


def assert_close(one, other):
    """Fail unless they are the same up to what depends on where arrays are in memory."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_close(one[key], other[key])
    elif type(one) in (list, tuple):
        assert len(one) == len(other)
        for each, partner in zip(one, other, strict=True):
            assert_close(each, partner)
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, rtol=1e-9)
    elif sparse.issparse(one):
        assert_close(one.toarray(), other.toarray())
    elif isinstance(one, np.ndarray) and one.dtype.kind == "f":
        tolerance = 1e-9 if one.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    else:
        assert_same(one, other)
