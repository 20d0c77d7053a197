"""Clusterings of scikit-learn that predict in compiled code."""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, attributes, demand, integer, same

__all__ = ["check_birch", "check_bisecting_k_means", "check_hdbscan", "check_k_means"]

MOST_THREADS = 4096  # OpenMP ends the process if it cannot start as many as it is told


def _check_centers(state: Any) -> int | None:
    """Refuse centers that are not as long as X is checked to be; return their length.

    _k_means_lloyd.pyx takes the number of features from X.
    """
    if "cluster_centers_" not in state:
        return None
    n_features = integer(state.get("n_features_in_"), "n_features_in_", 1)
    centers = array(state["cluster_centers_"], "cluster_centers_", 2, "f", (-1, n_features))
    demand(len(centers) > 0, "cluster_centers_", "a center", centers)
    integer(state.get("_n_threads"), "_n_threads", 1, MOST_THREADS)
    return n_features


def check_k_means(models: list[Any]) -> None:
    """Refuse centers for another number of features than X has."""
    for model in models:
        state = attributes(model)
        if _check_centers(state) is not None and "_counts" in state:
            # partial_fit of MiniBatchKMeans adds to one for each center.
            array(state["_counts"], "_counts", 1, "f", (len(state["cluster_centers_"]),))


def check_bisecting_k_means(models: list[Any]) -> None:
    """The same of each center in the tree of BisectingKMeans."""
    from sklearn.cluster._bisect_k_means import _BisectingTree

    for model in models:
        state = attributes(model)
        n_features = _check_centers(state)
        nodes = [state["_bisecting_tree"]] if n_features is not None and "_bisecting_tree" in state else []
        seen = set()
        while nodes:
            node = nodes.pop()
            demand(type(node) is _BisectingTree and id(node) not in seen, "_bisecting_tree", "a tree", node)
            seen.add(id(node))
            own = attributes(node)
            if node is not state["_bisecting_tree"]:  # whose own center nothing reads
                array(own.get("center"), "center of _bisecting_tree", 1, "f", (n_features or 0,))
            nodes += [own[side] for side in ("left", "right") if own.get(side) is not None]


def check_birch(models: list[Any]) -> None:
    """Refuse norms that are not one for each center: predict gives them to ArgKmin, which does not count them."""
    for model in models:
        state = attributes(model)
        if "subcluster_centers_" in state or "_subcluster_norms" in state:
            centers = array(state.get("subcluster_centers_"), "subcluster_centers_", 2, "f")
            array(state.get("_subcluster_norms"), "_subcluster_norms", 1, "f", (len(centers),))


def check_hdbscan(models: list[Any]) -> None:
    """Refuse a linkage that joins what there is not yet: labelling_at_cut looks nodes up by their numbers."""
    from sklearn.cluster._hdbscan._linkage import HIERARCHY_dtype

    for model in models:
        linkage = attributes(model).get("_single_linkage_tree_")
        if linkage is None:
            continue
        array(linkage, "_single_linkage_tree_", 1, "V")
        same(linkage.dtype, HIERARCHY_dtype, "dtype of _single_linkage_tree_")
        # Row i makes node n_samples + i, out of earlier ones.
        limit = np.arange(linkage.size) + linkage.size + 1
        for side in ("left_node", "right_node"):
            nodes = linkage[side]
            good = bool(np.all(nodes >= 0) and np.all(nodes < limit))
            demand(good, f"{side} of _single_linkage_tree_", "earlier nodes", nodes)
