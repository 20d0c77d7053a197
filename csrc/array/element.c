/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What an element of an array of objects is called.
 */
#include "array/numpy_api.h"

#include "array/array.h"

/* "[1, 2]": NumPy pickles elements in C order, whatever the array's own is. */
PyObject *
fj_array_element(PyObject *obj, Py_ssize_t i)
{
    if (!PyArray_Check(obj)) {
        return NULL;
    }
    PyArrayObject *array = (PyArrayObject *)obj;
    int ndim = PyArray_NDIM(array);
    if (ndim == 1) {
        return PyUnicode_FromFormat("[%zd]", i);
    }
    PyObject *index = PyTuple_New(ndim);
    for (int axis = ndim - 1; index != NULL && axis >= 0; axis--) {
        npy_intp n = PyArray_DIM(array, axis);
        PyObject *part = PyLong_FromSsize_t(n == 0 ? 0 : i % n);
        i = n == 0 ? 0 : i / n;
        if (part == NULL) {
            Py_CLEAR(index);
        }
        else {
            PyTuple_SET_ITEM(index, axis, part);
        }
    }
    PyObject *shown = index == NULL ? NULL : PyObject_Repr(index);
    PyObject *step = NULL;
    if (shown != NULL) { // the brackets take the place of the parentheses
        Py_ssize_t length = PyUnicode_GET_LENGTH(shown);
        PyObject *inner = ndim == 0
                              ? Py_NewRef(shown)
                              : PyUnicode_Substring(shown, 1, length - 1);
        step = inner == NULL ? NULL : PyUnicode_FromFormat("[%U]", inner);
        Py_XDECREF(inner);
    }
    Py_XDECREF(shown);
    Py_XDECREF(index);
    return step;
}
