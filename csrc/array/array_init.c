/* SPDX-License-Identifier: BSD-3-Clause */
#define FJ_IMPORT_NUMPY
#include "array/numpy_api.h"

#include "array/array.h"

/* What stands for joblib's class in memory: an empty object, since the state
 * it is given in a file becomes an array at once. */
static PyType_Slot wrapper_slots[] = {
    {Py_tp_doc, (void *)"Stands for joblib.numpy_pickle.NumpyArrayWrapper "
                        "while a file is read or written."},
    {0, NULL},
};

static PyType_Spec wrapper_spec = {
    .name = "fastjoblib._core.NumpyArrayWrapper",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = wrapper_slots,
};

static PyType_Slot old_wrapper_slots[] = {
    {Py_tp_doc, (void *)"Stands for NDArrayWrapper and ZNDArrayWrapper of "
                        "joblib before 0.10 while a file is read."},
    {0, NULL},
};

static PyType_Spec old_wrapper_spec = {
    .name = "fastjoblib._core.NDArrayWrapper",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = old_wrapper_slots,
};

int
fj_array_init(fj_state *state, PyObject *module)
{
    if (PyArray_ImportNumPyAPI() < 0) {
        return -1;
    }
    state->wrapper_type = (PyTypeObject *)PyType_FromModuleAndSpec(
        module, &wrapper_spec, NULL);
    state->old_wrapper_type = (PyTypeObject *)PyType_FromModuleAndSpec(
        module, &old_wrapper_spec, NULL);
    return state->wrapper_type == NULL || state->old_wrapper_type == NULL
               ? -1
               : 0;
}
