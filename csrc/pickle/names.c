/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/names.h"

PyObject *
fj_import_module(PyObject *module_name)
{
    PyObject *module = PyImport_GetModule(module_name);
    if (module != NULL || PyErr_Occurred()) {
        return module;
    }
    PyObject *top = PyImport_ImportModuleLevelObject(module_name, NULL, NULL,
                                                     NULL, 0);
    if (top == NULL) {
        return NULL;
    }
    Py_DECREF(top);
    module = PyImport_GetModule(module_name);
    if (module == NULL && !PyErr_Occurred()) {
        PyErr_SetObject(PyExc_KeyError, module_name);
    }
    return module;
}

PyObject *
fj_split_name(PyObject *name)
{
    Py_ssize_t end = PyUnicode_GET_LENGTH(name);
    if (PyUnicode_FindChar(name, '.', 0, end, 1) < 0) { // nearly all
        PyObject *parts = PyList_New(1);
        if (parts != NULL) {
            PyList_SET_ITEM(parts, 0, Py_NewRef(name));
        }
        return parts;
    }
    PyObject *dot = PyUnicode_FromString(".");
    if (dot == NULL) {
        return NULL;
    }
    PyObject *parts = PyUnicode_Split(name, dot, -1);
    Py_DECREF(dot);
    return parts;
}
