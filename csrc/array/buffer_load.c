/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/buffer_load.h"

#include "array/guards.h"

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
    return (n == 4 || has_axes) && fj_is_dtype(PyTuple_GET_ITEM(args, 1)) &&
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

/* Arrays of objects show their pointers as bytes. */
static bool
has_objects(PyObject *buffer)
{
    return PyArray_Check(buffer) &&
           PyDataType_REFCHK(PyArray_DESCR((PyArrayObject *)buffer));
}

/* Whether the shape is that of all bytes of the buffer. */
static bool
has_its_shape(PyObject *buffer, PyArray_Descr *dtype, PyObject *shape)
{
    size_t count, nbytes;
    return fj_shape_size(shape, &count) &&
           fj_size_mul(count, (size_t)PyDataType_ELSIZE(dtype), &nbytes) &&
           nbytes == (size_t)PyObject_Size(buffer);
}

/* Whether NumPy writes calls with such arguments, after protocol 5's buffers
 * have been put into the stream. */
static bool
is_as_written(PyObject *args)
{
    PyObject *buffer = PyTuple_GET_ITEM(args, 0);
    PyArray_Descr *dtype = (PyArray_Descr *)PyTuple_GET_ITEM(args, 1);
    return (PyBytes_CheckExact(buffer) || PyByteArray_CheckExact(buffer)) &&
           fj_is_legacy_dtype(dtype) && !PyDataType_REFCHK(dtype) &&
           !PyDataType_HASSUBARRAY(dtype) && PyDataType_ELSIZE(dtype) > 0 &&
           has_its_shape(buffer, dtype, PyTuple_GET_ITEM(args, 2));
}

static PyObject *
call_frombuffer(PyObject *args)
{
    PyObject *order = PyTuple_GET_ITEM(args, 3);
    bool has_axes = PyTuple_GET_SIZE(args) == 5;
    PyObject *array = NULL;
    if (PyUnicode_CompareWithASCIIString(order, has_axes ? "K" : "C") == 0) {
        array = view_buffer(args, NPY_CORDER);
    }
    else if (!has_axes && PyUnicode_CompareWithASCIIString(order, "F") == 0) {
        array = view_buffer(args, NPY_FORTRANORDER);
    }
    if (has_axes && array != NULL) {
        array = move_axes(array, PyTuple_GET_ITEM(args, 4));
    }
    return array;
}

static int
frombuffer(fj_unpickler *u, PyObject *func, PyObject *args, bool strict,
           PyObject **array_ret)
{
    bool fits = has_its_arguments(args);
    if ((!fits && !strict) || !is_frombuffer(func)) {
        return 0;
    }
    if (!fits || (strict && !is_as_written(args)) ||
        has_objects(PyTuple_GET_ITEM(args, 0))) {
        return fj_guard_refuse(u,
                               "bytes, and the dtype and shape of an array "
                               "of as many",
                               args);
    }
    *array_ret = call_frombuffer(args);
    if (*array_ret == NULL && !PyErr_Occurred()) { // another order
        return strict ? fj_guard_refuse(u, "an order of axes",
                                        PyTuple_GET_ITEM(args, 3))
                      : 0;
    }
    return *array_ret == NULL ? -1 : 1;
}

int
fj_buffer_call(fj_unpickler *u, PyObject *func, PyObject *args,
               PyObject **obj_ret)
{
    bool strict = u->policy != NULL;
    int done = fj_guard_call(u, func, args, strict, obj_ret);
    return done != 0 ? done : frombuffer(u, func, args, strict, obj_ret);
}

int
fj_buffer_build(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
                PyObject **obj_ret)
{
    int done = fj_guard_build(u, inst, inst_state, u->policy != NULL);
    if (done > 0) {
        *obj_ret = Py_NewRef(inst);
    }
    return done;
}

Py_ssize_t
fj_array_copy_nbytes(PyObject *obj)
{
    return PyArray_Check(obj) ? PyArray_NBYTES((PyArrayObject *)obj) : -1;
}

const fj_load_hook fj_buffer_load_hook = {
    .call = fj_buffer_call,
    .build = fj_buffer_build,
    .copy_nbytes = fj_array_copy_nbytes,
};
