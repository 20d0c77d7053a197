/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is within a dtype: its fields, and how deep they go.
 */
#include "array/guard_dtypes.h"

enum {
    MAX_DEPTH = 64, // of dtypes within dtypes; NumPy walks them recursively
    /* The flags that a structure has from its fields, and that each has. */
    FROM_FIELDS =
        NPY_ITEM_REFCOUNT | NPY_LIST_PICKLE | NPY_NEEDS_INIT | NPY_NEEDS_PYAPI,
    OF_STRUCTURES = NPY_NEEDS_PYAPI,
};

static bool
is_text(PyObject *obj)
{
    return PyUnicode_Check(obj) || PyBytes_Check(obj);
}

/* Walks a dtype as NumPy does; false where that would be too deep, or take too
 * long. */
static bool
walk(PyArray_Descr *dtype, int depth, size_t *left)
{
    PyObject *key, *field;
    Py_ssize_t pos = 0;
    if (depth == 0 || *left == 0) {
        return false;
    }
    --*left;
    if (PyDataType_HASSUBARRAY(dtype) &&
        !walk(PyDataType_SUBARRAY(dtype)->base, depth - 1, left)) {
        return false;
    }
    if (!PyDataType_HASFIELDS(dtype)) {
        return true;
    }
    while (PyDict_Next(PyDataType_FIELDS(dtype), &pos, &key, &field)) {
        PyObject *inner = PyTuple_GET_ITEM(field, 0);
        if (!walk((PyArray_Descr *)inner, depth - 1, left)) {
            return false;
        }
    }
    return true;
}

static bool
is_composite(PyArray_Descr *dtype)
{
    return fj_is_legacy_dtype(dtype) &&
           (PyDataType_HASFIELDS(dtype) || PyDataType_HASSUBARRAY(dtype));
}

int
fj_guard_nesting(fj_unpickler *u, PyArray_Descr *inner, size_t *left)
{
    if (is_composite(inner) && !walk(inner, MAX_DEPTH, left)) {
        return fj_guard_refuse(u, "a dtype of fewer dtypes within others",
                               (PyObject *)Py_TYPE(inner));
    }
    return 0;
}

