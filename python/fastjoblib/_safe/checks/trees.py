"""Decision trees of scikit-learn, and what holds them.

`sklearn.tree._tree.Tree` follows children and reads features without a look at how
many there are.  Its own state is checked in C (csrc/array/tree_checks.h); here is what
goes between it and the estimators.
"""

from typing import Any

import numpy as np

from fastjoblib import _core
from fastjoblib._safe.checks.losses import check_loss
from fastjoblib._safe.checks.values import array, attributes, demand, integer, same
from fastjoblib._safe.rules import Refused

__all__ = ["check_decision_trees", "check_gradient_boosting", "check_trees"]


def check_trees(trees: list[Any]) -> None:
    """Refuse a tree that never got its nodes: compiled code reads the first one anyway."""
    for tree in trees:
        if tree.node_count < 1:
            raise Refused("a tree without nodes")


def check_decision_trees(models: list[Any]) -> None:
    """Refuse a tree that splits by more features than X is checked to have.

    DecisionTreeClassifier.predict and its likes compare X with n_features_in_, if there
    is one, and give it to tree_, which compares nothing.
    """
    from sklearn.tree._tree import Tree

    if _core.fit_features(models, Tree):
        return
    for model in models:
        state = attributes(model)
        if "tree_" in state:
            tree = state["tree_"]
            demand(type(tree) is Tree, "tree_", "a Tree", tree)
            same(state.get("n_features_in_"), tree.n_features, "n_features_in_ of a decision tree")
    raise Refused("n_features_in_ of a decision tree: an int was expected")


def check_gradient_boosting(models: list[Any]) -> None:
    """Refuse what _gradient_boosting.pyx would not survive.

    predict_stages reads estimators_[i, k].tree_ without a look at its class, for all of
    X with the features of the first tree, and adds to column k of what the initial
    estimator has predicted.
    """
    from sklearn.tree._classes import DecisionTreeRegressor

    for model in models:
        state = attributes(model)
        if "estimators_" not in state:
            continue
        estimators = array(state["estimators_"], "estimators_ of gradient boosting", 2, "O")
        n_features = integer(state.get("n_features_in_"), "n_features_in_", 1)
        # check_decision_trees looks at tree_ itself.
        if not _core.are_fitted(estimators.ravel().tolist(), DecisionTreeRegressor, n_features):
            raise Refused(f"estimators_: DecisionTreeRegressors fitted to {n_features} features were expected")
        same(state.get("n_trees_per_iteration_"), estimators.shape[1], "n_trees_per_iteration_ of gradient boosting")
        check_loss(state.get("_loss"))
        _check_init(state, estimators.shape[1])


def _check_init(state: Any, n_columns: int) -> None:
    """Refuse an initial estimator unless it is known how many columns it predicts."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    init = state.get("init_")
    if type(init) is str and init == "zero":
        return
    demand(
        type(init) in (DummyClassifier, DummyRegressor),
        "init_ of gradient boosting",
        "'zero', a DummyClassifier or a DummyRegressor",
        init,
    )
    own = attributes(init)
    same(own.get("n_outputs_"), 1, "n_outputs_ of init_")
    if type(init) is DummyClassifier:
        same(own.get("strategy"), "prior", "strategy of init_")
        same(own.get("_strategy", "prior"), "prior", "strategy of init_")
        array(own.get("class_prior_"), "class_prior_ of init_", 1, "f", (max(n_columns, 2),))
    else:
        same(np.size(array(own.get("constant_"), "constant_ of init_")), 1, "size of constant_ of init_")
