"""Checks of what scikit-learn's own code, in Python, does with the attributes of an estimator.

It calls methods whose names are attributes, of objects that are attributes, with what an
object before them has returned: a pipeline is a program.  So each part of one must be
what it stands for: an estimator, the name of a method of estimators, a function.
"""

import builtins
import functools
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import shown
from fastjoblib._safe.rules import Refused

__all__ = ["checking_roles"]

# Attributes that are estimators, or lists, dicts and arrays of these; in pairs and
# triples the second item is one.
_ESTIMATORS = frozenset(
    """base_estimator base_estimator_ best_estimator_ calibrated_classifiers_ classifier classifiers_ cluster_model
    clusterer clusterer_ estimator estimator_ estimators estimators_ final_estimator final_estimator_ init_
    initial_imputer_ imputation_sequence_ indicator_ kernel_ label_encoder_ named_estimators_ named_steps
    named_transformers_ onehotencoder_ regressor regressor_ steps subcluster_estimator transformer transformer_
    transformer_list transformers transformers_ _calibrators _center_estimator _encoder _label_encoder
    _onehot_encoder _onehotencoder _preprocessor _tfidf calibrators""".split()
)
# Attributes that name methods of estimators.
_METHODS = frozenset(
    "chain_method chain_method_ method_name response_method stack_method stack_method_ _response_method".split()
)
_NAMES = frozenset(
    """auto decision_function fit_predict fit_transform inverse_transform predict predict_log_proba predict_proba
    score_samples transform""".split()
)
# Attributes that are functions, or the names of some.
_FUNCTIONS = frozenset(
    """analyzer check_inverse distance_func effective_metric_ feature_names_out func importance_getter inverse_func
    kernel kernel_function metric preprocessor pooling_func score_func scorer scorer_ scoring stop_words tokenizer
    weights _score_func""".split()
)
# Keywords with which NumPy's functions return, or change, what they are given.
_KEYWORDS = frozenset("dtype extobj initial like out signature subok where".split())
_WATCHED = _ESTIMATORS | _METHODS | _FUNCTIONS | {"kw_args", "inv_kw_args"}
_MAX_DEPTH = 4
# Of NumPy's functions that other classes can replace.
_ARRAY_FUNCTION = type(np.sum)


@functools.cache
def checking_roles(check: Callable[[list[Any]], None] | None, extra: frozenset[str]) -> Callable[[list[Any]], None]:
    """Return a final check of an estimator's roles, and then the one that its class has.

    Parameters
    ----------
    check : callable or None
        Of the class's rule.
    extra : frozenset of str
        Names that the caller trusts.
    """

    def check_roles(objects: list[Any]) -> None:
        for obj in objects:
            attributes = vars(obj)
            for name in _WATCHED & attributes.keys():
                _check(type(obj).__name__, name, attributes[name], extra)
        if check is not None:
            check(objects)

    return check_roles


def _check(owner: str, name: str, value: Any, extra: frozenset[str]) -> None:
    where = f"{name} of a {owner}"
    if name in _ESTIMATORS:
        _check_estimators(where, value, extra, 0)
    elif name in _METHODS:
        _check_methods(where, value)
    elif name in _FUNCTIONS:
        _check_function(where, value, extra)
    elif type(value) is dict and not _KEYWORDS.isdisjoint(value):
        found = ", ".join(sorted(_KEYWORDS & value.keys()))
        raise Refused(f"{where}: keywords that do not change what a function returns were expected, found {found}")


def _items(value: Any) -> Iterator[Any]:
    """What is an estimator in a container."""
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, tuple) and len(value) in (2, 3) and isinstance(value[0], str):
        yield value[1]  # (name, estimator[, columns])
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield value[-1]  # of an imputer: (feature, its neighbours, estimator)
    else:
        yield from value


def _is_estimators(value: Any, extra: frozenset[str]) -> bool:
    """Whether it is of scikit-learn, of what is built upon it, or of the caller's."""
    from sklearn.base import BaseEstimator

    cls = type(value)
    package = cls.__module__.partition(".")[0]
    return isinstance(value, BaseEstimator) or package == "sklearn" or f"{cls.__module__}.{cls.__qualname__}" in extra


def _check_estimators(where: str, value: Any, extra: frozenset[str], depth: int) -> None:
    if value is None or type(value) in (str, bool, int, float) or _is_estimators(value, extra):
        return
    container = isinstance(value, (list, tuple, dict)) or (type(value) is np.ndarray and value.dtype == object)
    if not container or depth > _MAX_DEPTH:
        raise Refused(f"{where}: an estimator was expected, found {shown(value)}")
    for item in _items(value):
        _check_estimators(where, item, extra, depth + 1)


def _check_methods(where: str, value: Any) -> None:
    names = value if type(value) in (list, tuple) else [value]
    for name in names:
        if name is not None and not (type(name) is str and name in _NAMES):
            raise Refused(f"{where}: a method of estimators was expected, found {shown(name)}")


def _check_function(where: str, value: Any, extra: frozenset[str]) -> None:
    """Refuse classes, and functions that call or look up what they are given."""
    if isinstance(value, dict):  # several scorers by name
        for item in value.values():
            _check_function(where, item, extra)
        return
    if not callable(value) or _is_estimators(value, extra):
        return
    plain = isinstance(value, (FunctionType, BuiltinFunctionType, np.ufunc, _ARRAY_FUNCTION))
    name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
    if isinstance(value, functools.partial):  # there are rules for those of one function only
        return
    if name not in extra and (not plain or value is builtins.getattr):
        raise Refused(f"{where}: a function was expected, found {shown(value)}")
