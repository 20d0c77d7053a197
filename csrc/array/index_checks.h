/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whether indices are within what they index, at the speed of memory.
 */
#ifndef FJ_ARRAY_INDEX_CHECKS_H
#define FJ_ARRAY_INDEX_CHECKS_H

#include "py/state.h"

/* Whether `obj` is an ndarray of signed integers, all of them from `first`,
 * which is 0 or -1, to `below` - 1.  1, 0, or -1 with an exception set. */
int fj_are_indices(PyObject *obj, long long first, long long below);

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

/* Whether each of a list of decision trees of scikit-learn has, as tree_, a
 * `tree_type` for as many features as it says itself, or none. */
int fj_fit_features(const fj_state *state, PyObject *models,
                    PyObject *tree_type);

/* Whether all in a list are exactly of that type, with a tree_, and say that
 * they are for so many features. */
int fj_are_fitted(const fj_state *state, PyObject *models, PyObject *type,
                  Py_ssize_t nfeatures);

#endif
