/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The functions by which NumPy unpickles, and what they are called with.
 */
#include "array/guards.h"
#include "array/state.h"
#include "pickle/policy.h"

/* _reconstruct makes arrays without contents, for BUILD to fill. */
enum { MAX_UNFILLED_NBYTES = 1024 * 1024 };

static bool
is_flag(PyObject *obj, long value)
{
    return PyLong_Check(obj) && PyLong_AsLong(obj) == value &&
           !PyErr_Occurred();
}

/* "" for what is no text. */
static const char *
as_text(PyObject *obj)
{
    return PyUnicode_CheckExact(obj) && PyUnicode_IS_ASCII(obj)
               ? (const char *)PyUnicode_1BYTE_DATA(obj)
               : "";
}

/* "f8": a letter, and how many bytes or characters. */
static bool
is_type_code(PyObject *obj)
{
    const char *text = as_text(obj);
    return *text != '\0' && text[1] != '\0' &&
           strchr("biufcmMOSUV", *text) != NULL &&
           strspn(text + 1, "0123456789") == strlen(text) - 1;
}

/* dtype(code, False, True); np.record stands for its code. */
static bool
makes_new_dtype(const fj_array_state *state, PyObject *args)
{
    return PyTuple_GET_SIZE(args) == 3 &&
           (is_type_code(PyTuple_GET_ITEM(args, 0)) ||
            PyTuple_GET_ITEM(args, 0) == (PyObject *)state->record_type) &&
           is_flag(PyTuple_GET_ITEM(args, 1), 0) &&
           is_flag(PyTuple_GET_ITEM(args, 2), 1);
}

static bool
has_zero_divisor(const char *text)
{
    const char *slash = strchr(text, '/');
    while (slash != NULL && strtol(slash + 1, NULL, 10) != 0) {
        slash = strchr(slash + 1, '/');
    }
    return slash != NULL;
}

enum { MAX_SPEC_DEPTH = 32 };

static bool divides_by_zero(PyObject *spec, int depth);

static bool
any_divides_by_zero(PyObject *const *items, Py_ssize_t n, int depth)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < n && !found; i++) {
        found = divides_by_zero(items[i], depth);
    }
    return found;
}

/* A unit of time divided by 0, as in "M8[Y/0]", anywhere in what a dtype is to
 * be made of: NumPy would divide. */
static bool
divides_by_zero(PyObject *spec, int depth)
{
    if (PyBytes_CheckExact(spec)) {
        return has_zero_divisor(PyBytes_AS_STRING(spec));
    }
    if (PyUnicode_CheckExact(spec)) {
        return has_zero_divisor(as_text(spec));
    }
    if (PyList_Check(spec) || PyTuple_Check(spec)) {
        return depth == MAX_SPEC_DEPTH ||
               any_divides_by_zero(PySequence_Fast_ITEMS(spec),
                                   PySequence_Fast_GET_SIZE(spec), depth + 1);
    }
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    bool found = false;
    while (PyDict_Check(spec) && !found &&
           PyDict_Next(spec, &pos, &key, &value)) {
        found = depth == MAX_SPEC_DEPTH || divides_by_zero(value, depth + 1);
    }
    return found;
}

/* 0 or -1 */
static int
check_divisors(fj_unpickler *u, PyObject *args)
{
    return divides_by_zero(args, 0)
               ? fj_guard_refuse(u, "a unit of time", args)
               : 0;
}

static int
call_dtype(fj_unpickler *u, PyObject *func, PyObject *args, bool strict,
           PyObject **obj_ret)
{
    if (strict && (func != (PyObject *)&PyArrayDescr_Type ||
                   !makes_new_dtype(u->state->array, args))) {
        return fj_guard_refuse(u, "the code of a new dtype", args);
    }
    if (check_divisors(u, args) < 0) {
        return -1;
    }
    PyObject *made = PyObject_Call(func, args, NULL);
    if (made != NULL && fj_is_dtype(made) &&
        fj_guard_made_dtype(u, (PyArray_Descr *)made) < 0) {
        Py_CLEAR(made);
    }
    *obj_ret = made;
    return made == NULL ? -1 : 1;
}

/* _reconstruct(ndarray, (0,), b"b"); Python 2 wrote "b". */
static bool
makes_empty_array(const fj_array_state *state, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 3) {
        return false;
    }
    PyObject *type = PyTuple_GET_ITEM(args, 0);
    PyObject *shape = PyTuple_GET_ITEM(args, 1);
    PyObject *code = PyTuple_GET_ITEM(args, 2);
    return (type == (PyObject *)&PyArray_Type ||
            type == (PyObject *)state->matrix_type) &&
           PyTuple_CheckExact(shape) && PyTuple_GET_SIZE(shape) == 1 &&
           is_flag(PyTuple_GET_ITEM(shape, 0), 0) &&
           ((PyBytes_CheckExact(code) && PyBytes_GET_SIZE(code) == 1 &&
             *PyBytes_AS_STRING(code) == 'b') ||
            (PyUnicode_CheckExact(code) &&
             PyUnicode_CompareWithASCIIString(code, "b") == 0));
}

