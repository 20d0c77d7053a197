/* SPDX-License-Identifier: BSD-3-Clause
 *
 * BUILD: sets the state of an object.
 */
#include "pickle/load.h"
#include "pickle/policy.h"
#include "py/show.h"

/* inst.__dict__.update(state), with str keys interned like attribute names. */
static int
update_attributes(PyObject *dict, PyObject *state)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(state, &pos, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        if (PyUnicode_CheckExact(key)) {
            PyUnicode_InternInPlace(&key);
        }
        int ret = PyObject_SetItem(dict, key, value);
        Py_DECREF(key);
        Py_DECREF(value);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

static int
set_slots(PyObject *inst, PyObject *slots)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(slots, &pos, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        int ret = PyObject_SetAttr(inst, key, value);
        Py_DECREF(key);
        Py_DECREF(value);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

static int
check_state_dict(fj_unpickler *u, PyObject *state, const char *what)
{
    if (PyDict_Check(state)) {
        return 0;
    }
    fj_input_invalid(u->in, "%s is not a dictionary but %s", what,
                     FJ_SHOW((PyObject *)Py_TYPE(state)));
    return -1;
}

/* The state of an object without __setstate__: a dict of attributes, or a
 * pair of that (or None) and a dict of slots. */
static int
set_default_state(fj_unpickler *u, PyObject *inst, PyObject *state)
{
    PyObject *slots = NULL;
    if (PyTuple_Check(state) && PyTuple_GET_SIZE(state) == 2) {
        slots = PyTuple_GET_ITEM(state, 1);
        state = PyTuple_GET_ITEM(state, 0);
    }
    int truth = PyObject_IsTrue(state);
    if (truth < 0 || (truth && check_state_dict(u, state, "state") < 0)) {
        return -1;
    }
    if (truth) {
        PyObject *dict = PyObject_GetAttr(inst, u->state->s_dict);
        if (dict == NULL) {
            return -1;
        }
        int ret = update_attributes(dict, state);
        Py_DECREF(dict);
        if (ret < 0) {
            return -1;
        }
    }
    truth = slots == NULL ? 0 : PyObject_IsTrue(slots);
    if (truth <= 0) {
        return truth;
    }
    return check_state_dict(u, slots, "slot state") < 0
               ? -1
               : set_slots(inst, slots);
}

/* Whether the class is plain: none of its methods takes part in BUILD.
 * Decided once for each class, since looking up a method that does not exist
 * takes longer than setting the attributes. */
static int
is_plain_class(fj_unpickler *u, PyTypeObject *type)
{
    PyObject *setstate;
    if (type->tp_getattro != PyObject_GenericGetAttr ||
        type->tp_dictoffset == 0) {
        return 0;
    }
    int found =
        fj_lookup_attr((PyObject *)type, u->state->s_setstate, &setstate);
    Py_XDECREF(setstate);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    /* A class that defines __dict__ itself is not plain. */
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *dict = PyObject_GetAttr((PyObject *)base, u->state->s_dict);
        if (dict == NULL) {
            return -1;
        }
        PyObject *own = PyObject_GetItem(dict, u->state->s_dict);
        Py_DECREF(dict);
        if (own == NULL) {
            PyErr_Clear();
            continue;
        }
        bool getset = Py_IS_TYPE(own, &PyGetSetDescr_Type);
        Py_DECREF(own);
        if (!getset) {
            return 0;
        }
    }
    return 1;
}

/* 1 where the class is known to be plain, 0, -1 */
static int
is_known_plain(fj_unpickler *u, PyTypeObject *type)
{
    fj_load_caches *caches = fj_caches(u);
    if (caches == NULL) {
        return 0;
    }
    fj_type_info *info = &caches->types[((size_t)type >> 6) % FJ_TYPE_CACHE];
    if (info->type != type) {
        int plain = is_plain_class(u, type);
        if (plain < 0) {
            return -1;
        }
        Py_XSETREF(info->type, (PyTypeObject *)Py_NewRef(type));
        info->plain = plain;
    }
    return info->plain;
}

/* The interned copy of an attribute name, borrowed from the caches.  The
 * pickle has one object for each name and refers to it for every instance, so
 * caching the interned copy by the object's address saves the look-up. */
static PyObject *
interned_name(fj_unpickler *u, PyObject *name)
{
    fj_interned_name *cached =
        &u->caches->names[((size_t)name >> 4) % FJ_NAME_CACHE];
    if (cached->name != name) {
        PyObject *interned = Py_NewRef(name);
        PyUnicode_InternInPlace(&interned);
        Py_XSETREF(cached->name, Py_NewRef(name));
        Py_XSETREF(cached->interned, interned);
    }
    return cached->interned;
}

static int
set_plain_state(fj_unpickler *u, PyObject *inst, PyObject *state)
{
    PyObject *dict = PyObject_GenericGetDict(inst, NULL);
    if (dict == NULL) {
        return -1;
    }
    int ret = 0;
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (ret == 0 && PyDict_Next(state, &pos, &key, &value)) {
        PyObject *name =
            PyUnicode_CheckExact(key) ? interned_name(u, key) : key;
        Py_INCREF(name); // comparing keys can run code that frees them
        Py_INCREF(value);
        ret = PyDict_SetItem(dict, name, value);
        Py_DECREF(name);
        Py_DECREF(value);
    }
    Py_DECREF(dict);
    return ret;
}

/* Calls setstate(state): with a policy on a copy of a dict, since the file
 * could go on to change the one that it has, after it was checked. */
static int
call_setstate(fj_unpickler *u, PyObject *setstate, PyObject *state)
{
    PyObject *given = u->policy != NULL && PyDict_CheckExact(state)
                          ? PyDict_Copy(state)
                          : Py_NewRef(state);
    PyObject *result =
        given == NULL ? NULL : PyObject_CallOneArg(setstate, given);
    Py_XDECREF(given);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static int
set_state(fj_unpickler *u, PyObject *inst, PyObject *state)
{
    int plain = is_known_plain(u, Py_TYPE(inst));
    if (plain < 0) {
        return -1;
    }
    if (plain && PyDict_CheckExact(state)) {
        return set_plain_state(u, inst, state);
    }
    PyObject *setstate;
    int found = fj_lookup_attr(inst, u->state->s_setstate, &setstate);
    if (found < 0) {
        return -1;
    }
    if (!found) {
        return set_default_state(u, inst, state);
    }
    int ret = call_setstate(u, setstate, state);
    Py_DECREF(setstate);
    return ret;
}

int
fj_load_build(fj_unpickler *u)
{
    if (!fj_has_items(u, 2)) {
        return fj_underflow(u);
    }
    PyObject *state = fj_pop_owned(u);
    PyObject *inst = u->stack[u->nstack - 1];
    PyObject *built = NULL;
    int ret = 0;
    if (u->policy != NULL && !PyDict_CheckExact(state)) {
        ret = fj_policy_take_copy(u, state); // the hook may make one
    }
    if (ret == 0 && u->hook != NULL && u->hook->build != NULL) {
        ret = u->hook->build(u, inst, state, &built);
    }
    if (ret == 0 && u->policy != NULL) {
        ret = fj_policy_check_state(u, inst, state) < 0 ||
                      fj_policy_note_parts(u, inst, state) < 0
                  ? -1
                  : 0;
    }
    if (ret == 0) {
        ret = set_state(u, inst, state);
    }
    else if (ret > 0) {
        Py_SETREF(u->stack[u->nstack - 1], built);
    }
    Py_DECREF(state);
    return ret < 0 ? -1 : 0;
}
