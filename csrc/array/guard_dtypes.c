/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The states of dtypes.  NumPy gets a copy of each in the form that its
 * present versions write, so that nothing in the file can change it later, and
 * with the flags that follow from the fields.
 */
#include "array/guard_dtypes.h"

enum { MAX_ALIGNMENT = 64 };

/* Before version 2 the names were an item of the fields. */
static PyObject *
names_in_fields(PyObject *fields)
{
    PyObject *key = PyDict_Check(fields) ? PyLong_FromLong(-1) : NULL;
    PyObject *names = key == NULL ? NULL : PyDict_GetItem(fields, key);
    Py_XDECREF(key);
    return names == NULL ? Py_None : names;
}

/* From 5 items in NumPy 1.0 to 9 for dtypes with metadata. */
static bool
read_state(PyObject *state, fj_dtype_state *s)
{
    if (!PyTuple_Check(state)) {
        return false;
    }
    Py_ssize_t n = PyTuple_GET_SIZE(state);
    PyObject **item = &PyTuple_GET_ITEM(state, 0);
    *s = (fj_dtype_state){.names = Py_None, .metadata = Py_None};
    if (n < 5 || n > 9 ||
        (n > 5 && !fj_guard_get_size(*item++, &s->version)) ||
        s->version < 0 || s->version > 4 || (n < 7 && s->version > 1)) {
        return false;
    }
    s->byteorder = *item++;
    s->subarray = *item++;
    if (n >= 7) {
        s->names = *item++;
    }
    s->fields = *item++;
    if (s->version < 2) {
        s->names = names_in_fields(s->fields);
    }
    bool valid = fj_guard_get_size(item[0], &s->nbytes) &&
                 fj_guard_get_size(item[1], &s->alignment) &&
                 (n < 8 || fj_guard_get_size(item[2], &s->flags));
    if (n == 9) {
        s->metadata = item[3];
    }
    return valid && s->flags >= -128 && s->flags < 256;
}

static int
check_byteorder(fj_unpickler *u, const PyArray_Descr *dtype,
                PyObject *byteorder)
{
    Py_UCS4 c = 0;
    if (PyUnicode_Check(byteorder) && PyUnicode_GET_LENGTH(byteorder) == 1) {
        c = PyUnicode_READ_CHAR(byteorder, 0);
    }
    else if (PyBytes_Check(byteorder) && PyBytes_GET_SIZE(byteorder) == 1) {
        c = (unsigned char)PyBytes_AS_STRING(byteorder)[0];
    }
    if (dtype->byteorder == '|') {
        return c == '|' ? 0 : fj_guard_refuse(u, "byte order '|'", byteorder);
    }
    return c == '<' || c == '>' || c == '='
               ? 0
               : fj_guard_refuse(u, "byte order '<' or '>'", byteorder);
}

/* Only dtypes of type void get their size from the state; in that of others is
 * put what they have. */
static int
check_size(fj_unpickler *u, PyArray_Descr *dtype, fj_dtype_state *s,
           PyObject *state)
{
    if (dtype->type_num == NPY_VOID) {
        bool aligned = s->alignment > 0 && s->alignment <= MAX_ALIGNMENT &&
                       (s->alignment & (s->alignment - 1)) == 0;
        return aligned && s->nbytes >= 0 && s->nbytes <= INT_MAX
                   ? 0
                   : fj_guard_refuse(u, "its size and alignment", state);
    }
    bool has_length = dtype->type_num == NPY_STRING ||
                      dtype->type_num == NPY_UNICODE ||
                      dtype->type_num >= NPY_USERDEF;
    if (has_length && (s->nbytes != PyDataType_ELSIZE(dtype) ||
                       s->alignment != PyDataType_ALIGNMENT(dtype))) {
        return fj_guard_refuse(u, "the size and alignment of its type", state);
    }
    s->nbytes = PyDataType_ELSIZE(dtype);
    s->alignment = PyDataType_ALIGNMENT(dtype);
    return 0;
}

static int
check_metadata(fj_unpickler *u, const PyArray_Descr *dtype, PyObject *metadata)
{
    if (PyTypeNum_ISDATETIME(dtype->type_num)) {
        if (!PyTuple_Check(metadata) || PyTuple_GET_SIZE(metadata) != 2) {
            return fj_guard_refuse(u, "metadata with the unit of time",
                                   metadata);
        }
        metadata = PyTuple_GET_ITEM(metadata, 0);
    }
    return metadata == Py_None || PyDict_Check(metadata)
               ? 0
               : fj_guard_refuse(u, "a dict of metadata", metadata);
}

/* Sets *flags_ret to the flags of a dtype with that subarray. */
static int
check_subarray(fj_unpickler *u, const PyArray_Descr *dtype,
               const fj_dtype_state *s, npy_uint64 *flags_ret)
{
    size_t count, nbytes, left = FJ_MAX_NESTED;
    PyObject *subarray = s->subarray;
    PyObject *base = PyTuple_Check(subarray) && PyTuple_GET_SIZE(subarray) == 2
                         ? PyTuple_GET_ITEM(subarray, 0)
                         : Py_None;
    if (dtype->type_num != NPY_VOID || s->fields != Py_None ||
        !fj_is_dtype(base) || !fj_is_legacy_dtype((PyArray_Descr *)base) ||
        !fj_shape_size(PyTuple_GET_ITEM(subarray, 1), &count) ||
        !fj_size_mul(count, (size_t)PyDataType_ELSIZE((PyArray_Descr *)base),
                     &nbytes) ||
        nbytes != (size_t)s->nbytes) {
        return fj_guard_refuse(u, "a subarray of its size", subarray);
    }
    *flags_ret = PyDataType_FLAGS((PyArray_Descr *)base);
    return fj_guard_nesting(u, (PyArray_Descr *)base, &left);
}

