/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/names.h"

PyObject *
fj_import_module(PyObject *module_name)
{
    PyObject *module = PyImport_GetModule(module_name);
    if (module != NULL || PyErr_Occurred()) {
        return module;
    }
    PyObject *top =
        PyImport_ImportModuleLevelObject(module_name, NULL, NULL, NULL, 0);
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

int
fj_map_from_python2(fj_state *state, PyObject **module_name, PyObject **name)
{
    PyObject *key = PyTuple_Pack(2, *module_name, *name);
    if (key == NULL) {
        return -1;
    }
    PyObject *pair = PyDict_GetItemWithError(state->name_mapping, key);
    Py_DECREF(key);
    if (pair != NULL) {
        return PyArg_ParseTuple(pair, "UU", module_name, name) ? 0 : -1;
    }
    PyObject *module = NULL;
    if (!PyErr_Occurred()) {
        module = PyDict_GetItemWithError(state->import_mapping, *module_name);
    }
    if (module != NULL) {
        *module_name = module;
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* True if the module is the package or a part of it. */
static bool
is_in_package(PyObject *module_name, PyObject *package)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(package);
    return PyUnicode_Tailmatch(module_name, package, 0, PY_SSIZE_T_MAX, -1) ==
               1 &&
           (PyUnicode_GET_LENGTH(module_name) == length ||
            PyUnicode_READ_CHAR(module_name, length) == '.');
}

PyObject *
fj_current_module(fj_state *state, PyObject *module_name)
{
    PyObject *package, *renamed;
    Py_ssize_t pos = 0;
    while (PyDict_Next(state->moved_packages, &pos, &package, &renamed)) {
        if (is_in_package(module_name, package)) {
            PyObject *rest = PyUnicode_Substring(
                module_name, PyUnicode_GET_LENGTH(package), PY_SSIZE_T_MAX);
            PyObject *current =
                rest == NULL ? NULL : PyUnicode_Concat(renamed, rest);
            Py_XDECREF(rest);
            return current;
        }
    }
    return Py_NewRef(module_name);
}

PyObject *
fj_split_name(PyObject *name)
{
    Py_ssize_t end = PyUnicode_GET_LENGTH(name);
    if (PyUnicode_FindChar(name, '.', 0, end, 1) < 0) { // nearly always
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
