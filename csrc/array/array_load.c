/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays on their way in.
 */
#include "array/numpy_api.h"

#include "array/array.h"
#include "array/byteorder.h"
#include "array/memory.h"
#include "array/wrapper.h"

static PyObject *
attribute(fj_unpickler *u, PyObject *state, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(state, name);
    if (value == NULL && !PyErr_Occurred()) {
        fj_input_invalid(u->in, "an array without %R", name);
    }
    return value;
}

static int
read_alignment(fj_unpickler *u, PyObject *state, fj_wrapper *w)
{
    PyObject *value =
        PyDict_GetItemWithError(state, u->state->s_alignment);
    w->alignment = 0;
    if (value == NULL || value == Py_None) {
        return PyErr_Occurred() ? -1 : 0;
    }
    w->alignment = PyLong_AsLong(value);
    if (w->alignment <= 0) { // or no int at all
        PyErr_Clear();
        fj_input_invalid(u->in, "an array alignment of %R bytes", value);
        return -1;
    }
    return 0;
}

static int
read_shape(fj_unpickler *u, PyObject *shape, fj_wrapper *w)
{
    bool valid =
        PyTuple_Check(shape) && PyTuple_GET_SIZE(shape) <= NPY_MAXDIMS;
    w->ndim = valid ? (int)PyTuple_GET_SIZE(shape) : 0;
    for (int i = 0; i < w->ndim; i++) {
        w->dims[i] = PyNumber_AsSsize_t(PyTuple_GET_ITEM(shape, i),
                                        PyExc_OverflowError);
        valid = valid && w->dims[i] >= 0;
    }
    if (!valid) {
        PyErr_Clear(); // of items that are no integers
        fj_input_invalid(u->in, "an array of shape %R", shape);
        return -1;
    }
    return 0;
}

/* Sizes from shape and dtype, which are claims like all others. */
static int
measure(fj_unpickler *u, fj_wrapper *w)
{
    PyArray_Descr *descr = (PyArray_Descr *)w->dtype;
    if (!PyArray_DescrCheck(w->dtype) || PyDataType_HASSUBARRAY(descr) ||
        PyDataType_ELSIZE(descr) < 0) {
        fj_input_invalid(u->in, "an array of dtype %R", w->dtype);
        return -1;
    }
    size_t count = 1;
    bool fits = true;
    for (int i = 0; fits && i < w->ndim; i++) {
        fits = fj_size_mul(count, (size_t)w->dims[i], &count);
    }
    fits = fits &&
           fj_size_mul(count, (size_t)PyDataType_ELSIZE(descr), &w->nbytes);
    if (!fits || count > NPY_MAX_INTP || w->nbytes > NPY_MAX_INTP) {
        fj_input_invalid(u->in, "an array of more elements than can be "
                                "addressed, of dtype %R", w->dtype);
        return -1;
    }
    return 0;
}

static int
read_wrapper(fj_unpickler *u, PyObject *state, fj_wrapper *w)
{
    const fj_state *names = u->state;
    if (!PyDict_CheckExact(state)) {
        fj_input_invalid(u->in, "the state of an array is %R", state);
        return -1;
    }
    PyObject *shape, *order, *allow_mmap;
    if ((w->subclass = attribute(u, state, names->s_subclass)) == NULL ||
        (shape = attribute(u, state, names->s_shape)) == NULL ||
        (order = attribute(u, state, names->s_order)) == NULL ||
        (w->dtype = attribute(u, state, names->s_dtype)) == NULL ||
        (allow_mmap = attribute(u, state, names->s_allow_mmap)) == NULL) {
        return -1;
    }
    w->fortran = PyUnicode_Check(order) &&
                 PyUnicode_CompareWithASCIIString(order, "F") == 0;
    int truth = PyObject_IsTrue(allow_mmap);
    if (truth < 0) {
        return -1;
    }
    w->allow_mmap = truth;
    return read_alignment(u, state, w) < 0 ? -1 : read_shape(u, shape, w);
}

int
fj_array_skip_padding(fj_unpickler *u, const fj_wrapper *w)
{
    if (w->alignment == 0) {
        return 0;
    }
    if (fj_input_need(u->in, 1) < 0) {
        return -1;
    }
    size_t nbytes = (unsigned char)*u->in->pos++;
    if (fj_input_need(u->in, nbytes) < 0) {
        return -1;
    }
    u->in->pos += nbytes;
    return 0;
}

/* Memory for the array's data from a stream of unknown length, grown as the
 * data arrives: a bytearray that the array will hold on to. */
static PyObject *
read_in_steps(fj_unpickler *u, size_t nbytes)
{
    const size_t first_step = (size_t)16 << 20;
    size_t have = 0;
    size_t size = nbytes < first_step ? nbytes : first_step;
    PyObject *data = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)size);
    while (data != NULL) {
        if (fj_input_read(u->in, PyByteArray_AS_STRING(data) + have,
                          size - have) < 0) {
            break;
        }
        have = size;
        if (have == nbytes) {
            return data;
        }
        size = nbytes - have < have ? nbytes : have * 2;
        if (PyByteArray_Resize(data, (Py_ssize_t)size) < 0) {
            break;
        }
    }
    Py_XDECREF(data);
    return NULL;
}