/* The flags in the form in which this version of NumPy reads them.  Of those
 * in the file only one says more than the fields do. */
static int
choose_flags(fj_unpickler *u, PyArray_Descr *dtype, const fj_dtype_state *s,
             PyObject *state, npy_uint64 flags, long *flags_ret)
{
    bool numpy_1 = PyArray_GetNDArrayCFeatureVersion() < NPY_2_0_API_VERSION;
    if (dtype->type_num != NPY_VOID) {
        flags = PyDataType_FLAGS(dtype);
    }
    bool had_objects = (s->flags & NPY_ITEM_REFCOUNT) != 0;
    bool has_objects = (flags & NPY_ITEM_REFCOUNT) != 0;
    if (s->version > 2 && dtype->type_num < NPY_USERDEF &&
        had_objects != has_objects) {
        return fj_guard_refuse(u,
                               has_objects ? "the flags of a dtype with "
                                             "objects"
                                           : "the flags of a dtype without "
                                             "objects",
                               state);
    }
    /* NumPy 1 writes negative numbers, where NumPy 2 sees no such flag. */
    bool aligned = s->version > 2 && s->fields != Py_None &&
                   (s->flags & NPY_ALIGNED_STRUCT) != 0 &&
                   (numpy_1 || s->flags > 0);
    flags = (flags & 0x7f) | (aligned ? NPY_ALIGNED_STRUCT : 0);
    *flags_ret = numpy_1 ? (long)(signed char)flags : (long)flags;
    return 0;
}

static PyObject *
write_state(const fj_dtype_state *s, PyObject *fields, long flags)
{
    PyObject *names = fields == Py_None ? Py_None : s->names;
    return s->metadata == Py_None
               ? Py_BuildValue("(iOOOOnnl)", 3, s->byteorder, s->subarray,
                               names, fields, s->nbytes, s->alignment, flags)
               : Py_BuildValue("(iOOOOnnlO)", 4, s->byteorder, s->subarray,
                               names, fields, s->nbytes, s->alignment, flags,
                               s->metadata);
}

/* What NumPy gets: a new reference, or NULL. */
static PyObject *
check_state(fj_unpickler *u, PyArray_Descr *dtype, PyObject *state)
{
    fj_dtype_state s;
    npy_uint64 flags = 0;
    long written = 0;
    if (!read_state(state, &s)) {
        fj_guard_refuse(u, "a state that NumPy writes", state);
        return NULL;
    }
    if (check_byteorder(u, dtype, s.byteorder) < 0 ||
        check_size(u, dtype, &s, state) < 0 ||
        check_metadata(u, dtype, s.metadata) < 0 ||
        (s.subarray != Py_None && check_subarray(u, dtype, &s, &flags) < 0)) {
        return NULL;
    }
    bool has_fields = s.names != Py_None || s.fields != Py_None;
    PyObject *fields = has_fields ? fj_guard_fields(u, dtype, &s, &flags)
                                  : Py_NewRef(Py_None);
    PyObject *checked = NULL;
    if (fields != NULL &&
        choose_flags(u, dtype, &s, state, flags, &written) == 0) {
        checked = write_state(&s, fields, written);
    }
    Py_XDECREF(fields);
    return checked;
}

/* Whether a state, (version, byte order, subarray, names, fields, size, ...),
 * leaves the size and the fields as they are: what uses the dtype already then
 * goes on to fit. */
static bool
leaves_layout(PyObject *state)
{
    if (!PyTuple_CheckExact(state) || PyTuple_GET_SIZE(state) < 8) {
        return false;
    }
    for (Py_ssize_t i = 2; i < 5; i++) {
        if (PyTuple_GET_ITEM(state, i) != Py_None) {
            return false;
        }
    }
    Py_ssize_t size;
    return fj_guard_get_size(PyTuple_GET_ITEM(state, 5), &size) && size == -1;
}

int
fj_guard_build_dtype(fj_unpickler *u, PyArray_Descr *dtype,
                     PyObject *inst_state)
{
    /* Those that all of the process uses ignore their state. */
    if (!fj_is_legacy_dtype(dtype) || PyDataType_FIELDS(dtype) == Py_None) {
        return 0;
    }
    bool may_change =
        fj_is_unused((PyObject *)dtype) ||
        (u->policy == NULL && !PyDataType_HASFIELDS(dtype) &&
         !PyDataType_HASSUBARRAY(dtype) && leaves_layout(inst_state));
    if (!may_change) {
        return fj_guard_refuse(u, "the state of a dtype that nothing uses yet",
                               inst_state);
    }
    PyObject *checked = check_state(u, dtype, inst_state);
    if (checked == NULL) {
        return -1;
    }
    PyObject *result = PyObject_CallMethodOneArg(
        (PyObject *)dtype, u->state->s_setstate, checked);
    Py_DECREF(checked);
    Py_XDECREF(result);
    return result == NULL ? -1 : 1;
}
