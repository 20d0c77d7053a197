/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/objects.h"

int
fj_pickler_object_is_idle(fj_pickler_object *self)
{
    if (!self->ready) {
        PyErr_Format(self->state->pickling_error,
                     "Pickler.__init__() was not called by %s.__init__()",
                     Py_TYPE(self)->tp_name);
        return -1;
    }
    if (self->running) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the Pickler is in use: its dump() has not returned "
                        "yet");
        return -1;
    }
    return 0;
}

int
fj_unpickler_object_is_idle(fj_unpickler_object *self)
{
    if (!self->ready) {
        PyErr_Format(self->state->unpickling_error,
                     "Unpickler.__init__() was not called by %s.__init__()",
                     Py_TYPE(self)->tp_name);
        return -1;
    }
    if (self->running) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the Unpickler is in use: its load() has not "
                        "returned yet");
        return -1;
    }
    return 0;
}

int
fj_find_override(PyObject *self, PyObject *name, PyCFunction base,
                 PyObject **method_ret)
{
    int found = fj_lookup_attr(self, name, method_ret);
    if (found > 0 && base != NULL && PyCFunction_Check(*method_ret) &&
        PyCFunction_GET_FUNCTION(*method_ret) == base &&
        PyCFunction_GET_SELF(*method_ret) == self) {
        Py_CLEAR(*method_ret);
        return 0;
    }
    return found;
}
