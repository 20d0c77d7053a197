/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/position.h"

#include <sys/stat.h>

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

int
fj_regular_fd(fj_state *state, PyObject *file)
{
    struct stat status;
    PyObject *raw = NULL, *number = NULL;
    long fd = -1;
    if (!Py_IS_TYPE(file, state->buffered_reader)) {
        return -1;
    }
    raw = PyObject_GetAttr(file, state->s_raw);
    if (raw != NULL && Py_IS_TYPE(raw, state->file_io)) {
        number = PyObject_CallMethodNoArgs(raw, state->s_fileno);
    }
    if (number != NULL) {
        fd = PyLong_AsLong(number);
    }
    if (fd < 0 || fd > INT_MAX || fstat((int)fd, &status) < 0 ||
        !S_ISREG(status.st_mode)) {
        fd = -1;
    }
    PyErr_Clear();
    Py_XDECREF(raw);
    Py_XDECREF(number);
    return (int)fd;
}
