/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Dtypes for the symbolic machine: notes of their objects, which
 * fastjoblib/_inspect/dtypes.py makes.
 */
#include "array/symbolic_arrays.h"

int
fj_symbolic_read_dtype(fj_value dtype, fj_symbolic_array *array)
{
    const fj_node *node = fj_as_node(dtype);
    PyObject *subarray, *kind, *descr, *depth;
    Py_ssize_t itemsize;
    int has_objects;
    /* What is no dtype may have a note of another kind. */
    if (node == NULL || node->note == NULL || !PyTuple_Check(node->note)) {
        return 0;
    }
    if (!PyArg_ParseTuple(node->note, "UnpOOOO", &array->dtype, &itemsize,
                          &has_objects, &subarray, &kind, &descr, &depth)) {
        return -1;
    }
    array->has_objects = has_objects;
    return subarray == Py_None &&
           fj_size_mul(array->count, (size_t)itemsize, &array->nbytes) &&
           array->count <= NPY_MAX_INTP && array->nbytes <= NPY_MAX_INTP;
}

/* Sets the object's note to what its dtype is; NULL if it cannot be known. */
static int
describe(fj_symbolic *m, PyObject *before, PyObject *arguments_steal,
         fj_node *object)
{
    object->note = NULL;
    if (arguments_steal == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *note = PyObject_CallFunctionObjArgs(m->describe, before,
                                                  arguments_steal, NULL);
    Py_DECREF(arguments_steal);
    if (note == Py_None) {
        Py_DECREF(note);
        return 0;
    }
    object->note = note;
    return fj_symbolic_keep(m, note);
}

int
fj_symbolic_make_dtype(fj_symbolic *m, fj_node *object, fj_value args)
{
    return describe(m, Py_None, fj_symbolic_object(m, args), object);
}

int
fj_symbolic_make_dtype_of_class(fj_symbolic *m, fj_node *object)
{
    const fj_global *cls = object->global;
    if (fj_as_global(object->first->values[0]) != cls) {
        return 0; // made in another way
    }
    return describe(m, Py_None,
                    Py_BuildValue("((OO))", cls->module, cls->name), object);
}

/* Whether it was made by dtype(..., align, True): nothing else has it. */
static bool
is_copy(const fj_node *object)
{
    fj_value args = object->first->values[1], values[3];
    int64_t copy;
    if (fj_count_items(args) != 3) {
        return false;
    }
    fj_copy_items(args, 3, values);
    return fj_as_int(values[2], &copy) && copy != 0;
}

int
fj_symbolic_build_dtype(fj_symbolic *m, fj_node *object, fj_value state)
{
    if (!is_copy(object)) {
        object->note = NULL;
        return fj_symbolic_note(m, "it sets the state of a dtype that others "
                                   "in the process may have too");
    }
    return object->note == NULL
               ? 0
               : describe(m, object->note, fj_symbolic_object(m, state),
                          object);
}
