"""Checks of what scikit-learn's own code, in Python, does with the attributes of an estimator.

It calls methods whose names are attributes, of objects that are attributes, with what an
object before them has returned: a pipeline is a program.  So each part of one must be
what it stands for: an estimator, the name of a method of estimators, a function.
"""

import builtins
import functools
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType
from typing import Any, NoReturn

import numpy as np

from fastjoblib._safe.checks.values import shown
from fastjoblib._safe.rules import Refused

__all__ = ["roles_of"]

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
# Keywords for such functions; those of a transformer are plain values, since a function
# could change an array that compiled code relies on.
_PLAIN_KEYWORDS = frozenset(("kw_args", "inv_kw_args"))
_KWARGS = _PLAIN_KEYWORDS | {"_kwargs", "kernel_params", "metric_kwds", "metric_params", "_metric_kwds"}
_MAX_DEPTH = 4
_PLAIN = (str, bool, int, float, type(None))
_CONTAINERS = (list, tuple)
_Where = tuple[str, str]  # an attribute, and the class that has it
# Of NumPy's functions that other classes can replace.
_ARRAY_FUNCTION = type(np.sum)


@functools.cache
def roles_of(extra: frozenset[str]) -> tuple[dict[str, set[type]], Callable[[Any, str], None]]:
    """Return what the attributes of an estimator must be.

    Parameters
    ----------
    extra : frozenset of str
        Names that the caller trusts.

    Returns
    -------
    types : dict of str to set of type
        Attribute -> types of which any value is good; where list and tuple are among
        them, if what they hold is.
    check : callable
        ``check(estimator, name)`` judges an attribute that has another value.
    """
    estimators: set[type] = {*_PLAIN, *_CONTAINERS}
    types: dict[str, set[type]] = {name: {type(None)} for name in _KWARGS | _METHODS | {"importance_getter"}}
    types |= {name: set(_PLAIN) for name in _FUNCTIONS - types.keys()}
    types |= {name: estimators for name in _ESTIMATORS}

    def check(obj: Any, name: str) -> None:
        value = vars(obj)[name]
        where = (name, type(obj).__name__)
        if name in _ESTIMATORS:
            _check_estimators(where, value, extra, estimators, 0)
        elif name in _METHODS:
            _check_methods(where, value)
        elif name in _FUNCTIONS:
            _check_function(where, value, extra)
        else:
            _check_keywords(where, value)

    return types, check


def _check_keywords(where: _Where, value: Any) -> None:
    if type(value) is not dict or not all(type(key) is str for key in value):
        _refuse(where, f"keywords were expected, found {shown(value)}")
    if not _KEYWORDS.isdisjoint(value):
        found = ", ".join(sorted(_KEYWORDS & value.keys()))
        _refuse(where, f"keywords that do not change what a function returns were expected, found {found}")
    for item in value.values():
        if where[0] in _PLAIN_KEYWORDS and not _is_plain(item, 0):
            _refuse(where, f"plain values were expected, found {shown(item)}")


def _is_plain(value: Any, depth: int) -> bool:
    if type(value) in (list, tuple) and depth < _MAX_DEPTH:
        return all(_is_plain(item, depth + 1) for item in value)
    return type(value) in _PLAIN or isinstance(value, (np.number, np.bool_, type))


def _refuse(where: _Where, message: str) -> NoReturn:
    raise Refused(f"{where[0]} of a {where[1]}: {message}")


def _items(value: Any) -> Iterable[Any]:
    """What is an estimator in a container."""
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, tuple) and len(value) in (2, 3) and isinstance(value[0], str):
        return value[1:2]  # (name, estimator[, columns])
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return value[-1:]  # of an imputer: (feature, its neighbours, estimator)
    items: Iterable[Any] = value.ravel().tolist() if isinstance(value, np.ndarray) else value
    return items


def _is_estimator(value: Any, extra: frozenset[str]) -> bool:
    """Whether it is of scikit-learn, of what is built upon it, or of the caller's."""
    from sklearn.base import BaseEstimator

    cls: Any = type(value)
    package = cls.__module__.partition(".")[0]
    return issubclass(cls, BaseEstimator) or package == "sklearn" or f"{cls.__module__}.{cls.__qualname__}" in extra


def _check_estimators(where: _Where, value: Any, extra: frozenset[str], known: set[type], depth: int) -> None:
    kind = type(value)
    if kind in known and kind not in _CONTAINERS:
        return
    if _is_estimator(value, extra):
        known.add(kind)
        return
    container = isinstance(value, (list, tuple, dict)) or (type(value) is np.ndarray and value.dtype == object)
    if not container or depth > _MAX_DEPTH:
        _refuse(where, f"an estimator was expected, found {shown(value)}")
    for item in _items(value):
        _check_estimators(where, item, extra, known, depth + 1)


def _check_methods(where: _Where, value: Any) -> None:
    names = value if type(value) in (list, tuple) else [value]
    for name in names:
        if name is not None and not (type(name) is str and name in _NAMES):
            _refuse(where, f"a method of estimators was expected, found {shown(name)}")


def _check_function(where: _Where, value: Any, extra: frozenset[str]) -> None:
    """Refuse classes, and functions that call or look up what they are given."""
    if isinstance(value, dict):  # several scorers by name
        for item in value.values():
            _check_function(where, item, extra)
        return
    if where[0] == "importance_getter" and type(value) is str and "__" in value:
        _refuse(where, f"the name of an attribute was expected, found {shown(value)}")
    if not callable(value) or _is_estimator(value, extra):
        return
    plain = isinstance(value, (FunctionType, BuiltinFunctionType, np.ufunc, _ARRAY_FUNCTION))
    name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
    if isinstance(value, functools.partial):  # there are rules for those of one function only
        return
    if name not in extra and (not plain or value is builtins.getattr):
        _refuse(where, f"a function was expected, found {shown(value)}")
