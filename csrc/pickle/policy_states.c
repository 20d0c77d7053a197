/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: the states of objects, and what may get items.
 */
#include "pickle/load.h"
#include "pickle/policy.h"
#include "py/show.h"

static bool
is_same_text(PyObject *a, PyObject *b)
{
    return PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b) &&
           PyUnicode_Compare(a, b) == 0;
}

static bool
are_same_texts(PyObject *list, PyObject *other)
{
    bool same = PyList_CheckExact(other) &&
                PyList_GET_SIZE(list) == PyList_GET_SIZE(other);
    for (Py_ssize_t i = 0; same && i < PyList_GET_SIZE(list); i++) {
        same =
            is_same_text(PyList_GET_ITEM(list, i), PyList_GET_ITEM(other, i));
    }
    return same;
}

/* Whether an attribute would hide a function or a constant of the class, on
 * which its methods rely, and compiled code that they call: SciPy calls by the
 * format that a matrix says it has.  Numbers are defaults, text may be the
 * same; properties cannot be hidden, and a cached_property is a value that
 * hides itself.  Sets *any_ret if it is so for any value. */
static bool
hides_another(PyTypeObject *type, PyObject *name, PyObject *value,
              bool *any_ret)
{
    PyObject *found = _PyType_Lookup(type, name); // borrowed
    *any_ret = true;
    if (found == NULL || Py_TYPE(found)->tp_descr_set != NULL ||
        strcmp(Py_TYPE(found)->tp_name, "cached_property") == 0) {
        return false;
    }
    *any_ret = false;
    if (PyUnicode_CheckExact(found)) {
        return !is_same_text(found, value);
    }
    if (PyList_CheckExact(found)) {
        return !are_same_texts(found, value);
    }
    *any_ret = true;
    return found != Py_None && !PyBool_Check(found) &&
           !PyLong_CheckExact(found) && !PyFloat_CheckExact(found);
}

/* Names that begin as Python's own do. */
static bool
is_pythons(PyObject *name)
{
    return PyUnicode_GET_LENGTH(name) > 1 &&
           PyUnicode_READ_CHAR(name, 0) == '_' &&
           PyUnicode_READ_CHAR(name, 1) == '_';
}

/* How many names are kept of a class: a few times what any has. */
enum { MAX_NAMES = 512 };

/* Keeps a name with the class's version.  0 or -1. */
static int
keep_name(const fj_rule *rule, PyTypeObject *type, PyObject *name)
{
    if (rule->names == NULL || type->tp_version_tag == 0 ||
        PyDict_GET_SIZE(rule->names) >= MAX_NAMES) {
        return 0;
    }
    PyObject *version = PyLong_FromUnsignedLong(type->tp_version_tag);
    int ret =
        version == NULL ? -1 : PyDict_SetItem(rule->names, name, version);
    Py_XDECREF(version);
    return ret;
}

/* Whether the name was good for an attribute, and the class is as it was: to
 * look up what is not there takes long.  1, 0, -1. */
