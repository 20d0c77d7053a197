"""OneVsRestClassifier of scikit-learn, where it predicts several labels.

It makes a sparse matrix of the rows for which its estimators say yes, whose number
SciPy does not compare with the shape: an estimator that predicts more rows than it
gets makes the next compiled code write beyond the end.
"""

from functools import partial
from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, attributes, demand, same

__all__ = ["check_constants", "check_one_vs_rest"]


def check_constants(predictors: list[Any]) -> None:
    """_ConstantPredictor repeats y_ for each row: it must be one number."""
    for predictor in predictors:
        state = attributes(predictor)
        if "y_" in state:
            same(array(state["y_"], "y_", None, "biuf").size, 1, "size of y_")


def check_one_vs_rest(models: list[Any]) -> None:
    """Refuse estimators with functions in them, which may return any number of rows."""
    for model in models:
        state = attributes(model)
        if "estimators_" in state:
            labels = attributes(state.get("label_binarizer_"))
            if labels.get("y_type_") != "multiclass":
                _check_rows(state["estimators_"])


def _check_rows(estimators: Any) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.gaussian_process.kernels import Kernel

    seen: dict[int, Any] = {}
    left = [estimators]
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen[id(each)] = each
        if type(each) in (list, tuple):
            left += each
        elif type(each) is dict:
            left += each.values()
        elif type(each) is np.ndarray and each.dtype == object:
            left += each.ravel().tolist()
        elif isinstance(each, (BaseEstimator, Kernel)):
            left += attributes(each).values()
        elif callable(each):
            demand(_keeps_rows(each), "an estimator of a OneVsRestClassifier", "no function", each)


def _keeps_rows(function: Any) -> bool:
    """Whether it works by element, or is a dtype, or checks only."""
    from sklearn.utils.validation import check_array

    if isinstance(function, type):
        return issubclass(function, np.generic)
    return isinstance(function, np.ufunc) or (type(function) is partial and function.func is check_array)
