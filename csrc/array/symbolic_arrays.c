/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays for the symbolic machine: recognised as a load recognises them, and
 * listed instead of read.
 */
#include "array/symbolic_arrays.h"

#include "array/array.h"
#include "array/state.h"
#include "array/wrapper.h"

/* The globals that are known here. */
enum {
    WRAPPER = 1,
    OLD_WRAPPER,
    DTYPE,
    DTYPE_CLASS, // or a function that makes one of its dtypes
    RECONSTRUCT,
    RECONSTRUCT_MASKED,
    FROMBUFFER,
    ENCODE,
};

static const struct {
    const char *module, *name;
    int known;
} known_globals[] = {
    {"numpy", "dtype", DTYPE},
    {"numpy.dtypes", "ObjectDType", DTYPE_CLASS},
    {"numpy.dtypes", "StringDType", DTYPE_CLASS},
    {"numpy._core._internal", "_convert_to_stringdtype_kwargs", DTYPE_CLASS},
    {"numpy._core.multiarray", "_reconstruct", RECONSTRUCT},
    {"numpy.core.multiarray", "_reconstruct", RECONSTRUCT},
    {"numpy.ma.core", "_mareconstruct", RECONSTRUCT_MASKED},
    {"numpy._core.numeric", "_frombuffer", FROMBUFFER},
    {"numpy.core.numeric", "_frombuffer", FROMBUFFER},
    {"_codecs", "encode", ENCODE},
};

static int
find_known(fj_symbolic *m, PyObject *module_name, PyObject *name)
{
    (void)m;
    for (size_t i = 0; i < sizeof known_globals / sizeof known_globals[0];
         i++) {
        if (PyUnicode_CompareWithASCIIString(name, known_globals[i].name) ==
                0 &&
            PyUnicode_CompareWithASCIIString(module_name,
                                             known_globals[i].module) == 0) {
            return known_globals[i].known;
        }
    }
    return 0;
}

static int
find_confined(fj_symbolic *m, PyObject *module_name, PyObject *name)
{
    const fj_array_state *state = m->state->array;
    const PyTypeObject *wrapper = fj_wrapper_find(state, module_name, name);
    return wrapper == NULL                  ? 0
           : wrapper == state->wrapper_type ? WRAPPER
                                            : OLD_WRAPPER;
}

int
fj_symbolic_read_shape(fj_value shape, fj_symbolic_array *array)
{
    fj_value lengths[NPY_MAXDIMS];
    int64_t ndim = fj_count_items(shape);
    if (ndim < 0 || ndim > NPY_MAXDIMS ||
        (ndim > 0 && fj_as_kind(shape, FJ_TUPLE) == NULL)) {
        return 0;
    }
    fj_copy_items(shape, (size_t)ndim, lengths);
    size_t count = 1;
    array->shape = PyTuple_New((Py_ssize_t)ndim);
    for (int64_t i = 0; array->shape != NULL && i < ndim; i++) {
        int64_t length;
        if (!fj_as_int(lengths[i], &length) || length < 0 ||
            !fj_size_mul(count, (size_t)length, &count)) {
            Py_CLEAR(array->shape);
            return 0;
        }
        PyObject *item = PyLong_FromLongLong(length);
        if (item == NULL) {
            Py_CLEAR(array->shape);
            break;
        }
        PyTuple_SET_ITEM(array->shape, i, item);
    }
    array->count = count;
    return array->shape == NULL ? -1 : 1;
}

int
fj_symbolic_list(fj_symbolic *m, fj_node *node, const fj_symbolic_array *array,
                 const char *kind, int64_t offset)
{
    PyObject *position =
        offset < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(offset);
    PyObject *nbytes = array->has_objects ? Py_NewRef(Py_None)
                                          : PyLong_FromSize_t(array->nbytes);
    PyObject *row = NULL;
    if (position != NULL && nbytes != NULL) {
        row = Py_BuildValue("[OOOsOOsO]", Py_None, array->dtype, array->shape,
                            array->order, nbytes, position, kind, Py_None);
    }
    Py_XDECREF(position);
    Py_XDECREF(nbytes);
    return fj_symbolic_add_array(m, node, row);
}

/* encode(str, "latin1"): bytes, below protocol 3.  Those of a datetime's unit
 * are needed. */
static int
note_bytes(fj_symbolic *m, fj_node *object, fj_value args)
{
    fj_value values[2];
    if (fj_count_items(args) != 2) {
        return 0;
    }
    fj_copy_items(args, 2, values);
    const fj_text *text = fj_as_text(values[0]);
    if (text == NULL || !fj_is_ascii(text->bytes, text->nbytes)) {
        return 0;
    }
    object->note = PyBytes_FromStringAndSize(text->bytes, text->nbytes);
    return fj_symbolic_keep(m, object->note);
}

