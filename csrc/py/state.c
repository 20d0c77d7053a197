/* SPDX-License-Identifier: BSD-3-Clause */
#include "py/state.h"

const char fj_module_name[] = "fastjoblib._core";

static int
fetch_default_protocol(fj_state *state)
{
    PyObject *value;
    if (fj_object_find(FJ_IMPORT, "pickle:DEFAULT_PROTOCOL", &value) < 0) {
        return -1;
    }
    state->default_protocol = (int)PyLong_AsLong(value);
    Py_DECREF(value);
    return PyErr_Occurred() ? -1 : 0;
}

int
fj_state_init(fj_state *self)
{
    PyObject *obj;
    self->retirement = fj_retirement_new();
    if (self->retirement == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    FJ_STATE_OBJECTS(FJ_FETCH)
    return fetch_default_protocol(self);
}

int
fj_state_traverse(fj_state *self, visitproc visit, void *arg)
{
    FJ_STATE_OBJECTS(FJ_VISIT)
    return 0;
}

void
fj_state_clear(fj_state *self)
{
    FJ_STATE_OBJECTS(FJ_CLEAR)
    fj_retirement_free(self->retirement);
    self->retirement = NULL;
}

/* PyType_GetModuleByDef() is new in 3.11, and needs the module's definition,
 * which refers to everything in the extension. */
fj_state *
fj_state_of_type(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE)) {
            continue;
        }
        PyObject *module = ((PyHeapTypeObject *)base)->ht_module;
        PyModuleDef *def = module == NULL ? NULL : PyModule_GetDef(module);
        if (def != NULL && def->m_name == fj_module_name) {
            return fj_state_of(module);
        }
    }
    PyErr_Format(PyExc_TypeError, "%R is no type of fastjoblib",
                 (PyObject *)type);
    return NULL;
}
