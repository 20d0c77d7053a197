"""KDTree and cKDTree of SciPy: C++ that follows whatever nodes the state holds."""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, demand, indices, integer, same
from fastjoblib._safe.rules import Refused

__all__ = ["check_tree_state", "check_trees"]

# Nodes are freed and searched by recursion.
DEEPEST = 1000
# struct ckdtreenode of scipy/spatial/ckdtree/src/ckdtree_decl.h
_FIELDS = (
    ("split_dim", np.intp),
    ("children", np.intp),
    ("split", np.float64),
    ("start_idx", np.intp),
    ("end_idx", np.intp),
    ("less_pointer", np.uintp),
    ("greater_pointer", np.uintp),
    ("less", np.intp),
    ("greater", np.intp),
)
NODE = np.dtype(list(_FIELDS))


def _doubles(value: Any, what: str, shape: tuple[int, ...]) -> None:
    array(value, what, len(shape), "f", shape)
    demand(value.dtype == np.float64 and value.flags.carray, what, "plain doubles", value)


def check_tree_state(tree: Any, state: Any) -> None:
    """Refuse a state by which a search would leave its arrays."""
    what = type(tree).__name__
    demand(type(state) is tuple and len(state) == 10, what, "a state of 10", state)
    nodes, data, n_points, n_dims, leaf_size, maxes, mins, order, boxsize, boxsize_data = state
    integer(n_points, f"n of a {what}", 0)
    integer(n_dims, f"m of a {what}", 0)
    integer(leaf_size, f"leafsize of a {what}", 1)
    _doubles(data, f"data of a {what}", (n_points, n_dims))
    _doubles(maxes, f"maxes of a {what}", (n_dims,))
    _doubles(mins, f"mins of a {what}", (n_dims,))
    demand(order is not None and order.dtype == np.intp, f"indices of a {what}", "intp", order)
    indices(order, f"indices of a {what}", n_points, n_points)
    demand((boxsize is None) == (boxsize_data is None), f"boxsize of a {what}", "both, or none", boxsize)
    if boxsize_data is not None:
        _doubles(boxsize_data, f"boxsize_data of a {what}", (2 * n_dims,))
    array(nodes, f"nodes of a {what}", 1)
    good = nodes.dtype.itemsize == 1 and nodes.flags.c_contiguous and nodes.size % NODE.itemsize == 0 < nodes.size
    demand(good, f"nodes of a {what}", "whole nodes", nodes)
    _check_nodes(np.frombuffer(nodes.tobytes(), NODE), n_points, n_dims, what)


def _check_nodes(nodes: Any, n_points: int, n_dims: int, what: str) -> None:
    """Refuse unless each node shares out all of its points to two later nodes, down to leaves."""
    start, end = nodes["start_idx"], nodes["end_idx"]
    level = np.zeros(1, np.intp)
    good = start[0] == 0 and end[0] == n_points
    n_visited, depth = 0, 0
    while good and level.size:
        n_visited, depth = n_visited + level.size, depth + 1
        inner = level[nodes["split_dim"][level] != -1]
        split = nodes["split_dim"][inner]
        less, greater = nodes["less"][inner], nodes["greater"][inner]
        both = np.concatenate([less, greater])
        if (both >= nodes.size).any() or (less <= inner).any() or (greater <= inner).any():
            raise Refused(f"nodes of a {what}: children were expected after their parents")
        good = bool(
            n_visited <= nodes.size
            and depth <= DEEPEST
            and np.unique(both).size == both.size
            and np.all((split >= 0) & (split < n_dims))
            and np.all((start[less] == start[inner]) & (start[less] <= end[less]) & (end[less] == start[greater]))
            and np.all((start[greater] <= end[greater]) & (end[greater] == end[inner]))
        )
        level = both
    if not good:
        raise Refused(f"nodes of a {what}: they do not share out all points, or their tree is too deep")


def check_trees(trees: list[Any]) -> None:
    """Refuse a tree that never got a state: it has no nodes to search."""
    for tree in trees:
        same(tree.indices is None, False, f"a {type(tree).__name__} without a state")
