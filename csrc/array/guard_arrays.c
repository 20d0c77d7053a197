/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The states of arrays.
 */
#include "array/guards.h"
#include "array/state.h"
#include "pickle/policy.h"

/* The state of an array, ([version,] shape, dtype, fortran, data); borrowed. */
typedef struct {
    PyObject *shape, *data;
    PyArray_Descr *dtype;
} array_state;

/* False where NumPy will say what is wrong with it. */
static bool
read_array_state(PyObject *state, array_state *s)
{
    Py_ssize_t n = PyTuple_Check(state) ? PyTuple_GET_SIZE(state) : 0;
    /* Masked arrays have the mask and the fill value behind it. */
    if (n != 4 && n != 5 && n != 7) {
        return false;
    }
    PyObject **item = &PyTuple_GET_ITEM(state, n == 4 ? 0 : 1);
    *s = (array_state){item[0], item[3], (PyArray_Descr *)item[1]};
    return PyTuple_Check(item[0]) && fj_is_dtype(item[1]);
}

static int
check_data(fj_unpickler *u, const array_state *s, bool strict)
{
    size_t count, nbytes;
    if (PyDataType_HASSUBARRAY(s->dtype) ||
        (strict && !fj_is_legacy_dtype(s->dtype))) {
        return fj_guard_refuse(u, "a dtype that arrays have",
                               (PyObject *)s->dtype);
    }
    if (!fj_shape_size(s->shape, &count) ||
        !fj_size_mul(count, (size_t)PyDataType_ELSIZE(s->dtype), &nbytes)) {
        return fj_guard_refuse(u, "the shape of an array", s->shape);
    }
    size_t found = 0, expected = nbytes;
    if (PyDataType_FLAGCHK(s->dtype, NPY_LIST_PICKLE)) {
        found = PyList_Check(s->data) ? (size_t)PyList_GET_SIZE(s->data) : 0;
        expected = count;
    }
    else if (PyBytes_Check(s->data)) {
        found = (size_t)PyBytes_GET_SIZE(s->data);
    }
    else if (PyUnicode_Check(s->data)) { // Python 2's bytes, as Latin-1
        found = (size_t)PyUnicode_GET_LENGTH(s->data);
    }
    if (found < expected || (strict && found != expected)) {
        return fj_guard_refuse(u, "as much data as the array has", s->data);
    }
    return strict && nbytes == 0 && count > FJ_MAX_EMPTY_ITEMS
               ? fj_guard_refuse(u, "fewer items of no size", s->shape)
               : 0;
}

/* Whether nothing has a part of the memory that NumPy will free, and it holds
 * no objects. */
static bool
may_be_refilled(PyArrayObject *array, const array_state *s)
{
    PyArray_Descr *dtype = PyArray_DESCR(array);
    return PyArray_NBYTES(array) == 0 ||
           (fj_is_unused((PyObject *)array) && !PyDataType_REFCHK(dtype) &&
            !PyDataType_REFCHK(s->dtype));
}

/* 1 if BUILD will call ndarray's __setstate__; that of a subclass, which is
 * 0, may call it. */
static int
has_own_setstate(const fj_array_state *state, PyObject *array)
{
    PyObject *setstate;
    if (PyArray_CheckExact(array)) {
        return 1;
    }
    setstate =
        PyObject_GetAttrString((PyObject *)Py_TYPE(array), "__setstate__");
    Py_XDECREF(setstate);
    return setstate == NULL ? -1 : setstate == state->array_setstate;
}

static int
guard_array(fj_unpickler *u, PyObject *array, PyObject *inst_state,
            bool strict)
{
    array_state s;
    int own = has_own_setstate(u->state->array, array);
    if (own < 0) {
        return -1;
    }
    if (!read_array_state(inst_state, &s)) {
        return strict ? fj_guard_refuse(u, "the state of an array", inst_state)
                      : 0;
    }
    int may_fill = !own     ? 1
                   : strict ? fj_policy_take_unbuilt(u->policy, array)
                            : may_be_refilled((PyArrayObject *)array, &s);
    if (may_fill < 0) {
        return -1;
    }
    if (!may_fill) {
        return fj_guard_refuse(u, "the state of an array without data",
                               (PyObject *)Py_TYPE(array));
    }
    return check_data(u, &s, strict);
}

int
fj_guard_build(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
               bool strict)
{
    PyTypeObject *type = Py_TYPE(inst);
    if (fj_is_dtype(inst)) {
        return fj_guard_build_dtype(u, (PyArray_Descr *)inst, inst_state);
    }
    /* Almost all instances are smaller than arrays: nothing to look up. */
    bool is_array =
        type->tp_basicsize >= PyArray_Type.tp_basicsize && PyArray_Check(inst);
    return is_array ? guard_array(u, inst, inst_state, strict) : 0;
}
