/* SPDX-License-Identifier: BSD-3-Clause */
#define FJ_IMPORT_NUMPY
#include "array/numpy_api.h"

#include "array/array.h"
#include "array/state.h"

/* Stands for joblib's class: an object without contents, since its state is
 * turned into an array at once. */
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

static PyType_Slot hashed_slots[] = {
    {Py_tp_doc, (void *)"Stands for a class of joblib.hashing while an object "
                        "is hashed."},
    {0, NULL},
};

static PyType_Spec hashed_set_spec = {
    .name = "fastjoblib._core.ConsistentSet",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = hashed_slots,
};

static PyType_Spec hashed_method_spec = {
    .name = "fastjoblib._core.MyHash",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = hashed_slots,
};

static PyTypeObject *
make_type(PyObject *module, PyType_Spec *spec)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
}

/* The function that makes the object again, as NumPy names it to pickle: its
 * module has another name in each version.  Takes the reference. */
static PyObject *
maker_of(PyObject *obj_steal)
{
    PyObject *reduced =
        obj_steal == NULL ? NULL
                          : PyObject_CallMethod(obj_steal, "__reduce__", NULL);
    PyObject *maker = reduced == NULL ? NULL : PySequence_GetItem(reduced, 0);
    Py_XDECREF(obj_steal);
    Py_XDECREF(reduced);
    return maker;
}

static int
find_makers(fj_array_state *self)
{
    npy_intp none = 0;
    self->reconstruct = maker_of(PyArray_SimpleNew(1, &none, NPY_BYTE));
    if (self->reconstruct == NULL) {
        return -1;
    }
    self->make_scalar =
        maker_of(PyObject_CallNoArgs((PyObject *)&PyBoolArrType_Type));
    if (self->make_scalar == NULL) {
        return -1;
    }
    self->array_setstate =
        PyObject_GetAttrString((PyObject *)&PyArray_Type, "__setstate__");
    return self->array_setstate == NULL ? -1 : 0;
}

static int
fill(fj_array_state *self, PyObject *module)
{
    PyObject *obj;
    FJ_ARRAY_OBJECTS(FJ_FETCH)
    const struct {
        PyTypeObject **type;
        PyType_Spec *spec;
    } types[] = {
        {&self->wrapper_type, &wrapper_spec},
        {&self->old_wrapper_type, &old_wrapper_spec},
        {&self->hashed_set_type, &hashed_set_spec},
        {&self->hashed_method_type, &hashed_method_spec},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        *types[i].type = make_type(module, types[i].spec);
        if (*types[i].type == NULL) {
            return -1;
        }
    }
    return find_makers(self);
}

int
fj_array_init(fj_state *state, PyObject *module)
{
    if (PyArray_ImportNumPyAPI() < 0) {
        return -1;
    }
    state->array = PyMem_Calloc(1, sizeof *state->array);
    if (state->array == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return fill(state->array, module);
}

int
fj_array_traverse(fj_state *state, visitproc visit, void *arg)
{
    fj_array_state *self = state->array;
    if (self != NULL) {
        FJ_ARRAY_OBJECTS(FJ_VISIT)
    }
    return 0;
}

void
fj_array_clear(fj_state *state)
{
    fj_array_state *self = state->array;
    state->array = NULL;
    if (self != NULL) {
        FJ_ARRAY_OBJECTS(FJ_CLEAR)
        PyMem_Free(self);
    }
}
