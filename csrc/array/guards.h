/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to array/: what NumPy's own functions get from a file, checked
 * before they get it.
 *
 * NumPy trusts the states of its arrays and dtypes: one that does not fit
 * makes it read or write beyond an array's memory, at once or whenever the
 * array is used.  What would is refused here, with the position in the file;
 * everything that NumPy itself has ever written passes.
 *
 * `strict` is for restricted loading: then only what NumPy writes passes.
 */
#ifndef FJ_ARRAY_GUARDS_H
#define FJ_ARRAY_GUARDS_H

#include "array/array.h"
#include "array/numpy_api.h"

/* In restricted loads, how many items of no size an array may have: they take
 * no memory, but NumPy iterates over them. */
enum { FJ_MAX_EMPTY_ITEMS = 1024 * 1024 };

/* REDUCE is about to call func(*args), or NEWOBJ a class.  1 if the guard has called it itself
 * (a new reference in *obj_ret), 0 where it may be called, -1. */
int fj_guard_call(fj_unpickler *u, PyObject *func, PyObject *args, bool strict,
                  PyObject **obj_ret);

/* fj_load_hook.check_new: NumPy writes no dtypes and no arrays so. */
int fj_guard_new(fj_unpickler *u, PyObject *cls, PyObject *args,
                 PyObject *kwargs);

/* BUILD is about to set the state of an object.  1 if the guard has set it
 * itself, 0 where it may be set, -1. */
int fj_guard_build(fj_unpickler *u, PyObject *inst, PyObject *inst_state,
                   bool strict);

/* The same for an object that is a dtype. */
int fj_guard_build_dtype(fj_unpickler *u, PyArray_Descr *dtype,
                         PyObject *inst_state);

/* Before a dtype that has just been made is used.  0 or -1. */
int fj_guard_made_dtype(fj_unpickler *u, PyArray_Descr *dtype);

/* False where it is no integer, or too large for this type. */
bool fj_guard_get_size(PyObject *obj, Py_ssize_t *value_ret);

/* The product of a shape: a tuple of integers, or one integer.  False where it
 * is none, or too large. */
bool fj_shape_size(PyObject *shape, size_t *count_ret);

/* Raises for what is refused, with what NumPy expects instead: returns -1. */
int fj_guard_refuse(fj_unpickler *u, const char *expected, PyObject *found);

/* The class of every dtype's class is NumPy's own: nothing to walk. */
static inline bool
fj_is_dtype(PyObject *obj)
{
    return Py_IS_TYPE((PyObject *)Py_TYPE(obj), Py_TYPE(&PyArrayDescr_Type));
}

/* Whether only the stack and the memo refer to the object: nothing relies on
 * what it is now. */
static inline bool
fj_is_unused(PyObject *obj)
{
    return Py_REFCNT(obj) <= 2;
}

/* One of NumPy's dtypes before StringDType: those consist of one struct. */
static inline bool
fj_is_legacy_dtype(const PyArray_Descr *dtype)
{
    enum { FIRST_NEW = 2056 };
    return dtype->type_num >= 0 && dtype->type_num < FIRST_NEW;
}

#endif
