/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/array_read.h"

#include "array/buffer_load.h"
#include "array/byteorder.h"
#include "array/map.h"
#include "array/memory.h"
#include "array/state.h"
#include "pickle/policy.h"

/* Reads into memory that grows as the data arrives: a bytearray that the array
 * keeps as its base. */
static PyObject *
read_from_stream(fj_unpickler *u, fj_wrapper *w, PyArray_Descr *descr)
{
    PyObject *data = fj_input_bytearray(u->in, w->nbytes);
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
    if (fj_input_check_left(u->in, w->nbytes) < 0 ||
        (u->policy != NULL && fj_policy_expect_data(u, w->nbytes) < 0)) {
        return NULL;
    }
    /* Given no memory, NumPy would make strings of length 0 longer. */
    bool no_length = PyDataType_ELSIZE(descr) == 0;
    if (no_length || !fj_input_believes(u->in, w->nbytes)) {
        return read_from_stream(u, w, descr);
    }
    PyObject *array = fj_array_memory_new_array(
        u->state, &loader->memory, (PyArray_Descr *)Py_NewRef(descr), w->ndim,
        w->dims, w->fortran, w->nbytes, fj_input_left(u->in));
    if (array != NULL &&
        fj_input_read(u->in, PyArray_DATA((PyArrayObject *)array), w->nbytes) <
            0) {
        Py_CLEAR(array);
    }
    return array;
}

static PyObject *
read_data(fj_unpickler *u, fj_wrapper *w)
{
    const fj_array_loader *loader = u->hook_data;
    PyArray_Descr *descr = (PyArray_Descr *)w->dtype;
    if (fj_wrapper_skip_padding(u, w) < 0) {
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

/* Reads the nested pickle of an object array. joblib writes it with plain
 * pickle, so wrappers have no meaning in it. */
static PyObject *
read_objects(fj_unpickler *u)
{
    fj_unpickler nested;
    PyObject *array = NULL;
    if (fj_unpickler_init(&nested, u->state, u->in, u->globals) == 0) {
        nested.hook = &fj_buffer_load_hook;
        nested.policy = u->policy;
        nested.rename = u->rename;
        array = fj_unpickler_load(&nested);
    }
    fj_unpickler_clear(&nested);
    return array;
}

/* np.matrix is restored as one; a memmap becomes an array. */
static PyObject *
as_subclass(fj_unpickler *u, PyObject *array_steal, PyObject *subclass)
{
    if (array_steal == NULL ||
        subclass != (PyObject *)u->state->array->matrix_type) {
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
    if (fj_wrapper_measure(u, w) < 0 || fj_input_leave_frame(u->in) < 0) {
        return NULL;
    }
    if (PyDataType_REFCHK((PyArray_Descr *)w->dtype)) {
        return read_objects(u);
    }
    if (loader->mapping.mapper == NULL || !w->allow_mmap) {
        return as_subclass(u, read_data(u, w), w->subclass);
    }
    /* joblib applies the subclass with __array_prepare__, which NumPy 2 has
     * removed: there a mapped array is always a memmap. */
    PyObject *array = fj_array_map(u, w);
    return PyArray_GetNDArrayCFeatureVersion() < NPY_2_0_API_VERSION
               ? as_subclass(u, array, w->subclass)
               : array;
}