static int
is_kept(const fj_rule *rule, PyTypeObject *type, PyObject *name)
{
    PyObject *version = rule->names == NULL
                            ? NULL
                            : PyDict_GetItemWithError(rule->names, name);
    if (version == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return type->tp_version_tag != 0 &&
           PyLong_AsUnsignedLong(version) == type->tp_version_tag;
}

/* 1, 0, -1 */
static int
look_at_name(const fj_rule *rule, PyTypeObject *type, PyObject *name,
             PyObject *value, bool *any_ret)
{
    int kept = is_kept(rule, type, name);
    *any_ret = true;
    if (kept != 0) {
        return kept;
    }
    if (is_pythons(name) || (!(rule->flags & FJ_MAY_HIDE) &&
                             hides_another(type, name, value, any_ret))) {
        return 0;
    }
    return *any_ret && keep_name(rule, type, name) < 0 ? -1 : 1;
}

/* The same; files have one object for each name. */
static int
may_be_attribute(fj_policy *policy, const fj_rule *rule, PyTypeObject *type,
                 PyObject *name, PyObject *value)
{
    fj_known_name *known = fj_policy_known_name(policy, type, name);
    if (FJ_LIKELY(known->is_good)) {
        return 1;
    }
    bool any_value;
    int ret = look_at_name(rule, type, name, value, &any_value);
    known->is_good = ret == 1 && any_value;
    return ret;
}

/* The names of attributes: exact strings, and none of Python's own, nor of the
 * class's own.  Charges what the attributes take. */
static int
check_names(fj_unpickler *u, const fj_rule *rule, PyTypeObject *type,
            PyObject *state)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    uint64_t nbytes = 0;
    while (PyDict_Next(state, &pos, &name, &value)) {
        if (!PyUnicode_CheckExact(name)) {
            return fj_input_refuse(u->in,
                                   "it sets an attribute of %s whose name is "
                                   "%s",
                                   type->tp_name,
                                   FJ_SHOW((PyObject *)Py_TYPE(name)));
        }
        int good = may_be_attribute(u->policy, rule, type, name, value);
        if (good < 0) {
            return -1;
        }
        if (!good) {
            return fj_input_refuse(u->in, "it sets the attribute %s of %s",
                                   FJ_SHOW(name), type->tp_name);
        }
        nbytes += fj_policy_entry_nbytes(u, value);
    }
    return fj_policy_take_copied(u, nbytes);
}

static int
check_state_form(fj_unpickler *u, const fj_rule *rule, PyTypeObject *type,
                 PyObject *state)
{
    PyObject *slots = NULL;
    if ((rule->flags & FJ_MAY_HAVE_SLOTS) && PyTuple_CheckExact(state) &&
        PyTuple_GET_SIZE(state) == 2) {
        slots = PyTuple_GET_ITEM(state, 1);
        state = PyTuple_GET_ITEM(state, 0);
    }
    PyObject *parts[] = {state, slots};
    for (int i = 0; i < 2; i++) {
        PyObject *part = parts[i];
        if (part == NULL || part == Py_None) {
            continue;
        }
        if (!PyDict_CheckExact(part)) {
            return fj_input_refuse(u->in, "it sets the state of %s to %s",
                                   type->tp_name,
                                   FJ_SHOW((PyObject *)Py_TYPE(part)));
        }
        if (check_names(u, rule, type, part) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_policy_check_state(fj_unpickler *u, PyObject *inst, PyObject *state)
{
    PyTypeObject *type = Py_TYPE(inst);
    const fj_rule *rule = fj_policy_rule_of_type(u->policy, type);
    if (rule == NULL) {
        return -1;
    }
    if (!(rule->flags & FJ_MAY_BUILD)) {
        return fj_input_refuse(u->in, "it sets the state of %s",
                               type->tp_name);
    }
    int ret = !(rule->flags & FJ_ANY_STATE)
                  ? check_state_form(u, rule, type, state)
              : PyDict_CheckExact(state) ? fj_policy_take_copy(u, state)
                                         : 0;
    if (ret < 0) {
        return -1;
    }
    if (rule->check_state == NULL) {
        return 0;
    }
    return fj_policy_check_built(u, state) < 0
               ? -1
               : fj_policy_run_check(u->in, rule->check_state, inst, state);
}

int
fj_policy_check_item_name(fj_unpickler *u, PyObject *key)
{
    return PyUnicode_Check(key) && is_pythons(key)
               ? fj_input_refuse(u->in, "it sets the item %s", FJ_SHOW(key))
               : 0;
}

int
fj_policy_check_container(fj_unpickler *u, PyObject *container, unsigned flag)
{
    const fj_rule *rule =
        fj_policy_rule_of_type(u->policy, Py_TYPE(container));
    if (rule == NULL) {
        return -1;
    }
    return rule->flags & flag ? 0
                              : fj_input_refuse(u->in, "it adds items to %s",
                                                Py_TYPE(container)->tp_name);
}
