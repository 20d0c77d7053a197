"""Support vector machines of scikit-learn (libsvm).

_libsvm.pyx and _libsvm_sparse.pyx hand the attributes of a fitted model to C as they
are; CVE-2020-28975 was one of them.
"""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, attributes, demand, indices, integer, same, shown
from fastjoblib._safe.rules import Refused

__all__ = ["check_classifiers", "check_regressors"]

KERNELS = ("linear", "poly", "rbf", "sigmoid", "precomputed")
# Functions of these may be in a policy, but not every one returns a column for each training point.
PACKAGES = ("builtins", "numpy", "scipy", "pandas", "sklearn", "functools", "operator")
FITTED = ("support_", "support_vectors_", "_n_support", "_dual_coef_", "dual_coef_", "_intercept_")


def check_classifiers(models: list[Any]) -> None:
    """Refuse SVC and NuSVC whose parts do not fit together."""
    for model in models:
        state = _fitted(model)
        if state is not None:
            per_class = array(state.get("_n_support"), "_n_support", 1, "i")
            counts = per_class.tolist()
            n_classes = len(counts)
            demand(n_classes >= 2 and min(counts) >= 0, "_n_support", "two classes or more", per_class)
            same(sum(counts), _check_vectors(state), "sum of _n_support")
            _check_coefficients(state, n_classes)


def check_regressors(models: list[Any]) -> None:
    """The same of SVR, NuSVR and OneClassSVM, for which libsvm counts two classes."""
    for model in models:
        state = _fitted(model)
        if state is not None:
            _check_vectors(state)
            # libsvm reads none of these for regression; one of sparse data is not even set.
            array(state.get("_n_support"), "_n_support", 1, "i", (2,))
            _check_coefficients(state, 2)


def _fitted(model: Any) -> Any:
    state = attributes(model)
    # They say, as attributes of the class, which problem libsvm is told to solve.
    demand(not {"_impl", "_sparse_kernels"} & state.keys(), "a support vector machine", "no _impl of its own", state)
    return state if any(name in state for name in FITTED) else None


def _check_vectors(state: Any) -> int:
    """Refuse support vectors that are not as long as X is checked to be; return how many there are."""
    is_sparse = state.get("_sparse")
    demand(type(is_sparse) is bool, "_sparse", "a bool", is_sparse)
    n_fitted = _check_kernel(state)
    vectors = state.get("support_vectors_")
    if is_sparse:
        demand(n_fitted is None, "kernel", "one that is computed from sparse vectors", state.get("kernel"))
        from scipy.sparse import csr_array, csr_matrix

        demand(type(vectors) in (csr_matrix, csr_array), "support_vectors_", "a csr matrix", vectors)
        n_vectors: int = vectors.shape[0]
    else:
        support = array(state.get("support_"), "support_", 1, "i")
        n_vectors = support.size
        indices(support, "support_", 2**31 - 1 if n_fitted is None else n_fitted)
        array(vectors, "support_vectors_", 2, "f")
        if n_fitted is not None and vectors.shape == (0, 0):
            return n_vectors  # as fit leaves them: it is the kernel's values that count
        same(vectors.shape[0], n_vectors, "number of support_vectors_")
    if n_fitted is None:
        same(vectors.shape[1], integer(state.get("n_features_in_"), "n_features_in_", 0), "length of support_vectors_")
    return n_vectors


def _check_kernel(state: Any) -> int | None:
    """Return how many points a precomputed kernel has values for; None: the kernel is computed from X."""
    kernel = state.get("kernel")
    if type(kernel) is str and kernel in KERNELS:
        if kernel != "precomputed":
            return None
    else:
        _check_kernel_function(kernel, state)
    shape = state.get("shape_fit_")
    demand(type(shape) is tuple and len(shape) == 2, "shape_fit_", "a shape", shape)
    return integer(shape[0], "shape_fit_", 0)


def _check_kernel_function(kernel: Any, state: Any) -> None:
    """Refuse a function that may return fewer columns than there are training points.

    decision_function does not count them.
    """
    name, module = getattr(kernel, "__name__", ""), getattr(kernel, "__module__", None)
    package = module.partition(".")[0] if type(module) is str else "builtins"
    if not callable(kernel) or type(name) is not str:
        raise Refused(f"kernel: a name or a function was expected, found {shown(kernel)}")
    known = module == "sklearn.metrics.pairwise" and (name.endswith("_kernel") or name == "cosine_similarity")
    demand(known or package not in PACKAGES, "kernel", "a kernel function", kernel)
    points = state.get("_BaseLibSVM__Xfit")
    same(np.shape(points) if type(points) is np.ndarray else getattr(points, "shape", None),
         state.get("shape_fit_"), "shape of the points of a kernel function")


def _check_coefficients(state: Any, n_classes: int) -> None:
    """Refuse coefficients for another number of classes, or of vectors."""
    n_pairs = n_classes * (n_classes - 1) // 2
    if state["_sparse"]:
        coefficients = attributes(state.get("_dual_coef_")).get("data")
        n_vectors = state["support_vectors_"].shape[0]
        same(array(coefficients, "_dual_coef_", 1, "f").size, (n_classes - 1) * n_vectors, "size of _dual_coef_")
    else:
        n_vectors = state["support_"].size
        array(state.get("_dual_coef_"), "_dual_coef_", 2, "f", (n_classes - 1, n_vectors))
    array(state.get("_intercept_"), "_intercept_", 1, "f", (n_pairs,))
    # For sparse vectors probabilities are copied if the flag says so, not if there are some.
    asked = state["_sparse"] and state.get("_effective_probability", state.get("probability", False))
    for name in ("_probA", "_probB"):
        size = array(state.get(name), name, 1, "f").size
        allowed = (n_pairs,) if asked is True else (0, n_pairs)
        demand(size in allowed and type(asked) is bool, name, "none, or one number for each pair", state[name])
