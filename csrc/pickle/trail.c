/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/trail.h"

#include "py/show.h"

/* How many steps are kept of a long trail. */
enum { FIRST_STEPS = 8, LAST_STEPS = 24 };

enum { MAX_TYPE_NAME = 60 };

static PyObject *
type_name(PyObject *obj)
{
    if (obj == NULL) {
        return PyUnicode_FromString("?");
    }
    const char *full = Py_TYPE(obj)->tp_name;
    const char *dot = strrchr(full, '.');
    const char *name = dot == NULL ? full : dot + 1;
    size_t length = strlen(name);
    if (length > MAX_TYPE_NAME) {
        length = MAX_TYPE_NAME;
    }
    return PyUnicode_DecodeUTF8(name, (Py_ssize_t)length, "replace");
}

static int
append(PyObject *list, PyObject *item_steal)
{
    int ret = item_steal == NULL ? -1 : PyList_Append(list, item_steal);
    Py_XDECREF(item_steal);
    return ret;
}

int
fj_trail_init(fj_trail *trail, PyObject *root)
{
    trail->steps = PyList_New(0);
    trail->types = PyList_New(0);
    trail->is_cut = false;
    trail->at = Py_NewRef(root);
    return trail->steps == NULL || trail->types == NULL
               ? -1
               : append(trail->types, type_name(root));
}

void
fj_trail_clear(fj_trail *trail)
{
    Py_CLEAR(trail->steps);
    Py_CLEAR(trail->types);
    Py_CLEAR(trail->at);
}

int
fj_trail_step(fj_trail *trail, PyObject *step_steal, PyObject *obj)
{
    Py_XINCREF(obj); // it may hang on the object before
    Py_XSETREF(trail->at, obj);
    if (append(trail->steps, step_steal) < 0 ||
        append(trail->types, type_name(obj)) < 0) {
        return -1;
    }
    if (PyList_GET_SIZE(trail->steps) <= FIRST_STEPS + LAST_STEPS) {
        return 0;
    }
    trail->is_cut = true;
    return PySequence_DelItem(trail->steps, FIRST_STEPS) < 0
               ? -1
               : PySequence_DelItem(trail->types, FIRST_STEPS);
}

int
fj_trail_learn(fj_trail *trail, PyObject *obj)
{
    if (obj == NULL || obj == trail->at) {
        return 0;
    }
    Py_INCREF(obj);
    Py_XSETREF(trail->at, obj);
    PyObject *name = type_name(obj);
    return name == NULL
               ? -1
               : PyList_SetItem(trail->types,
                                PyList_GET_SIZE(trail->types) - 1, name);
}

/* Joins a copy of the list, with "..." where it is cut. */
static PyObject *
join(const fj_trail *trail, PyObject *list, const char *separator,
     const char *first)
{
    PyObject *joined = NULL;
    PyObject *glue = PyUnicode_FromString(separator);
    PyObject *parts = PySequence_List(list);
    PyObject *dots = PyUnicode_FromString("...");
    PyObject *begin = first == NULL ? NULL : PyUnicode_FromString(first);
    if (glue != NULL && parts != NULL && dots != NULL &&
        (first == NULL) == (begin == NULL) &&
        (!trail->is_cut || PyList_Insert(parts, FIRST_STEPS, dots) == 0) &&
        (begin == NULL || PyList_Insert(parts, 0, begin) == 0)) {
        joined = PyUnicode_Join(glue, parts);
    }
    Py_XDECREF(glue);
    Py_XDECREF(parts);
    Py_XDECREF(dots);
    Py_XDECREF(begin);
    return joined;
}

PyObject *
fj_trail_path(const fj_trail *trail)
{
    return join(trail, trail->steps, "", "model");
}

PyObject *
fj_trail_types(const fj_trail *trail)
{
    return join(trail, trail->types, " > ", NULL);
}

static PyObject *
show_in(const char *format, const char *other_format, PyObject *key)
{
    PyObject *shown = fj_show_key(key);
    if (shown == NULL && PyErr_Occurred()) {
        return NULL;
    }
    PyObject *name = shown == NULL ? type_name(key) : shown;
    PyObject *step = name == NULL
                         ? NULL
                         : PyUnicode_FromFormat(
                               shown == NULL ? other_format : format, name);
    Py_XDECREF(name);
    return step;
}

PyObject *
fj_key_step(PyObject *key)
{
    return show_in("[%U]", "[<%U>]", key);
}

PyObject *
fj_to_key_step(PyObject *key)
{
    return show_in("[key %U]", "[key <%U>]", key);
}

PyObject *
fj_dict_attribute_step(PyObject *key)
{
    enum { LONG_NAME = 200 };
    if (PyUnicode_CheckExact(key) && PyUnicode_GET_LENGTH(key) < LONG_NAME &&
        PyUnicode_IsIdentifier(key)) {
        return PyUnicode_FromFormat(".%U", key);
    }
    return show_in(".__dict__[%U]", ".__dict__[<%U>]", key);
}
