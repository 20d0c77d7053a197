# SPDX-License-Identifier: BSD-3-Clause
"""One forged value for each thing that compiled code takes for granted: each must be refused."""

import numpy as np
import pandas as pd
from attacks.forged import Built, Rebuilding, Reduced, changed, changed_spline
from attacks.forged_models import SPARSE, X, Y, value
from numpy.random import _pickle
from pandas._libs import internals, sparse
from sklearn import neighbors, pipeline, preprocessing
from sklearn.metrics._dist_metrics import MahalanobisDistance64
from sklearn.tree._tree import Tree


def _tree(arguments=(), nodes=(), **state):
    """A decision tree with changes to the arguments and the state of its Tree, and to fields of its nodes."""
    model = value("outputs")
    _, args, old = model.tree_.__reduce__()
    new = dict(old, nodes=old["nodes"].copy())
    for field, index, number in nodes:
        new["nodes"][field][index] = number
    new |= state
    args = list(args)
    for index, argument in arguments:
        args[index] = argument
    return changed(model, tree_=Reduced(Tree, tuple(args), {k: v for k, v in new.items() if v is not None}))


def _predictor(field, number, name="histogram"):
    """A model whose first tree's root splits otherwise."""
    model = Rebuilding(lambda leaf: leaf)(value(name))
    nodes = model._predictors[0][0].nodes
    nodes[field][0] = number
    return model


def _search_tree(index, new, name="kd tree"):
    func, args, state = value(name).__reduce__()
    return Reduced(func, args, (*state[:index], new, *state[index + 1 :]))


def _node(field, index, number):
    nodes = value("kd tree").__reduce__()[2][2].copy()
    nodes[field][index] = number
    return _search_tree(2, nodes)


def _ckdtree(index, new):
    tree = value("scipy's tree")
    state = tree.__getstate__()
    return Built(tree, (*state[:index], new, *state[index + 1 :]))


FLOAT = np.dtype(float)


def _other(array, index, number):
    array = array.copy()
    array[index] = number
    return array


def _boosted(tree):
    """Gradient boosting with something else in place of its first tree."""
    model = value("boosting")
    estimators = model.estimators_.copy()
    estimators[0, 0] = tree
    return changed(model, estimators_=estimators)


def _random(name, **parts):
    """A bit generator with another state."""
    func, args, (state, seeds) = getattr(np.random, name)(3).__reduce__()
    inner = dict(state["state"])
    outer = {key: new for key, new in parts.items() if key in state}
    inner |= {key: new for key, new in parts.items() if key in inner}
    return Reduced(func, args, ({**state, **outer, "state": inner}, seeds))


def _categorical(codes):
    func, args, (dtype, _) = pd.Categorical(["u", "v"]).__reduce__()
    return Reduced(func, args, (dtype, codes))


def _index(cls, **arguments):
    return Reduced(pd.Index([1]).__reduce__()[0], (cls, arguments))


def _frame(places, rows=2):
    block = Reduced(internals._unpickle_block, (np.zeros((2, rows)), places, 2))
    manager = Reduced(type(value("frame")._mgr), ((block,), [pd.Index([0, 1]), pd.Index([0, 1])]))
    return changed(pd.DataFrame(), _mgr=manager)


