/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: what may be called, and with what.
 */
#include "pickle/load.h"
#include "pickle/policy.h"
#include "py/show.h"

static int
check_arguments(fj_unpickler *u, const fj_rule *rule, PyObject *args,
                PyObject *kwargs)
{
    bool none = PyTuple_GET_SIZE(args) == 0 &&
                (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0);
    if (!none && !(rule->flags & FJ_ANY_ARGUMENTS)) {
        return fj_input_refuse(
            u->in, "it makes an object of %s with arguments: %s",
            FJ_SHOW(rule->obj), FJ_SHOW((PyObject *)Py_TYPE(args)));
    }
    if (!none && fj_policy_charge(u, args) < 0) {
        return -1;
    }
    if (fj_policy_check_built(u, args) < 0 ||
        (kwargs != NULL && fj_policy_check_built(u, kwargs) < 0)) {
        return -1;
    }
    return rule->check_call == NULL
               ? 0
               : fj_policy_run_check(u->in, rule->check_call, args, kwargs);
}

/* What an instance takes, at least. */
static int
take_instance(fj_unpickler *u, PyObject *cls)
{
    return PyType_Check(cls)
               ? fj_policy_take_memory(
                     u, (uint64_t)((PyTypeObject *)cls)->tp_basicsize)
               : 0;
}

int
fj_policy_check_new(fj_unpickler *u, PyObject *cls, PyObject *args,
                    PyObject *kwargs)
{
    const fj_rule *rule = fj_policy_rule(u->policy, cls);
    if (rule == NULL || !(rule->flags & FJ_MAY_NEW) || !PyType_Check(cls)) {
        return fj_input_refuse(u->in, "it makes an instance of %s",
                               FJ_SHOW(cls));
    }
    if (!PyTuple_CheckExact(args) ||
        (kwargs != NULL && !PyDict_CheckExact(kwargs))) {
        return fj_input_refuse(u->in, "it makes an instance of %s with %s",
                               FJ_SHOW(cls),
                               FJ_SHOW((PyObject *)Py_TYPE(args)));
    }
    return take_instance(u, cls) < 0 ? -1
                                     : check_arguments(u, rule, args, kwargs);
}

/* copyreg._reconstructor(class, base, state), with which protocols 0 and 1
 * make instances: of a class that NEWOBJ may make one of, from nothing; or
 * from a dict or list, where items may be added. */
static int
check_reconstructor(fj_unpickler *u, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 3) {
        return fj_input_refuse(u->in,
                               "it calls copyreg._reconstructor with %zd "
                               "arguments",
                               PyTuple_GET_SIZE(args));
    }
    PyObject *cls = PyTuple_GET_ITEM(args, 0);
    PyObject *base = PyTuple_GET_ITEM(args, 1);
    PyObject *state = PyTuple_GET_ITEM(args, 2);
    const fj_rule *rule = fj_policy_rule(u->policy, cls);
    unsigned flags = rule == NULL ? 0 : rule->flags;
    bool plain = base == (PyObject *)&PyBaseObject_Type && state == Py_None;
    bool dict = base == (PyObject *)&PyDict_Type && PyDict_CheckExact(state) &&
                (flags & FJ_MAY_SET_ITEMS);
    bool list = base == (PyObject *)&PyList_Type && PyList_CheckExact(state) &&
                (flags & FJ_MAY_APPEND);
    if (!(flags & FJ_MAY_NEW) || !PyType_Check(cls) ||
        !(plain || dict || list)) {
        return fj_input_refuse(u->in,
                               "it makes an instance of %s from one of %s",
                               FJ_SHOW(cls), FJ_SHOW(base));
    }
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (dict && PyDict_Next(state, &pos, &key, &value)) {
        if (fj_policy_check_item_name(u, key) < 0) {
            return -1;
        }
    }
    return take_instance(u, cls);
}

/* set(list) and frozenset(list), with which protocols before 4 make sets. */
static int
check_set(fj_unpickler *u, PyObject *args)
{
    PyObject *items =
        PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (items == NULL || !PyList_CheckExact(items)) {
        return fj_input_refuse(u->in, "it makes a set of what is no list");
    }
    if (fj_policy_charge(u, args) < 0) {
        return -1;
    }
    uint64_t number = fj_input_position(u->in);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        if (fj_policy_check_key(u, number, PyList_GET_ITEM(items, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_policy_check_call(fj_unpickler *u, PyObject *func, PyObject *args)
{
    if (!PyTuple_CheckExact(args)) {
        return fj_input_refuse(u->in, "it calls %s with %s", FJ_SHOW(func),
                               FJ_SHOW((PyObject *)Py_TYPE(args)));
    }
    const fj_rule *rule = fj_policy_rule(u->policy, func);
    if (rule == NULL) {
        rule = fj_policy_rule_of_method(u->policy, func);
    }
    if (rule == NULL || !(rule->flags & FJ_MAY_CALL)) {
        return PyErr_Occurred()
                   ? -1
                   : fj_input_refuse(u->in, "it calls %s", FJ_SHOW(func));
    }
    if (func == u->state->copyreg_reconstructor) {
        return check_reconstructor(u, args);
    }
    if (func == (PyObject *)&PySet_Type ||
        func == (PyObject *)&PyFrozenSet_Type) {
        return check_set(u, args);
    }
    return take_instance(u, func) < 0 ? -1
                                      : check_arguments(u, rule, args, NULL);
}
