/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a reduce value must be, and what is said of others.
 */
#include "pickle/save.h"

/* How a format shows an argument's type, with AS_TYPE(argument): by its name,
 * for which PyErr_Format() has no letter before 3.13. */
#if FJ_SINCE_3_14
#define TYPE "%T"
#define AS_TYPE(obj) (obj)
#else
#define TYPE "%R"
#define AS_TYPE(obj) ((PyObject *)Py_TYPE(obj))
#endif

/* Both raise PicklingError and return -1. */
static int
refuse(fj_pickler *p, const char *text)
{
    PyErr_SetString(p->state->pickling_error, text);
    return -1;
}

static int
refuse_type(fj_pickler *p, const char *format, PyObject *culprit)
{
    PyErr_Format(p->state->pickling_error, format, AS_TYPE(culprit));
    return -1;
}

/* An element of a reduce value, NULL for None or if there are too few. */
PyObject *
fj_reduced_item(PyObject *reduced, Py_ssize_t i)
{
    if (i >= PyTuple_GET_SIZE(reduced) ||
        PyTuple_GET_ITEM(reduced, i) == Py_None) {
        return NULL;
    }
    return PyTuple_GET_ITEM(reduced, i);
}

/* C pickle requires iterators, where pickle.py takes any iterable, and looks at
 * the setter at once. */
static int
check_optional_items(fj_pickler *p, PyObject *reduced)
{
    PyObject *listitems = fj_reduced_item(reduced, 3);
    PyObject *dictitems = fj_reduced_item(reduced, 4);
    PyObject *state_setter = fj_reduced_item(reduced, 5);
    if (listitems != NULL && !PyIter_Check(listitems)) {
        return refuse_type(p,
                           "fourth item of the tuple returned by __reduce__ "
                           "must be an iterator, not " TYPE,
                           listitems);
    }
    if (dictitems != NULL && !PyIter_Check(dictitems)) {
        return refuse_type(p,
                           "fifth item of the tuple returned by __reduce__ "
                           "must be an iterator, not " TYPE,
                           dictitems);
    }
    if (state_setter != NULL && !PyCallable_Check(state_setter)) {
        return refuse_type(p,
                           "sixth item of the tuple returned by __reduce__ "
                           "must be callable, not " TYPE,
                           state_setter);
    }
    return 0;
}

int
fj_check_reduced(fj_pickler *p, PyObject *reduced)
{
    if (!PyTuple_Check(reduced)) {
        return refuse_type(
            p, "__reduce__ must return a string or tuple, not " TYPE, reduced);
    }
    Py_ssize_t size = PyTuple_GET_SIZE(reduced);
    if (size < 2 || size > 6) {
        return refuse(p, "tuple returned by __reduce__ must contain 2 through "
                         "6 elements");
    }
    PyObject *func = PyTuple_GET_ITEM(reduced, 0);
    if (!PyCallable_Check(func)) {
        return refuse_type(p,
                           "first item of the tuple returned by __reduce__ "
                           "must be callable, not " TYPE,
                           func);
    }
    PyObject *args = PyTuple_GET_ITEM(reduced, 1);
    if (!PyTuple_Check(args)) {
        return refuse_type(p,
                           "second item of the tuple returned by __reduce__ "
                           "must be a tuple, not " TYPE,
                           args);
    }
    return p->as_c_pickle ? check_optional_items(p, reduced) : 0;
}

/* cls, the first argument of `func`, must be the class of obj and have a
 * __new__. */
static int
check_new_class(fj_pickler *p, PyObject *obj, PyObject *cls, const char *func)
{
    PyObject *error = p->state->pickling_error;
    PyObject *attribute;
    if (FJ_SINCE_3_14 && p->as_c_pickle && !PyType_Check(cls)) {
        PyErr_Format(error,
                     "first argument to %s() must be a class, not " TYPE, func,
                     AS_TYPE(cls));
        return -1;
    }
    int found = fj_lookup_attr(cls, p->state->s_new, &attribute);
    if (found < 0) {
        return -1;
    }
    Py_XDECREF(attribute);
    if (!found) {
        PyErr_Format(error,
                     FJ_SINCE_3_14 ? "first argument to %s() has no __new__"
                                   : "args[0] from %s args has no __new__",
                     func);
        return -1;
    }
    attribute = PyObject_GetAttr(obj, p->state->s_class);
    if (attribute == NULL) {
        return -1;
    }
    bool same = attribute == cls;
    if (!same) {
        PyErr_Format(error,
                     FJ_SINCE_3_14
                         ? "first argument to %s() must be %R, not %R"
                         : "args[0] from %s args has the wrong class",
                     func, attribute, cls);
    }
    Py_DECREF(attribute);
    return same ? 0 : -1;
}

int
fj_check_newobj(fj_pickler *p, PyObject *obj, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) == 0) {
        return refuse(p, "__newobj__ expected at least 1 argument, got 0");
    }
    return check_new_class(p, obj, PyTuple_GET_ITEM(args, 0), "__newobj__");
}

int
fj_check_newobj_ex(fj_pickler *p, PyObject *obj, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 3) {
        PyErr_Format(p->state->pickling_error,
                     "__newobj_ex__ expected 3 arguments, got %zd",
                     PyTuple_GET_SIZE(args));
        return -1;
    }
    PyObject *cls = PyTuple_GET_ITEM(args, 0);
    PyObject *new_args = PyTuple_GET_ITEM(args, 1);
    PyObject *kwargs = PyTuple_GET_ITEM(args, 2);
    if (check_new_class(p, obj, cls, "__newobj_ex__") < 0) {
        return -1;
    }
    if (!PyTuple_Check(new_args)) {
        return refuse_type(p,
                           "second argument to __newobj_ex__() must be a "
                           "tuple, not " TYPE,
                           new_args);
    }
    if (!PyDict_Check(kwargs)) {
        return refuse_type(p,
                           "third argument to __newobj_ex__() must be a "
                           "dict, not " TYPE,
                           kwargs);
    }
    return 0;
}