TREES = {
    "child beyond": lambda: _tree(nodes=[("left_child", 0, 10**6)]),
    "child before": lambda: _tree(nodes=[("right_child", 2, 1)]),
    "own child": lambda: _tree(nodes=[("left_child", 0, 0)]),
    "negative child": lambda: _tree(nodes=[("left_child", 0, -2)]),
    "one child": lambda: _tree(nodes=[("right_child", 0, -1)]),
    "leaf without": lambda: _tree(nodes=[("left_child", 0, -1), ("right_child", 0, -1)]),
    "same child twice": lambda: _tree(nodes=[("right_child", 0, 1)]),
    "feature beyond": lambda: _tree(nodes=[("feature", 0, 4)]),
    "negative feature": lambda: _tree(nodes=[("feature", 0, -1)]),
    "depth": lambda: _tree(max_depth=1),
    "huge depth": lambda: _tree(max_depth=2**62),
    "count of nodes": lambda: _tree(node_count=2**40),
    "no nodes": lambda: _tree(nodes=[], node_count=0),
    "few values": lambda: _tree(values=np.zeros((3, 2, 3))),
    "values of float32": lambda: _tree(values=value("outputs").tree_.value.astype("f4")),
    "fields in another order": lambda: _tree_of_other_order(),
    "no state": lambda: changed(value("outputs"), tree_=Reduced(Tree, (4, np.array([3, 2]), 2))),
    "many outputs": lambda: _tree(arguments=[(2, 2**40)]),
    "no classes": lambda: _tree(arguments=[(1, np.array([0, 0]))]),
    "more features than X": lambda: changed(value("outputs"), n_features_in_=3),
    "any number of features": lambda: changed(value("outputs"), n_features_in_=None),
    "boosting of None": lambda: _boosted(None),
    "boosting of a classifier": lambda: _boosted(value("outputs")),
    "boosting without tree_": lambda: _boosted(changed(value("boosting").estimators_[0, 0], tree_=None)),
    "boosting, more outputs": lambda: changed(value("boosting"), n_trees_per_iteration_=1),
    "boosting, other features": lambda: changed(value("boosting"), n_features_in_=9),
    "boosting from elsewhere": lambda: changed(value("boosting"), init_=pipeline.make_pipeline("passthrough")),
    "boosting by any loss": lambda: changed(value("boosting"), _loss=preprocessing.StandardScaler()),
    "predictor's child": lambda: _predictor("left", 10**6),
    "predictor's cycle": lambda: _predictor("right", 0),
    "predictor's feature": lambda: _predictor("feature_idx", 10**6),
    "predictor's feature below": lambda: _predictor("feature_idx", -1),
    "predictor's bitset": lambda: _predictor("is_categorical", 1),
    "predictors of fewer features": lambda: changed(value("histogram"), n_features_in_=2),
    "a method is hidden": lambda: changed(value("outputs"), _validate_X_predict=np.abs),
    "bins are given": lambda: changed(value("histogram"), _in_fit=True),
}


def _tree_of_other_order():
    model = value("outputs")
    _, args, state = model.tree_.__reduce__()
    names = list(state["nodes"].dtype.names)
    names[0], names[2] = names[2], names[0]
    dtype = np.dtype([(name, state["nodes"].dtype[name]) for name in names])
    return changed(model, tree_=Reduced(Tree, args, state | {"nodes": state["nodes"].astype(dtype)}))


NEIGHBORS = {
    "position beyond": lambda: _search_tree(1, _other(np.arange(60), 5, 60)),
    "position below": lambda: _search_tree(1, _other(np.arange(60), 5, -1)),
    "few positions": lambda: _search_tree(1, np.arange(59)),
    "range beyond": lambda: _node("idx_end", 0, 10**6),
    "range below": lambda: _node("idx_start", 0, -5),
    "ranges that overlap": lambda: _node("idx_start", 2, 0),
    "no leaf": lambda: _node("is_leaf", -1, 0),
    "leaf size of 0": lambda: _search_tree(4, 0),
    "few bounds": lambda: _search_tree(3, np.zeros((2, 1, 4))),
    "bounds of fewer features": lambda: _search_tree(3, np.zeros((2, 15, 3))),
    "no metric": lambda: _search_tree(11, None),
    "metric of a tree": lambda: _search_tree(11, value("kd tree")),
    "few weights": lambda: _search_tree(12, np.ones(3)),
    "few nodes": lambda: _search_tree(6, 7),
    "no state at all": lambda: Reduced(*value("kd tree").__reduce__()[:2]),
    "another class": lambda: Reduced(value("kd tree").__reduce__()[0], (pd.DataFrame,)),
    "metric of other features": lambda: _search_tree(11, MahalanobisDistance64(VI=np.eye(3)), "ball tree"),
    "metric of two shapes": lambda: Reduced(*MahalanobisDistance64(VI=np.eye(3)).__reduce__()[:2],
                                            (2.0, np.zeros(1), np.zeros((3, 1)))),
    "points of fewer features": lambda: changed(value("nearest"), _fit_X=X[:, :2]),
    "other tree": lambda: changed(value("nearest by tree"), _tree=neighbors.KDTree(X[:9])),
    "labels beyond": lambda: changed(value("nearest"), _y=Y + 1),
    "few labels": lambda: changed(value("nearest"), _y=Y[:9]),
    "norms": lambda: changed(value("nearest"), effective_metric_params_={"Y_norm_squared": X[:1, 0]}),
    "fewer points": lambda: changed(value("nearest of sparse"), n_samples_fit_=9),
    "cKDTree: position beyond": lambda: _ckdtree(7, _other(np.arange(60), 5, 60)),
    "cKDTree: nodes of zeros": lambda: _ckdtree(0, np.zeros(720, "S1")),
    "cKDTree: half a node": lambda: _ckdtree(0, value("scipy's tree").__getstate__()[0][:71]),
    "cKDTree: few data": lambda: _ckdtree(1, X[:9].copy()),
    "cKDTree: no state": lambda: Built(value("scipy's tree"), None),
}

