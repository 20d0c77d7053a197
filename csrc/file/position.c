/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/position.h"

int
fj_tell(fj_state *state, PyObject *file, uint64_t *position_ret)
{
    PyObject *position = PyObject_CallMethodNoArgs(file, state->s_tell);
    if (position == NULL) {
        return -1;
    }
    *position_ret = PyLong_AsUnsignedLongLong(position);
    Py_DECREF(position);
    return PyErr_Occurred() ? -1 : 0;
}

int
fj_seek(fj_state *state, PyObject *file, uint64_t position)
{
    PyObject *offset = PyLong_FromUnsignedLongLong(position);
    PyObject *result = NULL;
    if (offset != NULL) {
        result = PyObject_CallMethodOneArg(file, state->s_seek, offset);
        Py_DECREF(offset);
    }
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

bool
fj_has_no_position(void)
{
    /* tell() may be missing or refused: pipes, sockets. */
    if (!PyErr_ExceptionMatches(PyExc_OSError) &&
        !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return false;
    }
    PyErr_Clear();
    return true;
}
