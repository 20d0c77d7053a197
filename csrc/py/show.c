/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/show.h"

#include <stdio.h>

enum {
    MAX_LENGTH = 60, // of text or bytes
    MAX_ITEMS = 8,   // of a tuple
};

/* Others would have more digits than can be shown, or than repr() takes. */
static bool
is_small(PyObject *number)
{
    int overflow;
    PyLong_AsLongLongAndOverflow(number, &overflow);
    return overflow == 0;
}

static bool
is_plain(PyObject *obj)
{
    return obj == Py_None || PyUnicode_CheckExact(obj) ||
           PyBytes_CheckExact(obj) || PyBool_Check(obj) ||
           PyFloat_CheckExact(obj) ||
           (PyLong_CheckExact(obj) && is_small(obj));
}

static bool
is_plain_tuple(PyObject *obj)
{
    bool plain = PyTuple_CheckExact(obj) && PyTuple_GET_SIZE(obj) <= MAX_ITEMS;
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(obj); i++) {
        PyObject *item = PyTuple_GET_ITEM(obj, i);
        bool is_long =
            (PyUnicode_CheckExact(item) &&
             PyUnicode_GET_LENGTH(item) > MAX_LENGTH) ||
            (PyBytes_CheckExact(item) && PyBytes_GET_SIZE(item) > MAX_LENGTH);
        plain = is_plain(item) && !is_long;
    }
    return plain;
}

/* The beginning of text or bytes; a new reference, or NULL. */
static PyObject *
shorten(PyObject *obj)
{
    if (PyUnicode_CheckExact(obj) && PyUnicode_GET_LENGTH(obj) > MAX_LENGTH) {
        return PyUnicode_Substring(obj, 0, MAX_LENGTH);
    }
    if (PyBytes_CheckExact(obj) && PyBytes_GET_SIZE(obj) > MAX_LENGTH) {
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(obj), MAX_LENGTH);
    }
    return Py_NewRef(obj);
}

/* A new reference, or NULL: the name of the class has to do. */
static PyObject *
describe(PyObject *obj)
{
    if (PyType_Check(obj)) {
        return PyType_Type.tp_repr(obj); // not that of a metaclass
    }
    if (PyFunction_Check(obj) || PyCFunction_Check(obj)) {
        return PyObject_ASCII(obj);
    }
    if (!is_plain(obj) && !is_plain_tuple(obj)) {
        return NULL;
    }
    PyObject *begin = shorten(obj);
    PyObject *text = begin == NULL ? NULL : PyObject_ASCII(begin);
    Py_XDECREF(begin);
    return text;
}

const char *
fj_show(PyObject *obj, char text[FJ_SHOWN_NBYTES])
{
    PyObject *described = describe(obj);
    const char *ascii = NULL;
    if (described != NULL && PyUnicode_IS_ASCII(described)) {
        ascii = PyUnicode_AsUTF8(described);
    }
    PyErr_Clear();
    if (ascii != NULL) {
        snprintf(text, FJ_SHOWN_NBYTES, "%s", ascii);
    }
    else {
        snprintf(text, FJ_SHOWN_NBYTES, "an object of type %s",
                 Py_TYPE(obj)->tp_name);
    }
    Py_XDECREF(described);
    return text;
}

PyObject *
fj_show_key(PyObject *key)
{
    if (!is_plain(key) && !is_plain_tuple(key)) {
        return NULL;
    }
    PyObject *shortened = shorten(key);
    if (shortened != key && shortened != NULL && PyUnicode_Check(shortened)) {
        Py_SETREF(shortened, PyUnicode_FromFormat("%U...", shortened));
    }
    PyObject *shown = shortened == NULL ? NULL : PyObject_Repr(shortened);
    Py_XDECREF(shortened);
    return shown;
}
