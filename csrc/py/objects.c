/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/objects.h"

#include <string.h>

/* "module:name.name" */
static PyObject *
import_object(const char *path)
{
    const char *colon = strchr(path, ':');
    assert(colon != NULL);
    PyObject *module_name = PyUnicode_FromStringAndSize(path, colon - path);
    PyObject *obj = module_name == NULL ? NULL : PyImport_Import(module_name);
    Py_XDECREF(module_name);
    for (const char *name = colon + 1; obj != NULL && name != NULL;) {
        const char *dot = strchr(name, '.');
        PyObject *attribute = PyUnicode_FromStringAndSize(
            name, dot == NULL ? (Py_ssize_t)strlen(name) : dot - name);
        PyObject *next =
            attribute == NULL ? NULL : PyObject_GetAttr(obj, attribute);
        Py_XDECREF(attribute);
        Py_SETREF(obj, next);
        name = dot == NULL ? NULL : dot + 1;
    }
    return obj;
}

int
fj_object_find(fj_object_origin origin, const char *text, PyObject **obj_ret)
{
    *obj_ret = NULL;
    if (origin == FJ_MADE_LATER) {
        return 0;
    }
    *obj_ret = origin == FJ_STR ? PyUnicode_InternFromString(text)
                                : import_object(text);
    if (*obj_ret == NULL && origin == FJ_IMPORT_IF_THERE &&
        PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return 0;
    }
    return *obj_ret == NULL ? -1 : 0;
}
