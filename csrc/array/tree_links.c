/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/tree_links.h"

#include <string.h>

int
fj_links_init(fj_links *self, Py_ssize_t nnodes)
{
    self->depths = NULL;
    self->nnodes = nnodes;
    self->max_depth = 0;
    if (nnodes < 1 || nnodes >= INT32_MAX) {
        PyErr_Format(PyExc_ValueError, "a tree has %zd nodes", nnodes);
        return -1;
    }
    bool fits = nnodes < (Py_ssize_t)Py_ARRAY_LENGTH(self->local);
    size_t nbytes = ((size_t)nnodes + 1) * sizeof(int32_t);
    self->depths = fits ? self->local : PyMem_Malloc(nbytes);
    if (self->depths == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(self->depths, 0xff, nbytes); // FJ_NO_PARENT
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
fj_links_refuse(const fj_links *self, Py_ssize_t node, int64_t left,
                int64_t right)
{
    if (self->depths[node] == FJ_NO_PARENT) {
        PyErr_Format(PyExc_ValueError, "node %zd of a tree has no parent",
                     node);
    }
    else {
        PyErr_Format(PyExc_ValueError,
                     "node %zd of a tree of %zd nodes has the children %lld "
                     "and %lld: two later ones were expected, which have no "
                     "other parent",
                     node, self->nnodes, (long long)left, (long long)right);
    }
    return -1;
}

int
fj_refuse_feature(Py_ssize_t node, int64_t feature, Py_ssize_t nfeatures)
{
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
