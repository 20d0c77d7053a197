/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whether indices are within what they index, at the speed of memory.
 */
#ifndef FJ_ARRAY_INDEX_CHECKS_H
#define FJ_ARRAY_INDEX_CHECKS_H

#include "py/compat.h"

/* Whether `obj` is an ndarray of signed integers, all of them from `first`,
 * which is 0 or -1, to `below` - 1.  1, 0, or -1 with an exception set. */
int fj_are_indices(PyObject *obj, long long first, long long below);

/* Whether a list of vectors of places shares out all numbers from 0 to `n` - 1,
 * each to one vector.  1, 0, -1. */
int fj_share_places(PyObject *list, Py_ssize_t n);

/* Whether `obj` is an exact ndarray of `ndim` dimensions, any if negative, whose
 * dtype is of one of these kinds, any if there are none, and of that shape,
 * unless it is None: a tuple, with -1 for any length. */
bool fj_is_array(PyObject *obj, int ndim, const char *kinds, PyObject *shape);

/* Whether all values of a dict are integers from 0 to its length.  1, 0, -1. */
int fj_are_columns(PyObject *dict);

/* Whether `nodes`, with the fields idx_start, idx_end and is_leaf of
 * scikit-learn's search trees, share out all points to leaves: node i to its
 * children 2 * i + 1 and 2 * i + 2. */
int fj_share_points(PyObject *nodes, Py_ssize_t npoints);

#endif
