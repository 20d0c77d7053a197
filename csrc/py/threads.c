/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/threads.h"

int
fj_ask_threads(PyObject *threads)
{
    if (threads == NULL) {
        return 1;
    }
    PyObject *number = PyObject_CallNoArgs(threads);
    if (number == NULL) {
        return -1;
    }
    long n = PyLong_AsLong(number);
    Py_DECREF(number);
    if (n == -1 && PyErr_Occurred()) {
        return -1;
    }
    return n < 1 ? 1 : n > INT_MAX ? INT_MAX : (int)n;
}