MODELS = {
    "rest, constant": lambda: _rest(lambda model: changed(model, y_=np.ones(999))),
    "rest, rows": lambda: _rest(lambda model: pipeline.make_pipeline(
        preprocessing.FunctionTransformer(np.reshape, kw_args={"shape": (-1, 1)}), model)),
    "svc, intercepts": lambda: changed(value("svc"), _intercept_=np.zeros(1)),
    "svc, support": lambda: changed(value("svc"), _n_support=np.array([10**6, 1, 1], "i4")),
    "svc, few classes": lambda: changed(value("svc"), _n_support=np.array([len(value("svc").support_)], "i4")),
    "svc, vectors": lambda: changed(value("svc"), support_vectors_=X[:3]),
    "svc, features": lambda: changed(value("svc"), n_features_in_=40),
    "svc, coefficients": lambda: changed(value("svc"), _dual_coef_=np.zeros((1, 1))),
    "svc, probabilities": lambda: changed(value("svc"), _probA=np.zeros(1), _probB=np.zeros(1)),
    "svc, no probabilities": lambda: changed(value("svc of sparse"), _effective_probability=True),
    "svc, problem": lambda: changed(value("svc"), _impl="epsilon_svr"),
    "svc, sparse vectors": lambda: changed(value("svc of sparse"), _dual_coef_=SPARSE[:1]),
    "svc, positions in a kernel": lambda: changed(value("svc of a kernel"), shape_fit_=(3, 3)),
    "svc, any kernel": lambda: changed(value("svc of a kernel"), kernel=np.abs),
    "svr, support": lambda: changed(value("svr"), _n_support=np.zeros(3, "i4")),
    "k means, features": lambda: changed(value("k means"), cluster_centers_=X[:3, :2].copy()),
    "k means, threads": lambda: changed(value("k means"), _n_threads=10**6),
    "mini batches, counts": lambda: changed(value("mini batches"), _counts=np.zeros(1)),
    "bisecting, features": lambda: _bisecting(),
    "birch, norms": lambda: changed(value("birch"), _subcluster_norms=np.zeros(1)),
    "hdbscan, nodes": lambda: _linkage(),
    "one hot, few columns": lambda: changed(value("one hot"), _n_features_outs=[1, 1]),
    "one hot, codes": lambda: changed(value("one hot"), _default_to_infrequent_mappings=[np.array([9, 9, 9]), None]),
    "one hot, no groups": lambda: changed(value("one hot"), _infrequent_enabled=False),
    "one hot, unknown": lambda: changed(value("one hot"), _infrequent_indices=[np.array([9]), np.array([10**6])]),
    "one hot, more categories": lambda: changed(value("one hot of numbers"), categories_=[np.arange(9.0)]),
    "one hot, unsorted": lambda: changed(value("one hot of numbers"), categories_=[np.array([2.0, 0.0, 1.0])]),
    "labels, cache": lambda: changed(value("labels"), _cached_dict={0: 10**6}),
    "labels, doubled": lambda: changed(value("labels"), classes_=np.array([0, 0, 1, 2, 3])),
    "words, columns": lambda: changed(value("words"), vocabulary_={"word1": 10**6}),
    "words, files": lambda: changed(value("words"), input="filename"),
    "names, columns": lambda: changed(value("names"), vocabulary_={"a": -1}),
    "hashed, no columns": lambda: changed(value("hashed"), n_features=0),
    "splines, degree": lambda: changed_spline(value("b-spline"), k=7),
    "splines, coefficients": lambda: changed_spline(value("b-spline"), _c=np.zeros(1)),
    "kde, weights": lambda: changed(value("kde"), _weights=np.zeros(1)),
    "univariate, degree": lambda: changed(value("univariate"), _eval_args=(np.zeros(4), np.zeros(1), 5)),
    "grid": lambda: changed(value("grid"), _values=X[:2, :2]),
}


def _rest(change):
    model = value("one vs rest")
    return changed(model, estimators_=[model.estimators_[0], change(model.estimators_[1])])


def _bisecting():
    model = Rebuilding(lambda leaf: leaf)(value("bisecting"))
    model._bisecting_tree.left.center = np.zeros(1)
    return model


def _linkage():
    model = Rebuilding(lambda leaf: leaf)(value("hdbscan"))
    model._single_linkage_tree_["left_node"][0] = 10**6
    return model