static PyObject *
read_from_stream(fj_unpickler *u, fj_wrapper *w, PyArray_Descr *descr)
{
    PyObject *data = read_in_steps(u, w->nbytes);
    if (data == NULL) {
        return NULL;
    }
    int flags = NPY_ARRAY_WRITEABLE | NPY_ARRAY_ALIGNED |
                (w->fortran ? NPY_ARRAY_F_CONTIGUOUS : 0);
    PyObject *array = PyArray_NewFromDescr(
        &PyArray_Type, (PyArray_Descr *)Py_NewRef(descr), w->ndim, w->dims,
        NULL, PyByteArray_AS_STRING(data), flags, NULL);
    if (array == NULL) {
        Py_DECREF(data);
        return NULL;
    }
    if (PyArray_SetBaseObject((PyArrayObject *)array, data) < 0) {
        Py_CLEAR(array);
    }
    return array;
}

static PyObject *
read_raw(fj_unpickler *u, fj_wrapper *w, PyArray_Descr *descr)
{
    fj_array_loader *loader = u->hook_data;
    if (fj_input_check_left(u->in, w->nbytes) < 0) {
        return NULL;
    }
    /* Without memory of ours NumPy would make strings of no length longer. */
    bool no_length = PyDataType_ELSIZE(descr) == 0;
    if (no_length || !fj_input_believes(u->in, w->nbytes)) {
        return read_from_stream(u, w, descr);
    }
    PyObject *array = fj_array_memory_new_array(
        &loader->memory, (PyArray_Descr *)Py_NewRef(descr), w->ndim, w->dims,
        w->fortran, w->nbytes, fj_input_left(u->in));
    if (array != NULL &&
        fj_input_read(u->in, PyArray_DATA((PyArrayObject *)array),
                      w->nbytes) < 0) {
        Py_CLEAR(array);
    }
    return array;
}

static PyObject *
read_data(fj_unpickler *u, fj_wrapper *w)
{
    const fj_array_loader *loader = u->hook_data;
    PyArray_Descr *descr = (PyArray_Descr *)w->dtype;
    if (fj_array_skip_padding(u, w) < 0) {
        return NULL;
    }
    if (!loader->native_byte_order || !fj_is_foreign_byte_order(descr)) {
        descr = fj_builtin_descr(descr);
        PyObject *array = read_raw(u, w, descr);
        Py_DECREF(descr);
        return array;
    }
    descr = fj_native_descr(descr);
    if (descr == NULL) {
        return NULL;
    }
    PyObject *array = read_raw(u, w, descr);
    Py_DECREF(descr);
    if (array != NULL && fj_swap_bytes(array) < 0) {
        Py_CLEAR(array);
    }
    return array;
}

/* A pickle within the pickle.  Wrappers mean nothing in it: joblib writes it
 * with plain pickle. */
static PyObject *
read_objects(fj_unpickler *u)
{
    fj_unpickler nested;
    PyObject *array = NULL;
    if (fj_unpickler_init(&nested, u->state, u->in, u->globals) == 0) {
        nested.hook = &fj_buffer_load_hook;
        array = fj_unpickler_load(&nested);
    }
    fj_unpickler_clear(&nested);
    return array;
}

/* np.matrix comes back as one; a memmap comes back as an array. */
static PyObject *
as_subclass(fj_unpickler *u, PyObject *array_steal, PyObject *subclass)
{
    if (array_steal == NULL ||
        subclass != (PyObject *)u->state->matrix_type) {
        return array_steal;
    }
    PyObject *view = PyArray_View((PyArrayObject *)array_steal, NULL,
                                  (PyTypeObject *)subclass);
    Py_DECREF(array_steal);
    return view;
}

PyObject *
fj_array_read(fj_unpickler *u, fj_wrapper *w)
{
    const fj_array_loader *loader = u->hook_data;
    if (measure(u, w) < 0 || fj_input_leave_frame(u->in) < 0) {
        return NULL;
    }
    if (PyDataType_REFCHK((PyArray_Descr *)w->dtype)) {
        return read_objects(u);
    }
    if (loader->mapping.mapper == NULL || !w->allow_mmap) {
        return as_subclass(u, read_data(u, w), w->subclass);
    }
    /* joblib leaves the subclass to __array_prepare__, which went with NumPy
     * 2: there, what is mapped is a memmap and nothing else. */
    PyObject *array = fj_array_map(u, w);
    return PyArray_GetNDArrayCFeatureVersion() < NPY_2_0_API_VERSION
               ? as_subclass(u, array, w->subclass)
               : array;
}

static PyObject *
read_side_file(fj_unpickler *u, PyObject *state)
{
    const fj_array_loader *loader = u->hook_data;
    if (!PyDict_CheckExact(state)) {
        fj_input_invalid(u->in, "the state of an array is %R", state);
        return NULL;
    }
    return PyObject_CallFunction(loader->side_files, "OK", state,
                                 (unsigned long long)fj_input_position(u->in));
}

static PyObject *
build(fj_unpickler *u, PyTypeObject *wrapper_type, PyObject *state)
{
    fj_wrapper w;
    if (wrapper_type == u->state->old_wrapper_type) {
        return read_side_file(u, state);
    }
    return read_wrapper(u, state, &w) < 0 ? NULL : fj_array_read(u, &w);
}

const fj_load_hook fj_array_load_hook = {
    .begin = fj_array_begin,
    .build = build,
    .call = fj_array_call,
};
