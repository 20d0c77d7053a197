/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/index_checks.h"

#include "array/numpy_api.h"
#include "array/state.h"

#include <string.h>

/* A negative number is out of range if its distance to the first one is
 * negative, another one if that to the last is; this takes no branch, and no
 * instruction that old processors do not have. */
#define DEFINE_ALL_WITHIN(name, type) \
    static bool name(const void *data, npy_intp count, long long first, \
                     long long last) \
    { \
        const type *items = data; \
        type low = (type)first, high = (type)last, signs = 0; \
        for (npy_intp i = 0; i < count; i++) { \
            type item = items[i]; \
            signs |= \
                (type)((item - low) & item) | (type)((high - item) & ~item); \
        } \
        return !(signs >> (8 * sizeof(type) - 1)); \
    }

DEFINE_ALL_WITHIN(all_within_8, uint8_t)
DEFINE_ALL_WITHIN(all_within_16, uint16_t)
DEFINE_ALL_WITHIN(all_within_32, uint32_t)
DEFINE_ALL_WITHIN(all_within_64, uint64_t)

/* The same for memory that is not contiguous, aligned or in this order. */
static int
all_within_any(PyArrayObject *array, long long first, long long last)
{
    PyArrayObject *copy = (PyArrayObject *)PyArray_FROMANY(
        (PyObject *)array, NPY_INT64, 0, 0,
        NPY_ARRAY_CARRAY_RO | NPY_ARRAY_ENSUREARRAY);
    if (copy == NULL) {
        return -1;
    }
    int ret =
        all_within_64(PyArray_DATA(copy), PyArray_SIZE(copy), first, last);
    Py_DECREF(copy);
    return ret;
}

int
fj_are_indices(PyObject *obj, long long first, long long below)
{
    if (!PyArray_CheckExact(obj) || first < -1 || first > 0) {
        return 0;
    }
    PyArrayObject *array = (PyArrayObject *)obj;
    if (!PyTypeNum_ISSIGNED(PyArray_TYPE(array)) ||
        !PyTypeNum_ISINTEGER(PyArray_TYPE(array))) {
        return 0;
    }
    npy_intp count = PyArray_SIZE(array);
    if (count == 0 || below <= first) {
        return count == 0;
    }
    long long last = below - 1;
    if (!PyArray_ISCARRAY_RO(array)) {
        return all_within_any(array, first, last);
    }
    const void *data = PyArray_DATA(array);
    switch (PyArray_ITEMSIZE(array)) {
    case 1:
        return all_within_8(data, count, first, Py_MIN(last, INT8_MAX));
    case 2:
        return all_within_16(data, count, first, Py_MIN(last, INT16_MAX));
    case 4:
        return all_within_32(data, count, first, Py_MIN(last, INT32_MAX));
    default:
        return all_within_64(data, count, first, last);
    }
}

/* An exact int, or a scalar of NumPy's; -1 for what is negative, too large, or
 * something else. */
static long long
column_number(PyObject *value)
{
    int overflow;
    if (PyLong_CheckExact(value)) {
        return PyLong_AsLongLongAndOverflow(value, &overflow);
    }
    PyObject *index =
        PyArray_IsScalar(value, Integer) ? PyNumber_Index(value) : NULL;
    long long number =
        index == NULL ? -1 : PyLong_AsLongLongAndOverflow(index, &overflow);
    Py_XDECREF(index);
    PyErr_Clear();
    return number;
}

int
fj_are_columns(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, ncolumns = PyDict_GET_SIZE(dict);
    while (PyDict_Next(dict, &pos, &key, &value)) {
        long long column = column_number(value);
        if (column < 0 || column >= ncolumns) {
            return 0;
        }
    }
    return 1;
}

static npy_intp
read_index(const char *address)
{
    npy_intp value;
    memcpy(&value, address, sizeof(value));
    return value;
}

/* struct NodeData_t of sklearn/neighbors/_binary_tree.pxi. */
typedef struct {
    npy_intp start, end, is_leaf;
} range;

static range
read_range(const char *nodes, npy_intp itemsize, npy_intp i)
{
    const char *item = nodes + i * itemsize;
    return (range){read_index(item), read_index(item + sizeof(npy_intp)),
                   read_index(item + 2 * sizeof(npy_intp))};
}

