/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/types.h"

#include "module/checks.h"
#include "module/functions.h"
#include "module/memo_types.h"
#include "module/pickler_type.h"
#include "module/unpickler_type.h"

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
    state->unpickler_type = make_type(module, &fj_unpickler_spec, "Unpickler");
    if (state->pickler_type == NULL || state->unpickler_type == NULL) {
        return -1;
    }
    return fj_add_check_functions(module) < 0
               ? -1
               : fj_add_pickle_functions(module);
}
