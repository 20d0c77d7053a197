"""Histogram gradient boosting of scikit-learn.

_predictor.pyx follows the nodes of a tree, reads the features and bitsets that they
name, and knows no bounds.  Nodes are checked in C (csrc/array/tree_checks.h).
"""

from functools import partial
from typing import Any

import numpy as np

from fastjoblib import _core
from fastjoblib._safe.checks.values import array, attributes, demand, integer, same
from fastjoblib._safe.rules import Refused

__all__ = ["check_bin_mappers", "check_histogram_boosting", "check_predictors"]

MODEL = "histogram gradient boosting"
MOST_THREADS = 4096  # OpenMP ends the process if it cannot start as many as it is told


def check_predictors(predictors: list[Any]) -> None:
    """Refuse trees whose nodes lead nowhere, whoever holds them."""
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    _core.check_predictors(predictors, PREDICTOR_RECORD_DTYPE)


def check_bin_mappers(mappers: list[Any]) -> None:
    """Refuse thresholds and flags for different numbers of features: _map_to_bins reads one by the other."""
    for mapper in mappers:
        state = attributes(mapper)
        n_threads = state.get("n_threads")
        if n_threads is not None:
            integer(n_threads, "n_threads", -MOST_THREADS, MOST_THREADS)
        if "bin_thresholds_" in state or "is_categorical_" in state:
            n_features = array(state.get("is_categorical_"), "is_categorical_ of a bin mapper", 1, "u").size
            thresholds = state.get("bin_thresholds_")
            demand(type(thresholds) is list, "bin_thresholds_", "a list", thresholds)
            same(len(thresholds), n_features, "length of bin_thresholds_")
            array(state.get("n_bins_non_missing_"), "n_bins_non_missing_", 1, "u", (n_features,))


def check_histogram_boosting(models: list[Any]) -> None:
    """Refuse a model whose trees read more features, or bitsets, than X and the bin mapper have."""
    for model in models:
        state = attributes(model)
        # While it is True, X is taken for bins, and is not validated.
        demand("_in_fit" not in state, MODEL, "no attribute _in_fit", state.get("_in_fit"))
        if "_predictors" in state:
            _check_fitted(state)


def _check_fitted(state: Any) -> None:
    from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    n_features = integer(state.get("n_features_in_"), "n_features_in_", 1)
    mapper = state.get("_bin_mapper")
    demand(type(mapper) is _BinMapper, "_bin_mapper", "a _BinMapper", mapper)
    is_categorical = array(
        attributes(mapper).get("is_categorical_"), "is_categorical_ of a bin mapper", 1, "u", (n_features,)
    )
    rows = state["_predictors"]
    demand(type(rows) is list and all(type(row) is list for row in rows), "_predictors", "a list of lists", rows)
    predictors = [tree for row in rows for tree in row]
    # check_predictors looks at all else.
    by_categories = _core.check_split_features(predictors, TreePredictor, PREDICTOR_RECORD_DTYPE, n_features)
    # A split by categories asks the bitset of a feature, or else the first one.
    if by_categories and not is_categorical.any():
        raise Refused(f"{MODEL}: splits by categories, but no categorical feature")
    if state.get("_preprocessor") is not None:
        _check_preprocessor(state["_preprocessor"], n_features)


def _check_preprocessor(preprocessor: Any, n_features: int) -> None:
    """Refuse a preprocessor unless it returns just as many columns as X has: nobody counts them."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

    what = f"_preprocessor of {MODEL}"
    demand(type(preprocessor) is ColumnTransformer, what, "a ColumnTransformer", preprocessor)
    state = attributes(preprocessor)
    same(state.get("n_features_in_"), n_features, f"n_features_in_ of the {what}")
    parts = state.get("transformers_")
    columns = state.get("_transformer_to_input_indices")
    demand(type(parts) is list and len(parts) >= 2, what, "two transformers", parts)
    demand(type(columns) is dict, what, "a dict of columns", columns)
    left = set(range(n_features))
    wanted = (("encoder", OrdinalEncoder), ("numerical", FunctionTransformer))
    for part, (name, kind) in zip(parts, wanted, strict=False):
        demand(type(part) is tuple and len(part) == 3, what, "a transformer", part)
        same(part[0], name, f"name of a transformer of the {what}")
        demand(type(part[1]) is kind, what, f"a {kind.__name__}", part[1])
        mask = array(part[2], f"columns of the {what}", 1, "b", (n_features,))
        same(columns.get(name), np.flatnonzero(mask).tolist(), f"columns of the {what}")
        left -= set(columns[name])
    for part in parts[2:]:
        demand(type(part) is tuple and part[1:2] == ("drop",), what, "nothing else", part)
    demand(not left, what, "each column somewhere", sorted(left))
    _check_function(attributes(parts[1][1]).get("func"))


def _check_function(function: Any) -> None:
    """Refuse all but check_array, which keeps the shape of what it checks."""
    from sklearn.utils.validation import check_array

    good = type(function) is partial and function.func is check_array and not function.args
    demand(good, f"function in the _preprocessor of {MODEL}", "check_array", function)
