"""KDTree and BallTree of scikit-learn, their metrics, and the estimators that search by them.

_binary_tree.pxi reads points by idx_array, ranges of it by node_data, and bounds of
nodes by their number, as the state says.
"""

import functools
from typing import Any

import numpy as np

from fastjoblib import _core
from fastjoblib._safe.checks.values import array, attributes, demand, indices, integer, same, text
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_metric_state",
    "check_neighbors",
    "check_neighbors_classifiers",
    "check_new_object",
    "check_new_objects",
    "check_search_tree_state",
]

MOST = 2**31 - 1


@functools.cache
def _made_by_new_object() -> tuple[type, ...]:
    from sklearn.neighbors import _ball_tree, _kd_tree

    trees = (getattr(module, f"BinaryTree{bits}", None) for module in (_ball_tree, _kd_tree) for bits in (64, 32))
    return (_metric_class(), *filter(None, trees))


@functools.cache
def _metric_class() -> Any:
    from sklearn.metrics._dist_metrics import DistanceMetric

    return DistanceMetric


def check_new_object(args: tuple[Any, ...]) -> None:
    """Refuse all but a class that is restored by newObj: it calls __new__ of whatever it gets."""
    good = len(args) == 1 and isinstance(args[0], type) and issubclass(args[0], _made_by_new_object())
    if not good or not args[0].__module__.startswith("sklearn."):
        raise Refused(f"newObj: a tree or a metric of scikit-learn was expected, found {args!r:.100}")


def _floats(value: Any, what: str, ndim: int) -> Any:
    array(value, what, ndim, "f")
    demand(value.flags.c_contiguous, what, "an array in C order", value)
    return value


