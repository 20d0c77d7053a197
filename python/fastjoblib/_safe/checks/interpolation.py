"""Interpolators and density estimates of SciPy."""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import array, attributes, demand, integer, same
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_densities",
    "check_grids",
    "check_many_polynomials",
    "check_piecewise",
    "check_spline_state",
    "check_splines",
    "check_univariate",
]

HIGHEST_DEGREE = 1000


def _knots(value: Any, what: str) -> Any:
    """Return breakpoints: plain doubles."""
    array(value, what, 1, "f")
    demand(value.dtype == np.float64 and value.flags.c_contiguous, what, "doubles, one after another", value)
    return value


def _part(obj: Any, name: str) -> Any:
    """An attribute, or slot, by the name that it has since SciPy 1.17, or before."""
    converter = getattr(obj, "_asarray", np.asarray)  # of what comes out
    good = getattr(converter, "__name__", None) == "asarray"
    demand(good, f"_asarray of a {type(obj).__name__}", "asarray", converter)
    return getattr(obj, f"_{name}") if hasattr(obj, f"_{name}") else getattr(obj, name, None)


def _is_inner(value: Any, names: tuple[str, ...]) -> bool:
    """Tell whether it is of one of SciPy's own classes for what its public ones do."""
    return type(value).__name__ in names and type(value).__module__.startswith("scipy.interpolate.")


def _inner(obj: Any, *names: str) -> Any:
    """What holds the numbers: since SciPy 1.18 another object, before the object itself."""
    inner = getattr(obj, "_delegate_to", None)
    demand(inner is None or _is_inner(inner, names), type(obj), " or ".join(names), inner)
    return obj if inner is None else inner


# The attributes of a BSpline before SciPy 1.18.
_OF_SPLINES = {"t", "c", "k", "axis", "extrapolate", "_t", "_c", "_asarray"}


def check_spline_state(spline: Any, state: Any) -> None:
    """BSpline: attributes, or since SciPy 1.18 what holds them, and an empty array of the kind that it returns."""
    if type(state) is tuple:
        good = len(state) == 2 and _is_inner(state[0], ("_BSpline",))
        demand(good, "state of a BSpline", "a _BSpline and an array", state)
        array(state[1], "state of a BSpline", 1, "f", (0,))
    else:
        demand(type(state) is dict and state.keys() <= _OF_SPLINES, "state of a BSpline", "known attributes", state)


def _check_spline(t: Any, c: Any, k: Any, what: str) -> None:
    """Refuse unless there are k + 1 knots at each end, and a coefficient for each spline.

    evaluate_spline of SciPy reads t[k], t[len(t) - k - 1], and c up to there; no more than that is checked there.
    """
    degree = integer(k, f"degree of {what}", 0, HIGHEST_DEGREE)
    _knots(t, f"knots of {what}")
    n_splines = t.size - degree - 1
    demand(n_splines >= degree + 1, f"knots of {what}", f"{2 * degree + 2} or more", t)
    array(c, f"coefficients of {what}", None, "fc")
    demand(c.ndim >= 1 and len(c) >= n_splines, f"coefficients of {what}", f"{n_splines}", c)
    if not np.all(t[1:] >= t[:-1]):
        raise Refused(f"knots of {what}: sorted numbers were expected")


def check_splines(splines: list[Any]) -> None:
    """BSpline."""
    for spline in splines:
        inner = _inner(spline, "_BSpline")
        _check_spline(_part(inner, "t"), _part(inner, "c"), attributes(inner).get("k"), "a BSpline")


def check_univariate(splines: list[Any]) -> None:
    """UnivariateSpline and its likes."""
    for spline in splines:
        found: Any = attributes(spline).get("_eval_args")
        demand(type(found) is tuple and len(found) == 3, "_eval_args", "(t, c, k)", found)
        # FITPACK has room for no higher degree.
        integer(found[2], "degree of a UnivariateSpline", 1, 5)
        _check_spline(found[0], found[1], found[2], "a UnivariateSpline")


def check_piecewise(polynomials: list[Any]) -> None:
    """PPoly, BPoly and the splines that are made of them."""
    for polynomial in polynomials:
        what = type(polynomial).__name__
        each = _inner(polynomial, "_PPoly", "_BPoly")
        x, c = _knots(_part(each, "x"), f"x of a {what}"), array(_part(each, "c"), f"c of a {what}", None, "fc")
        demand(x.size >= 2, f"x of a {what}", "two or more", x)
        demand(c.ndim >= 2 and len(c) > 0 and c.shape[1] == x.size - 1, f"c of a {what}", "one for each piece", c)
        integer(getattr(each, "axis", 0), f"axis of a {what}", 0, c.ndim - 2)


def check_many_polynomials(polynomials: list[Any]) -> None:
    """NdPPoly: the same in several dimensions."""
    for each in polynomials:
        grid = _part(each, "x")
        demand(type(grid) is tuple and len(grid) > 0, "x of a NdPPoly", "a tuple", grid)
        sizes = [_knots(x, "x of a NdPPoly").size for x in grid]
        demand(min(sizes) >= 2, "x of a NdPPoly", "two or more", None)
        c = array(_part(each, "c"), "c of a NdPPoly", None, "fc")
        demand(c.ndim >= 2 * len(sizes) and c.size > 0, "c of a NdPPoly", "coefficients", c)
        same(c.shape[len(sizes) : 2 * len(sizes)], tuple(size - 1 for size in sizes), "shape of c of a NdPPoly")


def check_grids(interpolators: list[Any]) -> None:
    """RegularGridInterpolator, which looks up values by positions in its grid."""
    for each in interpolators:
        grid, values = _part(each, "grid"), array(_part(each, "values"), "values of a grid", None, "fc")
        demand(type(grid) is tuple and 0 < len(grid) <= values.ndim, "grid", "a tuple", grid)
        for axis, length in zip(grid, values.shape, strict=False):
            demand(_knots(axis, "grid").size == length > 0, "grid", f"{length} numbers", axis)


def check_densities(densities: list[Any]) -> None:
    """gaussian_kde, which reads a weight for each point."""
    for each in densities:
        state = attributes(each)
        points = array(state.get("dataset"), "dataset", 2, "f")
        n_dims, n_points = points.shape
        same(state.get("d"), n_dims, "d of a density")
        same(state.get("n"), n_points, "n of a density")
        if "_weights" in state:
            array(state["_weights"], "weights of a density", 1, "f", (n_points,))
        for name in ("covariance", "cho_cov"):
            if name in state:
                array(state[name], f"{name} of a density", 2, "f", (n_dims, n_dims))
