/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/tree_links.h"

#include <string.h>

int
fj_links_init(fj_links *self, Py_ssize_t nnodes)
{
    self->depths = NULL;
    self->nnodes = nnodes;
    self->max_depth = 0;
    if (nnodes < 1 || nnodes > INT32_MAX) {
        PyErr_Format(PyExc_ValueError, "a tree has %zd nodes", nnodes);
        return -1;
    }
    bool fits = nnodes <= (Py_ssize_t)Py_ARRAY_LENGTH(self->local);
    self->depths =
        fits ? self->local : PyMem_Malloc((size_t)nnodes * sizeof(int32_t));
    if (self->depths == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(self->depths, 0xff, (size_t)nnodes * sizeof(int32_t));
    self->depths[0] = 0;
    return 0;
}

void
fj_links_clear(fj_links *self)
{
    if (self->depths != self->local) {
        PyMem_Free(self->depths);
    }
}

int
fj_links_visit(const fj_links *self, Py_ssize_t node)
{
    if (self->depths[node] != FJ_NO_PARENT) {
        return 0;
    }
    PyErr_Format(PyExc_ValueError, "node %zd of a tree has no parent", node);
    return -1;
}

int
fj_links_add(fj_links *self, Py_ssize_t node, int64_t child)
{
    if (child <= node || child >= self->nnodes) {
        PyErr_Format(PyExc_ValueError,
                     "node %zd of a tree of %zd nodes has child %lld", node,
                     self->nnodes, (long long)child);
        return -1;
    }
    if (self->depths[child] != FJ_NO_PARENT) {
        PyErr_Format(PyExc_ValueError, "node %lld of a tree has two parents",
                     (long long)child);
        return -1;
    }
    int32_t depth = self->depths[node] + 1;
    self->depths[child] = depth;
    self->max_depth = depth > self->max_depth ? depth : self->max_depth;
    return 0;
}

int
fj_check_feature(Py_ssize_t node, int64_t feature, Py_ssize_t nfeatures)
{
    if (feature >= 0 && feature < nfeatures) {
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "node %zd of a tree for %zd features splits by feature %lld",
                 node, nfeatures, (long long)feature);
    return -1;
}

PyArrayObject *
fj_plain_array(PyObject *obj, int ndim, const char *what)
{
    if (obj == NULL || !PyArray_CheckExact(obj)) {
        PyErr_Format(PyExc_ValueError, "%s of a tree: no ndarray", what);
        return NULL;
    }
    PyArrayObject *array = (PyArrayObject *)obj;
    if (PyArray_NDIM(array) != ndim || !PyArray_ISCARRAY_RO(array)) {
        PyErr_Format(PyExc_ValueError,
                     "%s of a tree: no plain array of %d dimensions", what,
                     ndim);
        return NULL;
    }
    return array;
}

bool
fj_is_native(PyArray_Descr *descr, char kind, Py_ssize_t itemsize)
{
    return descr->kind == kind && PyDataType_ELSIZE(descr) == itemsize &&
           PyArray_ISNBO(descr->byteorder);
}