SPARSES = {
    "csr, column beyond": lambda: changed(value("csr"), indices=value("csr").indices + 4),
    "csr, column below": lambda: changed(value("csr"), indices=value("csr").indices - 4),
    "csr, rows": lambda: changed(value("csr"), indptr=value("csr").indptr[:-1]),
    "csr, order of rows": lambda: changed(value("csr"), indptr=_other(value("csr").indptr, 3, 10**6)),
    "csr, below": lambda: changed(value("csr"), indptr=_other(value("csr").indptr, 3, -5)),
    "csr, data": lambda: changed(value("csr"), data=np.zeros(3)),
    "csr, data that are indices": lambda: changed(
        value("csr"), **dict.fromkeys(["data", "indices"], value("csr").indices)
    ),
    "csr, shape": lambda: changed(value("csr"), _shape=(10**6, 4)),
    "csr, columns": lambda: changed(value("csr"), _shape=(60, 2**40)),
    "csc": lambda: changed(value("csc"), indices=value("csc").indices + 60),
    "coo": lambda: changed(value("coo"), coords=(value("coo").col, value("coo").row)),
    "coo of three": lambda: changed(value("array of three"), _shape=(2, 3, 3)),
    "bsr": lambda: changed(value("bsr"), data=np.zeros((len(value("bsr").data), 7, 2))),
    "bsr, column": lambda: changed(value("bsr"), indices=value("bsr").indices + 2),
    "dia": lambda: changed(value("dia"), offsets=np.array([2**31 - 1], "i4"), data=np.zeros((1, 4))),
    "lil": lambda: changed(value("lil"), _shape=(60, 1)),
    "in a model": lambda: changed(value("nearest of sparse"), _fit_X=changed(SPARSE, indices=SPARSE.indices + 4)),
}

OTHERS = {
    "mersenne, beyond": lambda: _random("MT19937", pos=10**6),
    "mersenne, below": lambda: _random("MT19937", pos=-1),
    "mersenne, short list": lambda: _random("MT19937", key=[]),
    "philox, position": lambda: _random("Philox", buffer_pos=-(10**6)),
    "philox, short list": lambda: _random("Philox", counter=[]),
    "random state": lambda: Reduced(*np.random.RandomState(1).__reduce__()[:2], ("MT19937", np.zeros(624, "u4"), 999)),
    "generator of a class": lambda: Reduced(_pickle.__dict__["__bit_generator_ctor"], (pd.DataFrame,)),
    "generator, constructor": lambda: Reduced(_pickle.__dict__["__generator_ctor"], ("MT19937", pd.DataFrame)),
    "masked, few bytes": lambda: _masked(b"123"),
    "masked, objects from bytes": lambda: _masked(bytes(16), np.dtype(object)),
    "categorical, beyond": lambda: _categorical(np.array([0, 9], "i1")),
    "categorical, below": lambda: _categorical(np.array([0, -9], "i1")),
    "multiindex": lambda: _index(pd.MultiIndex, levels=[pd.Index([1])], codes=[np.array([0, 9])], names=[None],
                                 sortorder=None),
    "multiindex, lengths": lambda: _index(pd.MultiIndex, levels=[pd.Index([1])] * 2, sortorder=None,
                                          codes=[np.array([0]), np.array([0, 0])], names=[None] * 2),
    "times of bytes": lambda: Reduced(pd.date_range("2020", periods=2).__reduce__()[0],
                                      (pd.DatetimeIndex, {"data": np.zeros(3, "i1"), "tz": None, "freq": None})),
    "places beyond": lambda: _frame(np.array([0, 10**6])),
    "same place": lambda: _frame(np.array([0, 0])),
    "masked integers": lambda: changed(pd.array([1, 2]), _mask=np.zeros(1, bool)),
    "sparse values": lambda: changed(pd.arrays.SparseArray([0, 1]), _sparse_values=np.zeros(9)),
    "sparse index, unchecked": lambda: Reduced(sparse.IntIndex, (2, np.array([10**6], "i4"), False)),
    "sparse blocks": lambda: Reduced(sparse.BlockIndex, (9, np.array([-5], "i4"), np.array([3], "i4"))),
    "values without a state": lambda: Reduced(*pd.array([1.5]).astype("str").__reduce__()[:2]),
    "intervals": lambda: _intervals(),
    "methods of a frame": lambda: changed(pd.DataFrame(X), iloc=np.abs),
}


def _masked(data, dtype=FLOAT):
    func, args, state = np.ma.array([1.0, 2.0]).__reduce__()
    return Reduced(func, args, (*state[:2], dtype, state[3], data, *state[5:]))


def _intervals():
    func, args, (state,) = pd.array(pd.interval_range(0, 3)).__reduce__()
    return Reduced(func, args, (state | {"_left": np.zeros(1)},))


STATES = {**TREES, **NEIGHBORS, **MODELS, **SPARSES, **OTHERS}