/* Transposes the array.  1, 0 if `axes` are none of it, or -1. */
static int
move_axes(fj_symbolic_array *array, fj_value axes)
{
    fj_value values[NPY_MAXDIMS];
    Py_ssize_t ndim = PyTuple_GET_SIZE(array->shape);
    if (fj_count_items(axes) != ndim) {
        return 0;
    }
    PyObject *shape = PyTuple_New(ndim);
    if (shape == NULL) {
        return -1;
    }
    fj_copy_items(axes, (size_t)ndim, values);
    for (Py_ssize_t i = 0; i < ndim; i++) {
        int64_t axis;
        if (!fj_as_int(values[i], &axis) || axis < 0 || axis >= ndim) {
            Py_DECREF(shape);
            return 0;
        }
        PyTuple_SET_ITEM(shape, i,
                         Py_NewRef(PyTuple_GET_ITEM(array->shape, axis)));
    }
    Py_SETREF(array->shape, shape);
    array->order = "K";
    return 1;
}

/* _frombuffer(buffer, dtype, shape, order), or with order "K" and the order of
 * the axes. */
static int
list_buffer(fj_symbolic *m, fj_node *object, fj_value args)
{
    fj_value values[5];
    fj_symbolic_array array = {.order = "C"};
    int64_t n = fj_count_items(args);
    if (n != 4 && n != 5) {
        return 0;
    }
    fj_copy_items(args, (size_t)n, values);
    int ret = fj_symbolic_read_shape(values[2], &array);
    if (ret > 0) {
        ret = fj_symbolic_read_dtype(values[1], &array);
    }
    if (ret > 0 && n == 5) {
        ret = move_axes(&array, values[4]);
    }
    else if (ret > 0 && fj_text_is(values[3], "F")) {
        array.order = "F";
    }
    if (ret > 0) {
        const fj_node *data = fj_as_node(values[0]);
        bool in_file = data != NULL &&
                       (data->kind == FJ_BYTES || data->kind == FJ_BYTEARRAY);
        array.order = n == 5 ? "K" : fj_text_is(values[3], "F") ? "F" : "C";
        ret = fj_symbolic_list(m, object, &array, "pickle",
                               in_file ? (int64_t)data->offset : -1);
    }
    Py_XDECREF(array.shape);
    return ret < 0 ? -1 : 0;
}

/* The state of an array in NumPy's own form: (version, shape, dtype, Fortran
 * order, data), with more for masked ones. */
static int
list_state(fj_symbolic *m, fj_node *object, fj_value state, int64_t wanted)
{
    fj_value values[5];
    fj_symbolic_array array = {.order = "C"};
    if (fj_count_items(state) != wanted) {
        return 0;
    }
    fj_copy_items(state, 5, values);
    int ret = fj_symbolic_read_shape(values[1], &array);
    if (ret > 0) {
        ret = fj_symbolic_read_dtype(values[2], &array);
    }
    if (ret > 0) {
        fj_node *data = fj_as_node(values[4]);
        int64_t fortran;
        if (fj_as_int(values[3], &fortran) && fortran != 0) {
            array.order = "F";
        }
        bool in_file = data != NULL && data->kind == FJ_BYTES;
        ret = fj_symbolic_list(m, object, &array, "pickle",
                               in_file ? (int64_t)data->offset : -1);
        if (ret == 0 && array.has_objects && data != NULL) {
            ret = fj_symbolic_put_inner(m, object, data);
        }
    }
    Py_XDECREF(array.shape);
    return ret < 0 ? -1 : 0;
}

/* Of the rest, the wrappers only keep what they are given. */
static bool
calls_arguments(int known)
{
    return known == RECONSTRUCT_MASKED;
}

static int
call(fj_symbolic *m, fj_node *object, fj_value args)
{
    switch (object->global->known) {
    case DTYPE:
        return fj_symbolic_make_dtype(m, object, args);
    case DTYPE_CLASS:
        return fj_symbolic_make_dtype_of_class(m, object);
    case ENCODE:
        return note_bytes(m, object, args);
    case FROMBUFFER:
        return list_buffer(m, object, args);
    default:
        return 0;
    }
}

static int
build(fj_symbolic *m, fj_node **object, fj_value state)
{
    switch ((*object)->global->known) {
    case WRAPPER:
        return m->nested ? 0 : fj_symbolic_read_behind(m, object, state);
    case OLD_WRAPPER:
        return m->nested ? 0 : fj_symbolic_list_side_file(m, object, state);
    case DTYPE:
    case DTYPE_CLASS:
        return fj_symbolic_build_dtype(m, *object, state);
    case RECONSTRUCT:
        return list_state(m, *object, state, 5);
    case RECONSTRUCT_MASKED:
        return list_state(m, *object, state, 7);
    default:
        return 0;
    }
}

const fj_symbolic_hook fj_array_symbolic_hook = {
    .find_confined = find_confined,
    .find_known = find_known,
    .calls_arguments = calls_arguments,
    .call = call,
    .build = build,
};
