/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/wrapper.h"

#include "array/guards.h"
#include "array/state.h"
#include "py/show.h"

/* A module of joblib, or of a copy of joblib within another package
 * (sklearn.externals.joblib). */
static bool
is_module_of_joblib(PyObject *module_name, PyObject *wanted)
{
    if (PyUnicode_Tailmatch(module_name, wanted, 0, PY_SSIZE_T_MAX, 1) != 1) {
        return false;
    }
    Py_ssize_t before =
        PyUnicode_GET_LENGTH(module_name) - PyUnicode_GET_LENGTH(wanted);
    return before == 0 || PyUnicode_READ_CHAR(module_name, before - 1) == '.';
}

PyTypeObject *
fj_wrapper_find(const fj_array_state *state, PyObject *module_name,
                PyObject *name)
{
    if (PyUnicode_Compare(name, state->s_wrapper_name) == 0) {
        return is_module_of_joblib(module_name, state->s_wrapper_module)
                   ? state->wrapper_type
                   : NULL;
    }
    if (PyUnicode_Compare(name, state->s_old_wrapper_name) != 0 &&
        PyUnicode_Compare(name, state->s_old_zipped_name) != 0) {
        return NULL;
    }
    return is_module_of_joblib(module_name, state->s_wrapper_module) ||
                   is_module_of_joblib(module_name,
                                       state->s_old_wrapper_module)
               ? state->old_wrapper_type
               : NULL;
}

static PyObject *
attribute(fj_unpickler *u, PyObject *state, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(state, name);
    if (value == NULL && !PyErr_Occurred()) {
        fj_input_invalid(u->in, "an array without %R", name);
    }
    return value;
}

static int
read_alignment(fj_unpickler *u, PyObject *state, fj_wrapper *w)
{
    PyObject *value =
        PyDict_GetItemWithError(state, u->state->array->s_alignment);
    w->alignment = 0;
    if (value == NULL || value == Py_None) {
        return PyErr_Occurred() ? -1 : 0;
    }
    w->alignment = PyLong_AsLong(value);
    if (w->alignment <= 0) { // or not an int
        PyErr_Clear();
        fj_input_invalid(u->in, "an array alignment of %s bytes",
                         FJ_SHOW(value));
        return -1;
    }
    return 0;
}

static int
read_shape(fj_unpickler *u, PyObject *shape, fj_wrapper *w)
{
    bool valid =
        PyTuple_Check(shape) && PyTuple_GET_SIZE(shape) <= NPY_MAXDIMS;
    w->ndim = valid ? (int)PyTuple_GET_SIZE(shape) : 0;
    for (int i = 0; i < w->ndim; i++) {
        w->dims[i] = PyNumber_AsSsize_t(PyTuple_GET_ITEM(shape, i),
                                        PyExc_OverflowError);
        valid = valid && w->dims[i] >= 0;
    }
    if (!valid) {
        PyErr_Clear(); // raised for items that are not integers
        fj_input_invalid(u->in, "an array of shape %s", FJ_SHOW(shape));
        return -1;
    }
    return 0;
}

int
fj_wrapper_measure(fj_unpickler *u, fj_wrapper *w)
{
    PyArray_Descr *descr = (PyArray_Descr *)w->dtype;
    if (!PyArray_DescrCheck(w->dtype)) {
        fj_input_invalid(u->in, "an array of dtype %s", FJ_SHOW(w->dtype));
        return -1;
    }
    if (PyDataType_HASSUBARRAY(descr) || PyDataType_ELSIZE(descr) < 0) {
        fj_input_invalid(u->in, "an array of dtype %s", FJ_SHOW(w->dtype));
        return -1;
    }
    size_t count = 1;
    bool fits = true;
    for (int i = 0; fits && i < w->ndim; i++) {
        fits = fj_size_mul(count, (size_t)w->dims[i], &count);
    }
    fits = fits &&
           fj_size_mul(count, (size_t)PyDataType_ELSIZE(descr), &w->nbytes);
    if (!fits || count > NPY_MAX_INTP || w->nbytes > NPY_MAX_INTP) {
        fj_input_invalid(u->in,
                         "an array of more elements than can be "
                         "addressed, of dtype %R",
                         w->dtype);
        return -1;
    }
    return u->policy != NULL && w->nbytes == 0 && count > FJ_MAX_EMPTY_ITEMS
               ? fj_input_refuse(u->in, "an array of %zu items of no size",
                                 count)
               : 0;
}

/* With a policy: exactly the attributes that joblib writes.  Ours are read, and
 * no others, but joblib would take a method from there too. */
static int
check_attributes(fj_unpickler *u, PyObject *state, PyObject *subclass,
                 PyObject *order)
{
    const fj_array_state *names = u->state->array;
    int has_alignment = PyDict_Contains(state, names->s_alignment);
    bool known_class = subclass == (PyObject *)&PyArray_Type ||
                       subclass == (PyObject *)names->memmap_type ||
                       subclass == (PyObject *)names->matrix_type;
    if (has_alignment < 0) {
        return -1;
    }
    if (PyDict_GET_SIZE(state) != 5 + has_alignment) {
        return fj_input_refuse(u->in, "an array with other attributes than "
                                      "joblib gives it");
    }
    if (!known_class || !PyUnicode_CheckExact(order)) {
        return fj_input_refuse(u->in, "an array of class %s and order %s",
                               FJ_SHOW(subclass), Py_TYPE(order)->tp_name);
    }
    return 0;
}

int
fj_wrapper_read(fj_unpickler *u, PyObject *state, fj_wrapper *w)
{
    const fj_array_state *names = u->state->array;
    if (!PyDict_CheckExact(state)) {
        fj_input_invalid(u->in, "the state of an array is %s", FJ_SHOW(state));
        return -1;
    }
    PyObject *shape, *order, *allow_mmap;
    if ((w->subclass = attribute(u, state, names->s_subclass)) == NULL ||
        (shape = attribute(u, state, names->s_shape)) == NULL ||
        (order = attribute(u, state, names->s_order)) == NULL ||
        (w->dtype = attribute(u, state, names->s_dtype)) == NULL ||
        (allow_mmap = attribute(u, state, names->s_allow_mmap)) == NULL) {
        return -1;
    }
    if (u->policy != NULL &&
        check_attributes(u, state, w->subclass, order) < 0) {
        return -1;
    }
    w->fortran = PyUnicode_Check(order) &&
                 PyUnicode_CompareWithASCIIString(order, "F") == 0;
    int truth = PyObject_IsTrue(allow_mmap);
    if (truth < 0) {
        return -1;
    }
    w->allow_mmap = truth;
    return read_alignment(u, state, w) < 0 ? -1 : read_shape(u, shape, w);
}

int
fj_wrapper_skip_padding(fj_unpickler *u, const fj_wrapper *w)
{
    if (w->alignment == 0) {
        return 0;
    }
    const char *length = fj_input_take(u->in, 1);
    return length == NULL ||
                   fj_input_take(u->in, (unsigned char)*length) == NULL
               ? -1
               : 0;
}
