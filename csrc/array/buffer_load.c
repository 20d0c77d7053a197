/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/buffer_load.h"

#include "array/numpy_api.h"

/* Recognises the function by its name; called only if the arguments fit. */
static int
is_frombuffer(PyObject *func)
{
    if (!PyFunction_Check(func)) {
        return 0;
    }
    PyObject *module = PyFunction_GetModule(func); // borrowed
    PyObject *name = ((PyFunctionObject *)func)->func_qualname;
    return module != NULL && PyUnicode_Check(module) &&
           PyUnicode_CompareWithASCIIString(name, "_frombuffer") == 0 &&
           (PyUnicode_CompareWithASCIIString(module, "numpy._core.numeric") ==
                0 ||
            PyUnicode_CompareWithASCIIString(module, "numpy.core.numeric") ==
                0);
}

/* Whether these are buffer, dtype, shape, order and perhaps axes. */
static bool
has_its_arguments(PyObject *args)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    bool has_axes = n == 5 && PyTuple_CheckExact(PyTuple_GET_ITEM(args, 4));
    return (n == 4 || has_axes) &&
           PyArray_DescrCheck(PyTuple_GET_ITEM(args, 1)) &&
           PyTuple_CheckExact(PyTuple_GET_ITEM(args, 2)) &&
           PyUnicode_CheckExact(PyTuple_GET_ITEM(args, 3));
}

static PyObject *
view_buffer(PyObject *args, NPY_ORDER order)
{
    PyArray_Dims shape = {NULL, 0};
    PyArray_Descr *descr = (PyArray_Descr *)PyTuple_GET_ITEM(args, 1);
    if (!PyArray_IntpConverter(PyTuple_GET_ITEM(args, 2), &shape)) {
        return NULL;
    }
    PyObject *array = NULL;
    Py_INCREF(descr); // PyArray_FromBuffer takes it
    PyObject *flat =
        PyArray_FromBuffer(PyTuple_GET_ITEM(args, 0), descr, -1, 0);
    if (flat != NULL) {
        array = PyArray_Newshape((PyArrayObject *)flat, &shape, order);
        Py_DECREF(flat);
    }
    PyDimMem_FREE(shape.ptr);
    return array;
}

/* Transposes the array; takes the reference. */
static PyObject *
move_axes(PyObject *array, PyObject *axes)
{
    PyArray_Dims permutation = {NULL, 0};
    PyObject *moved = NULL;
    if (PyArray_IntpConverter(axes, &permutation)) {
        moved = PyArray_Transpose((PyArrayObject *)array, &permutation);
        PyDimMem_FREE(permutation.ptr);
    }
    Py_DECREF(array);
    return moved;
}

int
fj_buffer_call(fj_unpickler *u, PyObject *func, PyObject *args,
               PyObject **array_ret)
{
    (void)u;
    if (!has_its_arguments(args) || !is_frombuffer(func)) {
        return 0;
    }
    PyObject *order = PyTuple_GET_ITEM(args, 3);
    bool has_axes = PyTuple_GET_SIZE(args) == 5;
    if (PyUnicode_CompareWithASCIIString(order, has_axes ? "K" : "C") == 0) {
        *array_ret = view_buffer(args, NPY_CORDER);
    }
    else if (!has_axes && PyUnicode_CompareWithASCIIString(order, "F") == 0) {
        *array_ret = view_buffer(args, NPY_FORTRANORDER);
    }
    else {
        return 0;
    }
    if (has_axes && *array_ret != NULL) {
        *array_ret = move_axes(*array_ret, PyTuple_GET_ITEM(args, 4));
    }
    return *array_ret == NULL ? -1 : 1;
}

const fj_load_hook fj_buffer_load_hook = {.call = fj_buffer_call};
