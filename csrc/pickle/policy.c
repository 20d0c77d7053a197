/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/policy.h"

#include "base/platform.h"
#include "pickle/load.h"
#include "pickle/names.h"

int
fj_policy_init(fj_policy *policy, fj_state *state, const fj_trust *trust,
               const fj_limits *limits, int64_t file_nbytes)
{
    memset(policy, 0, sizeof *policy);
    policy->state = state;
    policy->trust = *trust;
    policy->limits = *limits;
    policy->gc_since = fj_monotonic();
    if (limits->memory == FJ_BY_SIZE) {
        policy->limits.memory = fj_limits_memory(file_nbytes);
    }
    return fj_memo_init(&policy->table);
}

static void
clear_rule(fj_rule *rule)
{
    Py_CLEAR(rule->check_call);
    Py_CLEAR(rule->check_state);
    Py_CLEAR(rule->check_final);
    Py_CLEAR(rule->roles);
    Py_CLEAR(rule->names);
    Py_CLEAR(rule->made);
}

void
fj_policy_clear(fj_policy *policy)
{
    for (size_t i = 0; i < policy->table.next_index; i++) {
        clear_rule(&policy->rules[i]);
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(policy->names); i++) {
        Py_CLEAR(policy->names[i].name);
    }
    PyMem_Free(policy->rules);
    PyMem_Free(policy->collisions);
    fj_policy_clear_notes(policy);
    fj_memo_clear(&policy->table);
}

/* Makes UntrustedError of what a check has raised; returns -1. */
static int
explain_refusal(fj_input *in)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) ||
        PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyObject *type, *cause, *traceback, *error;
    PyErr_Fetch(&type, &cause, &traceback);
    PyErr_NormalizeException(&type, &cause, &traceback);
    PyObject *detail = PyObject_Str(cause);
    if (detail != NULL) {
        fj_input_refuse(in, "%U", detail);
        Py_DECREF(detail);
    }
    Py_DECREF(type);
    Py_XDECREF(traceback);
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyException_SetCause(error, cause);
    PyErr_Restore(type, error, traceback);
    return -1;
}

int
fj_policy_run_check(fj_input *in, PyObject *check, PyObject *first,
                    PyObject *second)
{
    PyObject *result =
        PyObject_CallFunctionObjArgs(check, first, second, NULL);
    if (result == NULL) {
        return explain_refusal(in);
    }
    Py_DECREF(result);
    return 0;
}

/* Room for one more rule. */
static int
grow_rules(fj_policy *policy)
{
    size_t capacity = policy->capacity == 0 ? 16 : policy->capacity * 2;
    fj_rule *rules =
        PyMem_Realloc(policy->rules, capacity * sizeof *policy->rules);
    if (rules == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    policy->rules = rules;
    policy->capacity = capacity;
    return 0;
}

static PyObject *
new_check(PyObject *check)
{
    return check == Py_None ? NULL : Py_NewRef(check);
}

/* Adds the rule for `obj` that `found` has behind it; None: nothing is
 * allowed.  Borrowed, or NULL with an exception set. */
static fj_rule *
add_rule(fj_policy *policy, PyObject *obj, PyObject *found)
{
    size_t i = policy->table.next_index;
    if ((i == policy->capacity && grow_rules(policy) < 0) ||
        fj_memo_add(&policy->table, obj) < 0) {
        return NULL;
    }
    fj_rule *rule = &policy->rules[i];
    *rule = (fj_rule){.obj = obj};
    if (found != Py_None) {
        rule->flags =
            (unsigned)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(found, 1));
        rule->check_call = new_check(PyTuple_GET_ITEM(found, 2));
        rule->check_state = new_check(PyTuple_GET_ITEM(found, 3));
        rule->check_final = new_check(PyTuple_GET_ITEM(found, 4));
        rule->roles = new_check(PyTuple_GET_ITEM(found, 5));
        rule->names = new_check(PyTuple_GET_ITEM(found, 6));
    }
    return rule;
}

fj_rule *
fj_policy_rule(fj_policy *policy, PyObject *obj)
{
    size_t *cached = &policy->cache[((size_t)obj >> 4) % FJ_RULE_CACHE];
    if (*cached > 0 && policy->rules[*cached - 1].obj == obj) {
        return &policy->rules[*cached - 1];
    }
    Py_ssize_t i = fj_memo_find(&policy->table, obj);
    if (i < 0) {
        return NULL;
    }
    *cached = (size_t)i + 1;
    return &policy->rules[i];
}

/* The rule that the object has, else a new one: borrowed, or NULL with an
 * exception set. */
static fj_rule *
rule_from(fj_policy *policy, PyObject *obj, PyObject *found)
{
    fj_rule *rule = fj_policy_rule(policy, obj);
    return rule != NULL ? rule : add_rule(policy, obj, found);
}

/* Whether that is what `find` or `find_type` may return. */
static int
check_found(PyObject *found)
{
    if (found == Py_None ||
        (PyTuple_CheckExact(found) && PyTuple_GET_SIZE(found) == 7 &&
         PyLong_CheckExact(PyTuple_GET_ITEM(found, 1)))) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "a policy has found %R", found);
    return -1;
}

