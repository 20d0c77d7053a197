/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What scikit-learn's compiled code takes for granted of decision trees: it
 * follows the children of a node, and reads the feature that the node names,
 * without a look at how many there are.
 *
 * These return 0, or -1 with a ValueError that says what is wrong.
 */
#ifndef FJ_ARRAY_TREE_CHECKS_H
#define FJ_ARRAY_TREE_CHECKS_H

#include "py/state.h"

/* `args`: the tuple that sklearn.tree._tree.Tree is called with. */
int fj_check_tree_arguments(const fj_state *state, PyObject *args);

/* Before Tree.__setstate__. */
int fj_check_tree_state(const fj_state *state, PyObject *tree,
                        PyObject *tree_state);

/* `predictors`: a list of trees of histogram gradient boosting, whose nodes
 * must be of `dtype`. */
int fj_check_predictors(const fj_state *state, PyObject *predictors,
                        PyObject *dtype);

/* Whether they split by features below `n_features` only; the trees must be of
 * `type`, and need not have passed the check before.  Sets *categorical_ret if
 * some ask whether a value is one of several. */
int fj_check_split_features(const fj_state *state, PyObject *predictors,
                            PyTypeObject *type, PyObject *dtype,
                            Py_ssize_t n_features, bool *categorical_ret);

/* The next two return 1, 0, or -1 with an exception set: fitted_checks.c. */

/* Whether each of a list of decision trees of scikit-learn has, as tree_, a
 * `tree_type` for as many features as it says itself, or none. */
int fj_fit_features(const fj_state *state, PyObject *models,
                    PyObject *tree_type);

/* Whether all in a list are exactly of that type, with a tree_, and say that
 * they are for so many features. */
int fj_are_fitted(const fj_state *state, PyObject *models, PyObject *type,
                  Py_ssize_t nfeatures);

#endif