int
fj_guard_made_dtype(fj_unpickler *u, PyArray_Descr *dtype)
{
    PyObject *key, *field;
    Py_ssize_t pos = 0;
    size_t left = FJ_MAX_NESTED;
    if (!is_composite(dtype)) {
        return 0;
    }
    if (PyDataType_HASSUBARRAY(dtype)) {
        return fj_guard_nesting(u, PyDataType_SUBARRAY(dtype)->base, &left);
    }
    while (PyDict_Next(PyDataType_FIELDS(dtype), &pos, &key, &field)) {
        PyObject *inner = PyTuple_GET_ITEM(field, 0);
        if (fj_guard_nesting(u, (PyArray_Descr *)inner, &left) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A field, (dtype, offset[, title]), and what it takes of the structure. */
typedef struct {
    PyArray_Descr *dtype; // borrowed
    size_t first, end;
    bool has_objects;
} field;

static bool
read_field(PyObject *value, const fj_dtype_state *s, field *f)
{
    Py_ssize_t offset;
    if (value == NULL || !PyTuple_Check(value) ||
        (PyTuple_GET_SIZE(value) != 2 && PyTuple_GET_SIZE(value) != 3) ||
        !fj_is_dtype(PyTuple_GET_ITEM(value, 0)) ||
        !fj_guard_get_size(PyTuple_GET_ITEM(value, 1), &offset)) {
        return false;
    }
    f->dtype = (PyArray_Descr *)PyTuple_GET_ITEM(value, 0);
    Py_ssize_t nbytes = PyDataType_ELSIZE(f->dtype);
    f->first = (size_t)offset;
    f->end = (size_t)(offset + nbytes);
    f->has_objects = PyDataType_REFCHK(f->dtype);
    return fj_is_legacy_dtype(f->dtype) && nbytes >= 0 && offset >= 0 &&
           nbytes <= s->nbytes && offset <= s->nbytes - nbytes;
}

/* Adds a field to the copy, by its name and by its title, and counts both. */
static int
copy_field(fj_unpickler *u, const fj_dtype_state *s, PyObject *name, field *f,
           PyObject *copy, Py_ssize_t *nkeys)
{
    PyObject *value =
        is_text(name) ? PyDict_GetItemWithError(s->fields, name) : NULL;
    if (!read_field(value, s, f)) {
        return fj_guard_refuse(u, "fields within its size", s->fields);
    }
    if (PyDict_SetItem(copy, name, value) < 0) {
        return -1;
    }
    ++*nkeys;
    PyObject *title =
        PyTuple_GET_SIZE(value) == 3 ? PyTuple_GET_ITEM(value, 2) : Py_None;
    if (!is_text(title)) {
        return 0;
    }
    int is_key = PyDict_Contains(s->fields, title);
    *nkeys += is_key > 0;
    return is_key > 0 ? PyDict_SetItem(copy, title, value) : is_key;
}

static int
compare_fields(const void *a, const void *b)
{
    size_t first = ((const field *)a)->first;
    size_t other = ((const field *)b)->first;
    return first < other ? -1 : first > other;
}

/* Whether something else has part of a field's memory that holds objects.
 * Sorts the fields. */
static bool
objects_overlap(field *fields, Py_ssize_t n)
{
    size_t end = 0, end_of_objects = 0;
    qsort(fields, (size_t)n, sizeof *fields, compare_fields);
    for (Py_ssize_t i = 0; i < n; i++) {
        const field *f = &fields[i];
        if (f->first == f->end) {
            continue;
        }
        if (f->first < (f->has_objects ? end : end_of_objects)) {
            return true;
        }
        end = Py_MAX(end, f->end);
        if (f->has_objects) {
            end_of_objects = Py_MAX(end_of_objects, f->end);
        }
    }
    return false;
}

static int
copy_all(fj_unpickler *u, const fj_dtype_state *s, PyObject *copy,
         field *fields, npy_uint64 *flags_ret)
{
    Py_ssize_t n = PyTuple_GET_SIZE(s->names), nkeys = 0;
    size_t left = FJ_MAX_NESTED;
    *flags_ret = OF_STRUCTURES;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *name = PyTuple_GET_ITEM(s->names, i);
        if (copy_field(u, s, name, &fields[i], copy, &nkeys) < 0 ||
            fj_guard_nesting(u, fields[i].dtype, &left) < 0) {
            return -1;
        }
        *flags_ret |= PyDataType_FLAGS(fields[i].dtype) & FROM_FIELDS;
    }
    /* All names and titles are different, and there is nothing else; before
     * version 2, the names were an item of the fields. */
    if (PyDict_Size(copy) != nkeys ||
        PyDict_Size(s->fields) != nkeys + (s->version < 2)) {
        return fj_guard_refuse(u, "one field for each name", s->fields);
    }
    bool has_objects = (*flags_ret & NPY_ITEM_REFCOUNT) != 0;
    return has_objects && objects_overlap(fields, n)
               ? fj_guard_refuse(u, "fields of objects apart from others",
                                 s->fields)
               : 0;
}

PyObject *
fj_guard_fields(fj_unpickler *u, const PyArray_Descr *dtype,
                const fj_dtype_state *s, npy_uint64 *flags_ret)
{
    if (!PyTuple_Check(s->names) || !PyDict_Check(s->fields)) {
        fj_guard_refuse(u, "a tuple of names and a dict of fields", s->fields);
        return NULL;
    }
    size_t n = (size_t)PyTuple_GET_SIZE(s->names);
    field *fields = PyMem_Calloc(n + 1, sizeof *fields);
    PyObject *copy = fields == NULL ? PyErr_NoMemory() : PyDict_New();
    if (copy != NULL && copy_all(u, s, copy, fields, flags_ret) < 0) {
        Py_CLEAR(copy);
    }
    PyMem_Free(fields);
    if (copy != NULL && dtype->type_num != NPY_VOID &&
        ((*flags_ret | PyDataType_FLAGS(dtype)) & NPY_ITEM_REFCOUNT) != 0) {
        fj_guard_refuse(u, "no objects within a number", s->fields);
        Py_CLEAR(copy);
    }
    return copy;
}
