"""Names of SciPy that need more than the default rule."""

from fastjoblib._inspect.safe_restricted import CHECKED
from fastjoblib._safe.checks import interpolation, sparse, spatial
from fastjoblib._safe.checks.distributions import check_distribution
from fastjoblib._safe.rules import ANY_STATE, BUILD, NEW, SETITEM, SLOTS, Rule

__all__ = ["RULES"]

_COMPRESSED = Rule(NEW | BUILD, check_final=sparse.check_compressed)
_COORDINATES = Rule(NEW | BUILD, check_final=sparse.check_coordinates)
_DISTRIBUTION = Rule(NEW | BUILD | ANY_STATE, check_state=check_distribution)
_PIECEWISE = Rule(NEW | BUILD | SLOTS, check_final=interpolation.check_piecewise)
_TREE = Rule(NEW | BUILD | ANY_STATE, check_state=spatial.check_tree_state, check_final=spatial.check_trees)
_UNIVARIATE = Rule(NEW | BUILD, check_final=interpolation.check_univariate)

RULES: dict[str, Rule] = {
    "scipy.interpolate._bsplines.BSpline": Rule(
        NEW | BUILD | ANY_STATE, check_state=interpolation.check_spline_state, check_final=interpolation.check_splines
    ),
    "scipy.interpolate._bsplines._BSpline": Rule(NEW | BUILD, check_final=interpolation.check_splines),
    "scipy.interpolate._cubic.Akima1DInterpolator": _PIECEWISE,
    "scipy.interpolate._cubic.CubicHermiteSpline": _PIECEWISE,
    "scipy.interpolate._cubic.CubicSpline": _PIECEWISE,
    "scipy.interpolate._cubic.PchipInterpolator": _PIECEWISE,
    "scipy.interpolate._fitpack2.InterpolatedUnivariateSpline": _UNIVARIATE,
    "scipy.interpolate._fitpack2.LSQUnivariateSpline": _UNIVARIATE,
    "scipy.interpolate._fitpack2.UnivariateSpline": _UNIVARIATE,
    "scipy.interpolate._interpolate.BPoly": _PIECEWISE,
    "scipy.interpolate._interpolate._BPoly": _PIECEWISE,
    "scipy.interpolate._interpolate._PPoly": _PIECEWISE,
    "scipy.interpolate._interpolate.NdPPoly": Rule(
        NEW | BUILD | SLOTS, check_final=interpolation.check_many_polynomials
    ),
    "scipy.interpolate._interpolate.PPoly": _PIECEWISE,
    "scipy.interpolate._interpolate.interp1d": Rule(NEW | BUILD | SLOTS),
    "scipy.interpolate._rgi.RegularGridInterpolator": Rule(NEW | BUILD, check_final=interpolation.check_grids),
    "scipy.optimize._optimize.OptimizeResult": Rule(NEW | BUILD | SETITEM),
    "scipy.sparse._bsr.bsr_array": Rule(NEW | BUILD, check_final=sparse.check_block_rows),
    "scipy.sparse._bsr.bsr_matrix": Rule(NEW | BUILD, check_final=sparse.check_block_rows),
    "scipy.sparse._coo.coo_array": _COORDINATES,
    "scipy.sparse._coo.coo_matrix": _COORDINATES,
    "scipy.sparse._csc.csc_array": _COMPRESSED,
    "scipy.sparse._csc.csc_matrix": _COMPRESSED,
    "scipy.sparse._csr.csr_array": _COMPRESSED,
    "scipy.sparse._csr.csr_matrix": _COMPRESSED,
    "scipy.sparse._dia.dia_array": Rule(NEW | BUILD, check_final=sparse.check_diagonals),
    "scipy.sparse._dia.dia_matrix": Rule(NEW | BUILD, check_final=sparse.check_diagonals),
    "scipy.sparse._lil.lil_array": Rule(NEW | BUILD, check_final=sparse.check_lists),
    "scipy.sparse._lil.lil_matrix": Rule(NEW | BUILD, check_final=sparse.check_lists),
    "scipy.spatial._ckdtree.cKDTree": _TREE,
    "scipy.spatial._kdtree.KDTree": _TREE,
    **{
        f"scipy.stats._continuous_distns.{name}": _DISTRIBUTION
        for name in CHECKED["scipy.stats._continuous_distns"].split()
    },
    "scipy.stats._kde.gaussian_kde": Rule(NEW | BUILD, check_final=interpolation.check_densities),
}

# As SciPy named them before 1.8.
RULES |= {
    "scipy.interpolate.interpolate.PPoly": _PIECEWISE,
    "scipy.interpolate.interpolate.interp1d": RULES["scipy.interpolate._interpolate.interp1d"],
    "scipy.spatial.ckdtree.cKDTree": _TREE,
    "scipy.spatial.kdtree.KDTree": _TREE,
    **{
        f"scipy.sparse.{kind}.{kind}_matrix": RULES[f"scipy.sparse._{kind}.{kind}_matrix"]
        for kind in ("bsr", "coo", "csc", "csr", "dia", "lil")
    },
}