/* Makes an array that BUILD may fill, once. */
static int
make_unbuilt(fj_unpickler *u, PyObject *func, PyObject *args,
             PyObject **obj_ret)
{
    PyObject *made = PyObject_Call(func, args, NULL);
    if (made != NULL && fj_policy_note_unbuilt(u->policy, made) < 0) {
        Py_CLEAR(made);
    }
    *obj_ret = made;
    return made == NULL ? -1 : 1;
}

/* The memory of an array, whatever was given for shape and dtype; 0 where
 * NumPy will say what is wrong with them. */
static size_t
measure(PyObject *shape, PyObject *spec)
{
    PyArray_Descr *dtype = NULL;
    size_t count, nbytes = 0;
    if (fj_shape_size(shape, &count) && PyArray_DescrConverter(spec, &dtype) &&
        dtype != NULL &&
        !fj_size_mul(count, (size_t)PyDataType_ELSIZE(dtype), &nbytes)) {
        nbytes = SIZE_MAX;
    }
    PyErr_Clear();
    Py_XDECREF(dtype);
    return nbytes;
}

static int
call_reconstruct(fj_unpickler *u, PyObject *func, PyObject *args, bool strict,
                 PyObject **obj_ret)
{
    if (makes_empty_array(u->state->array, args)) {
        return strict ? make_unbuilt(u, func, args, obj_ret) : 0;
    }
    if (check_divisors(u, args) < 0) {
        return -1;
    }
    if (strict || (PyTuple_GET_SIZE(args) == 3 &&
                   measure(PyTuple_GET_ITEM(args, 1),
                           PyTuple_GET_ITEM(args, 2)) > MAX_UNFILLED_NBYTES)) {
        return fj_guard_refuse(u, "an array without items, to be filled",
                               args);
    }
    return 0;
}

/* scalar(dtype, bytes), or, for a structure with objects, an array with one
 * item. */
static int
check_scalar(fj_unpickler *u, PyObject *args, bool strict)
{
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    PyObject *first = n > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;
    PyObject *data = n > 1 ? PyTuple_GET_ITEM(args, 1) : NULL;
    if (n > 2 || !fj_is_dtype(first)) {
        return strict ? fj_guard_refuse(u, "the dtype of a scalar", args) : 0;
    }
    PyArray_Descr *dtype = (PyArray_Descr *)first;
    if (!fj_is_legacy_dtype(dtype) || PyDataType_HASSUBARRAY(dtype)) {
        return fj_guard_refuse(u, "a dtype that scalars have", first);
    }
    if (strict) {
        Py_ssize_t nbytes = PyDataType_ELSIZE(dtype);
        return data != NULL && PyBytes_CheckExact(data) &&
                       PyBytes_GET_SIZE(data) == nbytes &&
                       !PyDataType_REFCHK(dtype)
                   ? 0
                   : fj_guard_refuse(u, "the bytes of a scalar", args);
    }
    bool has_item = data != NULL && (!PyArray_Check(data) ||
                                     PyArray_SIZE((PyArrayObject *)data) > 0);
    return has_item || !PyDataType_REFCHK(dtype)
               ? 0
               : fj_guard_refuse(u, "a scalar's objects in an array", args);
}

/* ndarray(shape, dtype, buffer): objects in bytes would be any pointers. */
static int
check_new_array(fj_unpickler *u, PyObject *args)
{
    PyArray_Descr *dtype = NULL;
    if (check_divisors(u, args) < 0) {
        return -1;
    }
    if (PyTuple_GET_SIZE(args) < 3 || PyTuple_GET_ITEM(args, 2) == Py_None) {
        return 0;
    }
    bool has_objects =
        PyArray_DescrConverter(PyTuple_GET_ITEM(args, 1), &dtype) &&
        dtype != NULL && PyDataType_REFCHK(dtype);
    PyErr_Clear();
    Py_XDECREF(dtype);
    return has_objects ? fj_guard_refuse(u, "a buffer without objects", args)
                       : 0;
}

int
fj_guard_call(fj_unpickler *u, PyObject *func, PyObject *args, bool strict,
              PyObject **obj_ret)
{
    const fj_array_state *state = u->state->array;
    if (func == state->reconstruct) {
        return call_reconstruct(u, func, args, strict, obj_ret);
    }
    if (func == state->make_scalar) {
        return check_scalar(u, args, strict);
    }
    if (func == (PyObject *)&PyArray_Type) {
        return check_new_array(u, args);
    }
    return Py_IS_TYPE(func, Py_TYPE(&PyArrayDescr_Type))
               ? call_dtype(u, func, args, strict, obj_ret)
               : 0;
}

int
fj_guard_new(fj_unpickler *u, PyObject *cls, PyObject *args, PyObject *kwargs)
{
    if (Py_IS_TYPE(cls, Py_TYPE(&PyArrayDescr_Type))) {
        return fj_guard_refuse(u, "a dtype without keywords", kwargs);
    }
    if (!PyType_IsSubtype((PyTypeObject *)cls, &PyArray_Type)) {
        return 0;
    }
    return check_divisors(u, args) < 0 ? -1 : check_divisors(u, kwargs);
}
