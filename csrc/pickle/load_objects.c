/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opcodes that make objects by calls.
 */
#include "pickle/load.h"
#include "pickle/policy.h"
#include "py/show.h"

/* Takes the reference. */
static PyObject *
note_made(fj_unpickler *u, PyObject *func, PyObject *args, PyObject *obj)
{
    if (u->policy != NULL && obj != NULL &&
        (fj_policy_note_made(u, func, obj) < 0 ||
         fj_policy_note_parts(u, obj, args) < 0)) {
        Py_CLEAR(obj);
    }
    return obj;
}

static PyObject *
call(fj_unpickler *u, PyObject *func, PyObject *args)
{
    PyObject *result = NULL;
    if (u->hook != NULL && u->hook->call(u, func, args, &result) != 0) {
        return result;
    }
    return PyObject_Call(func, args, NULL);
}

/* cls.__new__(cls, *args, **kwargs) */
static PyObject *
call_new(fj_unpickler *u, PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *result = NULL, *cls = (PyObject *)type;
    if (u->hook == NULL) {
        return type->tp_new(type, args, kwargs);
    }
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        return u->hook->check_new(u, cls, args, kwargs) < 0
                   ? NULL
                   : type->tp_new(type, args, kwargs);
    }
    if (PyTuple_GET_SIZE(args) > 0 &&
        u->hook->call(u, cls, args, &result) != 0) {
        return result;
    }
    return type->tp_new(type, args, kwargs);
}

int
fj_load_reduce(fj_unpickler *u)
{
    if (!fj_has_items(u, 2)) {
        return fj_underflow(u);
    }
    PyObject *args = fj_pop_owned(u);
    PyObject *func = fj_pop_owned(u);
    PyObject *obj = NULL;
    if (u->policy != NULL && fj_policy_check_call(u, func, args) < 0) {
        Py_CLEAR(args);
    }
    else if (!PyTuple_CheckExact(args)) {
        Py_SETREF(args, PySequence_Tuple(args));
    }
    if (args != NULL) {
        obj = note_made(u, func, args, call(u, func, args));
    }
    Py_XDECREF(args);
    Py_DECREF(func);
    return fj_push_steal(u, obj);
}

static PyObject *
new_object(fj_unpickler *u, PyObject *cls, PyObject *args, PyObject *kwargs)
{
    if (u->policy != NULL && fj_policy_check_new(u, cls, args, kwargs) < 0) {
        return NULL;
    }
    if (!PyType_Check(cls) || ((PyTypeObject *)cls)->tp_new == NULL) {
        fj_input_invalid(u->in,
                         "NEWOBJ class argument must be a type with "
                         "a __new__, not %s",
                         FJ_SHOW(cls));
        return NULL;
    }
    if (!PyTuple_Check(args) || (kwargs != NULL && !PyDict_Check(kwargs))) {
        fj_input_invalid(u->in,
                         "NEWOBJ arguments must be a tuple and a "
                         "dict, not %s",
                         FJ_SHOW(args));
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)cls;
    return note_made(u, cls, args, call_new(u, type, args, kwargs));
}

int
fj_load_newobj(fj_unpickler *u)
{
    if (!fj_has_items(u, 2)) {
        return fj_underflow(u);
    }
    PyObject *args = fj_pop_owned(u);
    PyObject *cls = fj_pop_owned(u);
    int begun = 0;
    if (u->hook != NULL && u->hook->begin != NULL) {
        begun = u->hook->begin(u, cls);
    }
    if (begun == 0) {
        begun = fj_push_steal(u, new_object(u, cls, args, NULL));
    }
    Py_DECREF(args);
    Py_DECREF(cls);
    return begun < 0 ? -1 : 0;
}

int
fj_load_newobj_ex(fj_unpickler *u)
{
    if (!fj_has_items(u, 3)) {
        return fj_underflow(u);
    }
    PyObject *kwargs = fj_pop_owned(u);
    PyObject *args = fj_pop_owned(u);
    PyObject *cls = fj_pop_owned(u);
    PyObject *obj = new_object(u, cls, args, kwargs);
    Py_DECREF(kwargs);
    Py_DECREF(args);
    Py_DECREF(cls);
    return fj_push_steal(u, obj);
}

/* INST and OBJ, Python 2's instances: __new__ without arguments for a class,
 * a call for everything else. */
static PyObject *
instantiate(fj_unpickler *u, PyObject *cls, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) == 0 && PyType_Check(cls)) {
        PyObject *initargs;
        int found = fj_lookup_attr(cls, u->state->s_getinitargs, &initargs);
        if (found < 0) {
            return NULL;
        }
        Py_XDECREF(initargs);
        if (!found) {
            return PyObject_CallMethodOneArg(cls, u->state->s_new, cls);
        }
    }
    return PyObject_Call(cls, args, NULL);
}

int
fj_load_inst(fj_unpickler *u)
{
    size_t first;
    if (fj_load_global(u) < 0) {
        return -1;
    }
    PyObject *cls = fj_pop_owned(u);
    PyObject *obj = NULL;
    PyObject *args =
        fj_pop_mark(u, &first) < 0 ? NULL : fj_pop_tuple(u, first);
    if (args != NULL) {
        obj = instantiate(u, cls, args);
        Py_DECREF(args);
    }
    Py_DECREF(cls);
    return fj_push_steal(u, obj);
}

int
fj_load_obj(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    if (u->nstack == first) {
        return fj_underflow(u);
    }
    PyObject *args = fj_pop_tuple(u, first + 1);
    if (args == NULL) {
        return -1;
    }
    PyObject *cls = fj_pop_owned(u);
    PyObject *obj = instantiate(u, cls, args);
    Py_DECREF(args);
    Py_DECREF(cls);
    return fj_push_steal(u, obj);
}
