/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: the checks at the end, when nothing can change any more.
 *
 * A rule's `roles` say what instances' attributes must be: a pair of a dict,
 * attribute -> set of types, and a function.  A value of one of the types is
 * good; where list and tuple are among them, so is one that holds nothing
 * else.  For each other value the function is called with the instance and the
 * attribute's name, and raises for what is refused.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

/* Lists within lists; as _MAX_DEPTH of fastjoblib._safe.checks.roles. */
enum { MAX_DEPTH = 4 };

int
fj_policy_note_made(fj_unpickler *u, PyObject *func, PyObject *obj)
{
    fj_rule *rule = fj_policy_rule(u->policy, func);
    if (func == u->state->copyreg_reconstructor) {
        rule = fj_policy_rule(u->policy, (PyObject *)Py_TYPE(obj));
    }
    if (rule == NULL || (rule->check_final == NULL && rule->roles == NULL)) {
        return 0;
    }
    if (rule->made == NULL) {
        rule->made = PyList_New(0);
    }
    return rule->made == NULL ? -1 : PyList_Append(rule->made, obj);
}

static int is_of_types(PyObject *types, PyObject *value, int depth);

static int
are_of_types(PyObject *types, PyObject *const *items, Py_ssize_t nitems,
             int depth)
{
    int ret = 1;
    for (Py_ssize_t i = 0; i < nitems && ret == 1; i++) {
        ret = is_of_types(types, items[i], depth);
    }
    return ret;
}

/* Of (name, value) and (name, value, columns), the value counts. */
static int
is_named(PyObject *tuple)
{
    Py_ssize_t nitems = PyTuple_GET_SIZE(tuple);
    return (nitems == 2 || nitems == 3) &&
           PyUnicode_CheckExact(PyTuple_GET_ITEM(tuple, 0));
}

/* 1, 0: the function must say, -1. */
static int
is_of_types(PyObject *types, PyObject *value, int depth)
{
    int found = PySet_Contains(types, (PyObject *)Py_TYPE(value));
    if (found != 1 ||
        !(PyList_CheckExact(value) || PyTuple_CheckExact(value))) {
        return found;
    }
    if (depth == MAX_DEPTH) {
        return 0;
    }
    if (PyTuple_CheckExact(value) && is_named(value)) {
        return is_of_types(types, PyTuple_GET_ITEM(value, 1), depth + 1);
    }
    return are_of_types(types, PySequence_Fast_ITEMS(value),
                        PySequence_Fast_GET_SIZE(value), depth + 1);
}

/* Borrowed; NULL, perhaps with an exception set: it has no role. */
static PyObject *
types_of(fj_policy *policy, PyObject *roles, PyTypeObject *type,
         PyObject *name)
{
    fj_known_name *known = fj_policy_known_name(policy, type, name);
    if (!known->has_types) {
        known->types =
            PyDict_GetItemWithError(PyTuple_GET_ITEM(roles, 0), name);
        known->has_types = true;
    }
    return known->types;
}

static int
check_roles_of(fj_policy *policy, fj_input *in, PyObject *roles, PyObject *obj,
               PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(dict, &pos, &name, &value)) {
        PyObject *types = types_of(policy, roles, Py_TYPE(obj), name);
        int good = types == NULL ? 1 : is_of_types(types, value, 0);
        if (good < 0 ||
            (!good && fj_policy_run_check(in, PyTuple_GET_ITEM(roles, 1), obj,
                                          name) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0; // of a look-up
}

static int
check_roles(fj_policy *policy, fj_input *in, const fj_rule *rule)
{
    int ret = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rule->made) && ret == 0; i++) {
        PyObject *obj = PyList_GET_ITEM(rule->made, i);
        PyObject *dict = PyObject_GenericGetDict(obj, NULL);
        ret = dict == NULL
                  ? -1
                  : check_roles_of(policy, in, rule->roles, obj, dict);
        Py_XDECREF(dict);
    }
    return ret;
}

int
fj_policy_finish(fj_policy *policy, fj_input *in)
{
    int ret = 0;
    for (size_t i = 0; i < policy->table.next_index && ret == 0; i++) {
        const fj_rule *rule = &policy->rules[i];
        if (rule->made != NULL && rule->roles != NULL) {
            ret = check_roles(policy, in, rule);
        }
        if (rule->made != NULL && rule->check_final != NULL && ret == 0) {
            ret = fj_policy_run_check(in, rule->check_final, rule->made, NULL);
        }
    }
    return ret;
}
