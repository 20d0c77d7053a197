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
 * hides itself. */
static bool
hides_another(PyTypeObject *type, PyObject *name, PyObject *value)
{
    PyObject *found = _PyType_Lookup(type, name); // borrowed, as all here
    if (found == NULL || Py_TYPE(found)->tp_descr_set != NULL ||
        strcmp(Py_TYPE(found)->tp_name, "cached_property") == 0) {
        return false;
    }
    if (PyUnicode_CheckExact(found)) {
        return !is_same_text(found, value);
    }
    if (PyList_CheckExact(found)) {
        return !are_same_texts(found, value);
    }
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

/* Python's cache of look-ups goes by the address of a name.  A large load has
 * one object for each name, and finds there what it has looked up before; a
 * small one does with interned names, which are the same in each load. */
static bool
hides_another_in_small_load(PyTypeObject *type, PyObject *name,
                            PyObject *value)
{
    PyObject *interned = Py_NewRef(name);
    PyUnicode_InternInPlace(&interned);
    bool hides = hides_another(type, interned, value);
    Py_DECREF(interned);
    return hides;
}

/* The names of attributes: exact strings, and none of Python's own, nor of the
 * class's own. */
static int
check_names(fj_unpickler *u, const fj_rule *rule, PyTypeObject *type,
            PyObject *state)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    bool large = fj_caches(u) != NULL;
    while (PyDict_Next(state, &pos, &name, &value)) {
        if (!PyUnicode_CheckExact(name)) {
            return fj_input_refuse(u->in,
                                   "it sets an attribute of %s whose name is "
                                   "%s",
                                   type->tp_name,
                                   FJ_SHOW((PyObject *)Py_TYPE(name)));
        }
        bool good = !is_pythons(name);
        if (good && !(rule->flags & FJ_MAY_HIDE)) {
            good = large ? !hides_another(type, name, value)
                         : !hides_another_in_small_load(type, name, value);
        }
        if (!good) {
            return fj_input_refuse(u->in, "it sets the attribute %s of %s",
                                   FJ_SHOW(name), type->tp_name);
        }
    }
    return 0;
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
    if (!(rule->flags & FJ_ANY_STATE) &&
        check_state_form(u, rule, type, state) < 0) {
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
