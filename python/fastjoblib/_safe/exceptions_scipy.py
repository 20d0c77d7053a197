"""Names of SciPy that need more than the default rule."""

from fastjoblib._safe.checks import interpolation, sparse, spatial
from fastjoblib._safe.rules import ANY_STATE, BUILD, NEW, SETITEM, Rule

__all__ = ["RULES"]

_COMPRESSED = Rule(NEW | BUILD, check_final=sparse.check_compressed)
_COORDINATES = Rule(NEW | BUILD, check_final=sparse.check_coordinates)
_PIECEWISE = Rule(NEW | BUILD, check_final=interpolation.check_piecewise)
_TREE = Rule(NEW | BUILD | ANY_STATE, check_state=spatial.check_tree_state, check_final=spatial.check_trees)
_UNIVARIATE = Rule(NEW | BUILD, check_final=interpolation.check_univariate)

RULES: dict[str, Rule] = {
    "scipy.interpolate._bsplines.BSpline": Rule(NEW | BUILD, check_final=interpolation.check_splines),
    "scipy.interpolate._cubic.Akima1DInterpolator": _PIECEWISE,
    "scipy.interpolate._cubic.CubicHermiteSpline": _PIECEWISE,
    "scipy.interpolate._cubic.CubicSpline": _PIECEWISE,
    "scipy.interpolate._cubic.PchipInterpolator": _PIECEWISE,
    "scipy.interpolate._fitpack2.InterpolatedUnivariateSpline": _UNIVARIATE,
    "scipy.interpolate._fitpack2.LSQUnivariateSpline": _UNIVARIATE,
    "scipy.interpolate._fitpack2.UnivariateSpline": _UNIVARIATE,
    "scipy.interpolate._interpolate.BPoly": _PIECEWISE,
    "scipy.interpolate._interpolate.NdPPoly": Rule(NEW | BUILD, check_final=interpolation.check_many_polynomials),
    "scipy.interpolate._interpolate.PPoly": _PIECEWISE,
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
    "scipy.stats._kde.gaussian_kde": Rule(NEW | BUILD, check_final=interpolation.check_densities),
}