/* A new reference, or NULL. */
static PyObject *
found_before(PyObject *dict, PyObject *key)
{
    PyObject *found = PyDict_GetItemWithError(dict, key);
    return found == NULL ? NULL : Py_NewRef(found);
}

/* A new reference, or NULL. */
static PyObject *
find_type(fj_policy *policy, PyTypeObject *type)
{
    PyObject *key = (PyObject *)type;
    PyObject *found = found_before(policy->trust.found_types, key);
    return found != NULL || PyErr_Occurred()
               ? found
               : PyObject_CallOneArg(policy->trust.find_type, key);
}

/* The same for a global. */
static PyObject *
find(fj_policy *policy, PyObject *module_name, PyObject *name)
{
    PyObject *key = PyTuple_Pack(2, module_name, name);
    PyObject *found =
        key == NULL ? NULL : found_before(policy->trust.found, key);
    if (found == NULL && !PyErr_Occurred()) {
        found = PyObject_Call(policy->trust.find, key, NULL);
    }
    Py_XDECREF(key);
    return found;
}

fj_rule *
fj_policy_rule_of_type(fj_policy *policy, PyTypeObject *type)
{
    fj_rule *rule = fj_policy_rule(policy, (PyObject *)type);
    if (rule == NULL) {
        PyObject *found = find_type(policy, type);
        if (found != NULL && check_found(found) == 0) {
            rule = add_rule(policy, (PyObject *)type, found);
        }
        Py_XDECREF(found);
    }
    return rule;
}

/* The name is the file's, and may hold anything. */
static void
refuse_name(fj_input *in, PyObject *module_name, PyObject *name)
{
    PyObject *full = PyUnicode_FromFormat("%U.%U", module_name, name);
    if (full != NULL) {
        fj_input_refuse(in, "it names %.200R, which is not trusted", full);
        Py_DECREF(full);
    }
}

/* The module and name as the tables have them: a new reference to the object,
 * or NULL. */
static PyObject *
find_global(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    fj_policy *policy = u->policy;
    PyObject *found = find(policy, module_name, name);
    if (found == NULL || check_found(found) < 0) {
        Py_XDECREF(found);
        return NULL;
    }
    PyObject *obj = NULL;
    if (found == Py_None) {
        refuse_name(u->in, module_name, name);
    }
    else {
        obj = PyTuple_GET_ITEM(found, 0);
        obj = rule_from(policy, obj, found) == NULL ? NULL : Py_NewRef(obj);
    }
    Py_DECREF(found);
    return obj;
}

/* A class method of a compiled class is another object each time that it is
 * looked up: its rule is that of the one in the tables. */
fj_rule *
fj_policy_rule_of_method(fj_policy *policy, PyObject *func)
{
    PyObject *self =
        PyCFunction_Check(func) ? PyCFunction_GET_SELF(func) : NULL;
    if (self == NULL || !PyType_Check(self)) {
        return NULL;
    }
    PyObject *module = PyObject_GetAttrString(self, "__module__");
    PyObject *name = PyObject_GetAttrString(func, "__qualname__");
    PyObject *found =
        module == NULL || name == NULL ? NULL : find(policy, module, name);
    fj_rule *rule = NULL;
    if (found != NULL && found != Py_None && check_found(found) == 0) {
        PyObject *obj = PyTuple_GET_ITEM(found, 0);
        if (PyObject_RichCompareBool(func, obj, Py_EQ) == 1) {
            rule = rule_from(policy, obj, found);
        }
    }
    Py_XDECREF(module);
    Py_XDECREF(name);
    Py_XDECREF(found);
    return rule;
}

/* What the hook puts in place of a global is read by the hook, which trusts
 * nothing.  Takes the reference. */
static PyObject *
allow_wrapper(fj_policy *policy, PyObject *obj)
{
    if (fj_policy_rule(policy, obj) == NULL) {
        fj_rule *rule = add_rule(policy, obj, Py_None);
        if (rule == NULL) {
            Py_DECREF(obj);
            return NULL;
        }
        rule->flags = FJ_MAY_NEW | FJ_MAY_BUILD;
    }
    return obj;
}

PyObject *
fj_policy_global(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    PyObject *obj = NULL;
    if (u->hook != NULL && u->hook->find_global != NULL &&
        u->hook->find_global(u, module_name, name, &obj) != 0) {
        return obj == NULL ? NULL : allow_wrapper(u->policy, obj);
    }
    if (u->proto < 3 && u->fix_imports &&
        fj_map_from_python2(u->state, &module_name, &name) < 0) {
        return NULL;
    }
    PyObject *current = fj_current_module(u->state, module_name);
    if (current != NULL) {
        obj = find_global(u, current, name);
        Py_DECREF(current);
    }
    return obj;
}

int
fj_policy_refuse_opcode(fj_unpickler *u, int opcode)
{
    return fj_input_refuse(
        u->in,
        "it has the opcode 0x%x, which no writer of today uses, "
        "or whose object is not in the file",
        opcode);
}
