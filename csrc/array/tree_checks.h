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

#include "py/compat.h"

/* `args`: the tuple that sklearn.tree._tree.Tree is called with. */
int fj_check_tree_arguments(PyObject *args);

/* Before Tree.__setstate__. */
int fj_check_tree_state(PyObject *tree, PyObject *state);

/* `predictors`: a list of trees of histogram gradient boosting, whose nodes
 * must be of `dtype`.  `n_features`: of the model; negative if unknown. */
int fj_check_predictors(PyObject *predictors, PyObject *dtype,
                        Py_ssize_t n_features);

#endif