/* Children come after their parents, so by the order of nodes a range is right
 * before it is shared out.  Of nodes below a leaf nothing is known, or used. */
static bool
share_points(const char *nodes, npy_intp itemsize, npy_intp nnodes,
             npy_intp npoints, char *reached)
{
    range root = read_range(nodes, itemsize, 0);
    bool good = root.start == 0 && root.end == npoints;
    reached[0] = 1;
    for (npy_intp i = 0; good && i < nnodes; i++) {
        range own = read_range(nodes, itemsize, i);
        if (!reached[i] || own.is_leaf) {
            continue;
        }
        if (2 * i + 2 >= nnodes) {
            return false;
        }
        range left = read_range(nodes, itemsize, 2 * i + 1);
        range right = read_range(nodes, itemsize, 2 * i + 2);
        good = left.start == own.start && left.start <= left.end &&
               left.end == right.start && right.start <= right.end &&
               right.end == own.end;
        reached[2 * i + 1] = reached[2 * i + 2] = 1;
    }
    return good;
}

int
fj_share_points(PyObject *obj, Py_ssize_t npoints)
{
    PyArrayObject *nodes = (PyArrayObject *)obj;
    if (!PyArray_CheckExact(obj) || PyArray_NDIM(nodes) != 1 ||
        !PyArray_ISCARRAY_RO(nodes) || PyArray_DIM(nodes, 0) < 1 ||
        (size_t)PyArray_ITEMSIZE(nodes) < sizeof(range)) {
        return 0;
    }
    npy_intp nnodes = PyArray_DIM(nodes, 0);
    char *reached = PyMem_Calloc((size_t)nnodes, 1);
    if (reached == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int ret = share_points(PyArray_DATA(nodes), PyArray_ITEMSIZE(nodes),
                           nnodes, npoints, reached);
    PyMem_Free(reached);
    return ret;
}

/* Marks the places; false if one is outside, or has been marked before. */
static bool
mark_places(PyArrayObject *places, npy_intp n, char *taken)
{
    const int64_t *items = PyArray_DATA(places);
    for (npy_intp i = 0; i < PyArray_DIM(places, 0); i++) {
        if (items[i] < 0 || items[i] >= n || taken[items[i]]) {
            return false;
        }
        taken[items[i]] = 1;
    }
    return true;
}

int
fj_share_places(PyObject *list, Py_ssize_t n)
{
    bool good = true;
    Py_ssize_t total = 0;
    char *taken = PyMem_Calloc((size_t)n + 1, 1);
    if (taken == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(list); i++) {
        PyObject *obj = PyList_GET_ITEM(list, i);
        PyArrayObject *places = (PyArrayObject *)obj;
        good = PyArray_CheckExact(obj) && PyArray_NDIM(places) == 1 &&
               PyArray_TYPE(places) == NPY_INTP &&
               PyArray_ISCARRAY_RO(places) && mark_places(places, n, taken);
        total += good ? PyArray_DIM(places, 0) : 0;
    }
    PyMem_Free(taken);
    return good && total == n;
}

static bool
has_shape(PyArrayObject *array, PyObject *shape)
{
    int ndim = PyArray_NDIM(array);
    bool same = PyTuple_CheckExact(shape) && PyTuple_GET_SIZE(shape) == ndim;
    for (int i = 0; same && i < ndim; i++) {
        Py_ssize_t length = PyLong_AsSsize_t(PyTuple_GET_ITEM(shape, i));
        if (length == -1 && PyErr_Occurred()) {
            PyErr_Clear(); // no array is that long
            return false;
        }
        same = length == -1 || length == PyArray_DIM(array, i);
    }
    return same;
}

bool
fj_is_array(PyObject *obj, int ndim, const char *kinds, PyObject *shape)
{
    if (!PyArray_CheckExact(obj)) {
        return false;
    }
    PyArrayObject *array = (PyArrayObject *)obj;
    return (ndim < 0 || PyArray_NDIM(array) == ndim) &&
           (*kinds == 0 ||
            strchr(kinds, PyArray_DESCR(array)->kind) != NULL) &&
           (shape == Py_None || has_shape(array, shape));
}
