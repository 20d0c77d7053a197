/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/types.h"

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

static PyTypeObject *
make_type(PyObject *module, PyType_Spec *spec, const char *name)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && name != NULL &&
        PyModule_AddObjectRef(module, name, type) < 0) {
        Py_CLEAR(type);
    }
    return (PyTypeObject *)type;
}

int
fj_types_init(fj_state *state, PyObject *module)
{
    state->pickler_memo_type = make_type(module, &fj_pickler_memo_spec, NULL);
    state->unpickler_memo_type =
        make_type(module, &fj_unpickler_memo_spec, NULL);
    if (state->pickler_memo_type == NULL ||
        state->unpickler_memo_type == NULL) {
        return -1;
    }
    state->pickler_type = make_type(module, &fj_pickler_spec, "Pickler");
    state->unpickler_type =
        make_type(module, &fj_unpickler_spec, "Unpickler");
    if (state->pickler_type == NULL || state->unpickler_type == NULL) {
        return -1;
    }
    return fj_add_pickle_functions(module);
}
