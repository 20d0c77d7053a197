/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/arguments.h"

static int
find_name(const fj_signature *signature, PyObject *name)
{
    for (int i = signature->npositional_only; signature->names[i] != NULL;
         i++) {
        if (PyUnicode_CompareWithASCIIString(name, signature->names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int
take_keywords(const fj_signature *signature, PyObject *const *args,
              Py_ssize_t nargs, PyObject *kwnames, PyObject **values)
{
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(kwnames); k++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, k);
        int i = find_name(signature, name);
        if (i < 0) {
            PyErr_Format(PyExc_TypeError,
                         "%s() got an unexpected keyword argument '%U'",
                         signature->function, name);
            return -1;
        }
        if (i < nargs) {
            PyErr_Format(PyExc_TypeError,
                         "%s() got multiple values for argument '%U'",
                         signature->function, name);
            return -1;
        }
        values[i] = args[nargs + k];
    }
    return 0;
}

int
fj_parse_arguments(const fj_signature *signature, PyObject *const *args,
                   Py_ssize_t nargs, PyObject *kwnames, PyObject **values)
{
    if (nargs > signature->npositional) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes at most %d positional arguments (%zd given)",
                     signature->function, signature->npositional, nargs);
        return -1;
    }
    for (Py_ssize_t i = 0; i < nargs; i++) {
        values[i] = args[i];
    }
    if (kwnames != NULL &&
        take_keywords(signature, args, nargs, kwnames, values) < 0) {
        return -1;
    }
    for (int i = 0; i < signature->nrequired; i++) {
        if (values[i] == NULL) {
            PyErr_Format(PyExc_TypeError,
                         "%s() missing required argument '%s' (pos %d)",
                         signature->function, signature->names[i], i + 1);
            return -1;
        }
    }
    return 0;
}