class _Labels(dict[str, str]):
    """What messages call the parts of a class, made when it is first asked for."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def __missing__(self, part: str) -> str:
        self[part] = label = f"{part} of {self._owner}"
        return label


_labels = functools.cache(_Labels)


def check_metric_state(metric: Any, state: Any) -> None:
    """Refuse arrays whose sizes differ from what the class of a DistanceMetric reads."""
    what = type(metric).__name__
    label = _labels(what)
    demand(type(state) is tuple and len(state) == 3, what, "a state of 3 (callables are not restored)", state)
    p, vector, matrix = state
    demand(type(p) is float, label["p"], "a float", p)
    _floats(vector, label["vec"], 1)
    _floats(matrix, label["mat"], 2)
    same(matrix.shape[0], matrix.shape[1], label["shape of mat"])


def check_search_tree_state(tree: Any, state: Any) -> None:
    """Refuse a state by which a KDTree or BallTree would read outside of its arrays."""
    what = type(tree).__name__
    label = _labels(what)
    demand(type(state) is tuple and len(state) == 13, what, "a state of 13", state)
    data, order, nodes, bounds, leaf_size, n_levels, n_nodes = state[:7]
    _floats(data, label["data"], 2)
    n_points, n_features = data.shape
    demand(data.size > 0, label["data"], "points", data)
    indices(order, label["idx_array"], n_points, n_points)
    integer(leaf_size, label["leaf_size"], 1, MOST)  # query divides by it
    integer(n_levels, label["n_levels"], 1, 48)
    integer(n_nodes, label["n_nodes"], 1, MOST)
    for count in state[7:11]:
        integer(count, label["a counter"], 0)
    same(n_nodes, 2**n_levels - 1, label["n_nodes"])
    array(nodes, label["node_data"], 1, "V", (n_nodes,))
    same(nodes.dtype, _node_dtype(), label["dtype of node_data"])
    first = 1 if "Ball" in what else 2
    _floats(bounds, label["node_bounds"], 3)
    same(bounds.shape, (first, n_nodes, n_features), label["shape of node_bounds"])
    # Found points are collected in a buffer for n_points: none may be met twice.
    if not _core.share_points(nodes, n_points):
        raise Refused(f"{what}: nodes do not share out all points")
    _check_metric(state[11], data, what)
    if state[12] is not None:
        same(_floats(state[12], label["sample_weight"], 1).shape, (n_points,), label["shape of sample_weight"])


@functools.cache
def _node_dtype() -> Any:
    from sklearn.neighbors._kd_tree import NodeData

    return NodeData


def _check_metric(metric: Any, data: Any, what: str) -> None:
    """Refuse a metric for other numbers than the data are, or for another number of features."""
    label = _labels(what)["metric"]
    demand(isinstance(metric, _metric_class()), label, "a metric", metric)
    demand(not type(metric).__name__.startswith("PyFunc"), label, "no callable", metric)
    metric._validate_data(data)


def check_new_objects(objects: list[Any]) -> None:
    """Refuse a tree without a state, and metrics that have got another one since."""
    for each in objects:
        what = type(each).__name__
        if not isinstance(each, _metric_class()):
            state = each.__getstate__()
            demand(state[6] > 0, f"n_nodes of {what}", "a state", 0)
            _check_metric(state[11], state[0], what)
        elif what.startswith("Mahalanobis"):
            each.__setstate__(each.__getstate__())  # makes its buffer, if the file has left that out


def check_neighbors(models: list[Any]) -> None:
    """Refuse points of other lengths than X is checked to have.

    The compiled loops over pairs of points take the number of features from X, and
    norms, if they get any, for as many as there are points.
    """
    for model in models:
        state = attributes(model)
        if "_fit_X" in state:
            _check_points(state)


def _check_metric_params(params: Any, n_features: int) -> None:
    """Metrics are made of them, which read as many of their numbers as there are features."""
    for name in ("V", "VI", "w"):
        value = params.get(name) if type(params) is dict else None
        if value is not None:
            found = getattr(value, "shape", None)
            same(found, (n_features,) * len(found or "1"), f"shape of {name} of a metric")


@functools.cache
def _search_trees() -> tuple[type, ...]:
    from sklearn.neighbors import BallTree, KDTree

    return BallTree, KDTree


def _is_sparse(value: Any) -> bool:
    from scipy.sparse import issparse

    return bool(issparse(value))


def _check_points(state: Any) -> tuple[int, int]:
    points = state["_fit_X"]
    if type(points) is np.ndarray or not _is_sparse(points):
        array(points, "_fit_X", 2, "fiub")
    shape: tuple[int, int] = points.shape
    same(state.get("n_features_in_"), shape[1], "n_features_in_ of a search for neighbours")
    same(state.get("n_samples_fit_"), shape[0], "n_samples_fit_")
    for name in ("metric_params", "effective_metric_params_"):
        if state.get(name):
            _check_metric_params(state[name], shape[1])
    if state.get("n_neighbors") is not None:
        integer(state["n_neighbors"], "n_neighbors", 1)  # the heaps have so many places
    tree = state.get("_tree")
    if tree is not None:
        demand(type(tree) in _search_trees(), "_tree", "a KDTree or BallTree", tree)
        same(tuple(tree.data.shape), shape, "shape of the points of _tree")
    text(state.get("_fit_method"), "_fit_method", ("brute", "ball_tree", "kd_tree"))
    for name in ("effective_metric_params_", "metric_params"):
        params = state.get(name)
        demand(params is None or type(params) is dict, name, "a dict", params)
        demand(not params or not {"X_norm_squared", "Y_norm_squared"} & params.keys(), name, "no norms", params)
    return shape


def check_neighbors_classifiers(models: list[Any]) -> None:
    """Refuse labels that are not one for each point, or for classes that there are not."""
    for model in models:
        state = attributes(model)
        if "_fit_X" not in state:
            continue
        n_points = _check_points(state)[0]
        labels, classes = state.get("_y"), state.get("classes_")
        if type(classes) is list:
            array(labels, "_y", 2, "i", (n_points, len(classes)))
            for column, each in enumerate(classes):
                indices(labels[:, column], "_y", len(array(each, "classes_", 1)), n_points)
        else:
            indices(array(labels, "_y").reshape(-1), "_y", len(array(classes, "classes_", 1)), n_points)
