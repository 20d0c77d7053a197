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
    /* FJ_NO_PARENT where none has been met so far; one more, for children that
     * leaves do not have. */
    int32_t *depths;
    int32_t max_depth;
    int32_t local[128]; // most trees are small
} fj_links;

enum { FJ_NO_PARENT = -1 };

/* 0 or -1.  Must be cleared even on error. */
int fj_links_init(fj_links *self, Py_ssize_t nnodes);
void fj_links_clear(fj_links *self);

/* Sets the exception for what fj_links_visit() refuses; returns -1. */
int fj_links_refuse(const fj_links *self, Py_ssize_t node, int64_t left,
                    int64_t right);

/* For each node, in order; the children of a leaf do not matter.  0 or -1.
 *
 * Whether a node is a leaf cannot be foreseen by the processor, so nothing
 * here branches on that. */
static inline int
fj_links_visit(fj_links *self, Py_ssize_t node, bool leaf, int64_t left,
               int64_t right)
{
    int64_t nnodes = self->nnodes;
    int32_t *depths = self->depths;
    bool inside = (left > node) & (left < nnodes) & (right > node) &
                  (right < nnodes) & (left != right);
    if (!(inside | leaf) || depths[node] == FJ_NO_PARENT) {
        return fj_links_refuse(self, node, left, right);
    }
    left = leaf ? nnodes : left;
    right = leaf ? nnodes : right;
    bool taken = (depths[left] & depths[right]) != FJ_NO_PARENT;
    if (taken & !leaf) {
        return fj_links_refuse(self, node, left, right);
    }
    int32_t depth = depths[node] + 1;
    depths[left] = depths[right] = depth;
    depth -= leaf;
    self->max_depth = depth > self->max_depth ? depth : self->max_depth;
    return 0;
}

/* Sets the exception for a split by that feature; returns -1. */
int fj_refuse_feature(Py_ssize_t node, int64_t feature, Py_ssize_t nfeatures);

/* The object as an exact ndarray, C-contiguous, aligned and of native byte
 * order.  Borrowed, or NULL.  `what`: for the message. */
PyArrayObject *fj_plain_array(PyObject *obj, int ndim, const char *what);

bool fj_is_native(PyArray_Descr *descr, char kind, Py_ssize_t itemsize);

#endif
