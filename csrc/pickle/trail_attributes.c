/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which attribute of an instance holds an object: what a reduce value calls its
 * second argument usually is one.
 */
#include "pickle/trail.h"

static PyObject *
find_in_tuple(PyObject *owner, PyObject *value)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(owner); i++) {
        if (PyTuple_GET_ITEM(owner, i) != value) {
            continue;
        }
        PyObject *key = PyUnicode_FromString("_fields"); // of a namedtuple
        PyObject *fields =
            key == NULL ? NULL : fj_find_in_classes(Py_TYPE(owner), key);
        PyObject *step = NULL;
        if (fields != NULL && PyTuple_CheckExact(fields) &&
            i < PyTuple_GET_SIZE(fields)) {
            step = fj_dict_attribute_step(PyTuple_GET_ITEM(fields, i));
        }
        else {
            step = PyUnicode_FromFormat("[%zd]", i);
        }
        Py_XDECREF(key);
        Py_XDECREF(fields);
        return step;
    }
    return NULL;
}

static PyObject *
find_in_dict(PyObject *dict, PyObject *value, PyObject *first)
{
    PyObject *key, *held;
    Py_ssize_t pos = 0;
    if (first != NULL && PyUnicode_CheckExact(first) &&
        PyDict_GetItemWithError(dict, first) == value) {
        return fj_dict_attribute_step(first);
    }
    while (PyDict_Next(dict, &pos, &key, &held)) {
        if (held == value) {
            return fj_dict_attribute_step(key);
        }
    }
    return NULL;
}

/* Getters of compiled classes may do anything: compute, warn, crash without
 * memory.  These are known to return what they hold. */
static bool
is_plain_getter(PyObject *descriptor)
{
    static const char *const owners[] = {"pandas._libs.internals.",
                                         "BaseException"};
    if (!Py_IS_TYPE(descriptor, &PyGetSetDescr_Type)) {
        return false;
    }
    const char *owner = PyDescr_TYPE(descriptor)->tp_name;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        if (strncmp(owner, owners[i], strlen(owners[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What a descriptor of C finds: slots, and attributes of compiled classes.  A
 * new reference, or NULL. */
static PyObject *
get(PyObject *descriptor, PyObject *owner)
{
    PyObject *value = NULL;
    if (Py_IS_TYPE(descriptor, &PyMemberDescr_Type) ||
        is_plain_getter(descriptor)) {
        Py_INCREF(descriptor);
        value =
            Py_TYPE(descriptor)
                ->tp_descr_get(descriptor, owner, (PyObject *)Py_TYPE(owner));
        Py_DECREF(descriptor);
        PyErr_Clear();
    }
    return value;
}

static PyObject *
find_in_class(PyObject *classes_dict, PyObject *owner, PyObject *value)
{
    PyObject *key, *descriptor;
    Py_ssize_t pos = 0;
    while (PyDict_Next(classes_dict, &pos, &key, &descriptor)) {
        Py_INCREF(key); // the attribute may be computed, by any code
        PyObject *found = get(descriptor, owner);
        PyObject *step = found == value ? fj_dict_attribute_step(key) : NULL;
        Py_XDECREF(found);
        Py_DECREF(key);
        if (step != NULL) {
            return step;
        }
    }
    return NULL;
}

static PyObject *
find_in_classes(PyObject *owner, PyObject *value)
{
    PyObject *mro = Py_TYPE(owner)->tp_mro;
    PyObject *step = NULL;
    for (Py_ssize_t i = 0; step == NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict =
            fj_type_dict((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        if (dict != NULL) {
            step = find_in_class(dict, owner, value);
            Py_DECREF(dict);
        }
    }
    return step;
}

PyObject *
fj_attribute_step(PyObject *owner, PyObject *value, PyObject *key)
{
    PyObject *step = NULL;
    PyObject *dict = PyObject_GenericGetDict(owner, NULL);
    PyErr_Clear(); // most have none
    if (dict != NULL && dict == value) {
        step = PyUnicode_FromString(".__dict__");
    }
    else if (dict != NULL && PyDict_CheckExact(dict)) {
        step = find_in_dict(dict, value, key);
    }
    Py_XDECREF(dict);
    if (step == NULL && PyTuple_Check(owner)) {
        step = find_in_tuple(owner, value);
    }
    if (step == NULL) {
        step = find_in_classes(owner, value);
    }
    PyErr_Clear();
    return step;
}

PyObject *
fj_find_in_classes(PyTypeObject *type, PyObject *name)
{
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; found == NULL && i < PyTuple_GET_SIZE(type->tp_mro);
         i++) {
        PyObject *dict =
            fj_type_dict((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i));
        if (dict != NULL) {
            found = Py_XNewRef(PyDict_GetItemWithError(dict, name));
            Py_DECREF(dict);
        }
    }
    PyErr_Clear();
    return found;
}
