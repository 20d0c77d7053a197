# SPDX-License-Identifier: BSD-3-Clause
"""Sparse arrays and matrices of SciPy in each format, and objects that people keep beside their models."""

import numpy as np
from scipy import interpolate, ndimage, signal, sparse, spatial, stats
from scipy.sparse import linalg

__all__ = ["objects"]

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
DTYPES = ("bool", "int8", "int64", "float32", "float64", "complex128")
X = np.where(np.random.RandomState(0).rand(12, 9) > 0.7, np.arange(108).reshape(12, 9), 0)


def dense(value):
    return [value.format, value.dtype, value.shape, type(value).__name__, value.toarray()]


def matrices():
    for form in FORMATS:
        for kind in ("array", "matrix"):
            make = getattr(sparse, f"{form}_{kind}")
            for dtype in DTYPES:
                yield f"{form}-{kind}-{dtype}", make(X.astype(dtype)), dense
            yield f"{form}-{kind}-empty", make((0, 3)), dense
    for form in ("coo", "csr", "dok"):
        yield f"{form}-one-dimension", getattr(sparse, f"{form}_array")(X[3]), dense
    yield "coo-three-dimensions", sparse.coo_array(X.reshape(3, 4, 9)), dense
    yield "csr-64-bits", with_long_indices(), dense
    yield "csr-large", sparse.random_array((3000, 900), density=0.01, format="csr", random_state=0), dense


def with_long_indices():
    matrix = sparse.csr_array(X * 1.0)
    matrix.indices, matrix.indptr = matrix.indices.astype("int64"), matrix.indptr.astype("int64")
    return matrix


def others():
    line = np.linspace(0, 1, 20)
    yield "KDTree", spatial.KDTree(X), lambda it: it.query(X[:3], 2)
    yield "cKDTree", spatial.cKDTree(X * 1.0), lambda it: it.query(X[:3], 2)
    yield "Rotation", spatial.transform.Rotation.from_euler("xyz", [0.1, 0.2, 0.3]), lambda it: it.as_matrix()
    yield "Delaunay", spatial.Delaunay(np.random.RandomState(0).rand(9, 2)), lambda it: it.simplices
    yield "interp1d", interpolate.interp1d(line, line**2, "cubic"), lambda it: it(line)
    yield "CubicSpline", interpolate.CubicSpline(line, line**2), lambda it: it(line)
    yield "BSpline", interpolate.make_interp_spline(line, line**2), lambda it: it(line)
    yield "Univariate", interpolate.UnivariateSpline(line, line**2), lambda it: it(line)
    grid = interpolate.RegularGridInterpolator((line, line), np.outer(line, line))
    yield "RegularGrid", grid, lambda it: it([[0.3, 0.4]])
    yield "RBF", interpolate.RBFInterpolator(X[:, :2] + line[:12, None], line[:12]), lambda it: it([[1.0, 2.0]])
    yield "norm", stats.norm(1, 2), lambda it: it.cdf(line)
    yield "poisson", stats.poisson(3), lambda it: it.pmf([0, 1, 2])
    yield "kde", stats.gaussian_kde(line), lambda it: it(line)
    yield "multivariate", stats.multivariate_normal([0, 1]), lambda it: it.pdf([[0.1, 0.2]])
    yield "linregress", stats.linregress(line, line * 2), lambda it: list(it)
    yield "transfer", signal.TransferFunction([1], [1, 2]), lambda it: it.impulse(N=5)
    yield "labelled", ndimage.label(X > 50), lambda it: list(it)
    yield "operator", linalg.aslinearoperator(sparse.csr_array(X)), lambda it: it.matvec(np.ones(9))
    yield "lu", linalg.splu(sparse.csc_array(np.eye(3))), lambda it: it.solve(np.ones(3))


def objects():
    yield from matrices()
    yield from others()
