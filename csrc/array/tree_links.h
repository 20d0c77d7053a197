/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to the checks of trees: their nodes, whichever form these have.
 * Functions that fail set a ValueError.
 */
#ifndef FJ_ARRAY_TREE_LINKS_H
#define FJ_ARRAY_TREE_LINKS_H

#include "array/numpy_api.h"

/* One pass in the order of the nodes, which are to come after their parents;
 * so there is no cycle, and the depth of a node is known when it is met. */
typedef struct {
    Py_ssize_t nnodes;
    int32_t *depths; // FJ_NO_PARENT where none has been met so far
    int32_t max_depth;
    int32_t local[128]; // most trees are small
} fj_links;

enum { FJ_NO_PARENT = -1 };

/* 0 or -1.  Must be cleared even on error. */
int fj_links_init(fj_links *self, Py_ssize_t nnodes);
void fj_links_clear(fj_links *self);

/* For each node, in order: 0, or -1 if it is nobody's child. */
int fj_links_visit(const fj_links *self, Py_ssize_t node);

/* And, unless it is a leaf, for each of its children.  0 or -1. */
int fj_links_add(fj_links *self, Py_ssize_t node, int64_t child);

/* Whether `node` may split by that feature.  0 or -1. */
int fj_check_feature(Py_ssize_t node, int64_t feature, Py_ssize_t nfeatures);

/* The object as an exact ndarray, C-contiguous, aligned and of native byte
 * order.  Borrowed, or NULL.  `what`: for the message. */
PyArrayObject *fj_plain_array(PyObject *obj, int ndim, const char *what);

bool fj_is_native(PyArray_Descr *descr, char kind, Py_ssize_t itemsize);

#endif
