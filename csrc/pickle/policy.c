/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/policy.h"

#include "pickle/load.h"
#include "pickle/names.h"

int
fj_policy_init(fj_policy *policy, fj_state *state, PyObject *find,
               PyObject *find_type, const fj_limits *limits)
{
    memset(policy, 0, sizeof *policy);
    policy->state = state;
    policy->find = find;
    policy->find_type = find_type;
    policy->limits = *limits;
    return fj_memo_init(&policy->table);
}

static void
clear_rule(fj_rule *rule)
{
    Py_CLEAR(rule->check_call);
    Py_CLEAR(rule->check_state);
    Py_CLEAR(rule->check_final);
    Py_CLEAR(rule->made);
}

void
fj_policy_clear(fj_policy *policy)
{
    for (size_t i = 0; i < policy->table.next_index; i++) {
        clear_rule(&policy->rules[i]);
    }
    PyMem_Free(policy->rules);
    PyMem_Free(policy->collisions);
    Py_CLEAR(policy->unbuilt);
    Py_CLEAR(policy->depths);
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

int
fj_policy_finish(fj_policy *policy, fj_input *in)
{
    int ret = 0;
    for (size_t i = 0; i < policy->table.next_index && ret == 0; i++) {
        const fj_rule *rule = &policy->rules[i];
        if (rule->made != NULL) {
            ret = fj_policy_run_check(in, rule->check_final, rule->made, NULL);
        }
    }
    return ret;
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

/* What `find` or `find_type` has returned: a pair of the object and its rule's
 * parts, or None. */
static int
check_found(PyObject *found)
{
    if (found == Py_None ||
        (PyTuple_CheckExact(found) && PyTuple_GET_SIZE(found) == 5 &&
         PyLong_CheckExact(PyTuple_GET_ITEM(found, 1)))) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "a policy has found %R", found);
    return -1;
}

fj_rule *
fj_policy_rule_of_type(fj_policy *policy, PyTypeObject *type)
{
    fj_rule *rule = fj_policy_rule(policy, (PyObject *)type);
    if (rule == NULL) {
        PyObject *found =
            PyObject_CallOneArg(policy->find_type, (PyObject *)type);
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
find(fj_unpickler *u, PyObject *module_name, PyObject *name)
{
    fj_policy *policy = u->policy;
    PyObject *found =
        PyObject_CallFunctionObjArgs(policy->find, module_name, name, NULL);
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
        module == NULL || name == NULL
            ? NULL
            : PyObject_CallFunctionObjArgs(policy->find, module, name, NULL);
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
        obj = find(u, current, name);
        Py_DECREF(current);
    }
    return obj;
}

int
fj_policy_note_made(fj_unpickler *u, PyObject *func, PyObject *obj)
{
    fj_rule *rule = fj_policy_rule(u->policy, func);
    if (func == u->state->copyreg_reconstructor) {
        rule = fj_policy_rule(u->policy, (PyObject *)Py_TYPE(obj));
    }
    if (rule == NULL || rule->check_final == NULL) {
        return 0;
    }
    if (rule->made == NULL) {
        rule->made = PyList_New(0);
    }
    return rule->made == NULL ? -1 : PyList_Append(rule->made, obj);
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
