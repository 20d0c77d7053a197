/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: how deep objects are within each other that are freed by
 * recursion.
 *
 * Python frees lists, dicts, instances of its own classes and the like without
 * going deeper and deeper into the C stack.  Most compiled types have no such
 * care: an array of objects in an array of objects, a hundred thousand times,
 * would crash the process when it is freed.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

/* Each level takes a few hundred bytes of the stack. */
enum { MAX_DEPTH = 1000 };

/* Whether Python takes care of the type, or there is nothing in it. */
static bool
is_careful(const fj_unpickler *u, PyTypeObject *type)
{
    PyTypeObject *pythons = (PyTypeObject *)u->state->untrusted_error;
    return type->tp_dealloc == pythons->tp_dealloc ||
           type == &PyUnicode_Type || type == &PyLong_Type ||
           type == &PyFloat_Type || type == &PyBytes_Type ||
           type == &PyBool_Type || type == &PyList_Type ||
           type == &PyTuple_Type || type == &PyDict_Type ||
           type == &PySet_Type || type == &PyFrozenSet_Type ||
           type == Py_TYPE(Py_None) || type == &PyType_Type;
}

/* Sets *depth_ret to one more than the depth of the deepest object in `value`,
 * if it is larger than that; looks into tuples, lists and dicts, but not into
 * theirs. */
static int
measure(fj_unpickler *u, PyObject *value, int level, uint32_t *depth_ret)
{
    int ret = 0;
    if (fj_is_atom(value)) {
        return 0;
    }
    if (level < 2 && PyTuple_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value) && ret == 0; i++) {
            ret = measure(u, PyTuple_GET_ITEM(value, i), level + 1, depth_ret);
        }
        return ret;
    }
    if (level < 2 && PyList_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value) && ret == 0; i++) {
            ret = measure(u, PyList_GET_ITEM(value, i), level + 1, depth_ret);
        }
        return ret;
    }
    if (level < 2 && PyDict_CheckExact(value)) {
        PyObject *key, *item;
        Py_ssize_t pos = 0;
        while (ret == 0 && PyDict_Next(value, &pos, &key, &item)) {
            ret = measure(u, item, level + 1, depth_ret);
        }
        return ret;
    }
    if (is_careful(u, Py_TYPE(value))) {
        return 0;
    }
    /* What may be a key holds no more than plain values: dtypes, numbers. */
    const fj_rule *rule = fj_policy_rule_of_type(u->policy, Py_TYPE(value));
    if (rule == NULL) {
        return -1;
    }
    const fj_note *note = fj_policy_find_note(u->policy, value);
    uint32_t depth = note == NULL ? 1 : note->depth + 1;
    if (!(rule->flags & FJ_MAY_BE_KEY) && depth > *depth_ret) {
        *depth_ret = depth;
    }
    return 0;
}

int
fj_policy_note_parts(fj_unpickler *u, PyObject *obj, PyObject *parts)
{
    uint32_t depth = 0;
    if (is_careful(u, Py_TYPE(obj))) {
        return 0;
    }
    if (measure(u, parts, 0, &depth) < 0) {
        return -1;
    }
    if (depth == 0) {
        return 0;
    }
    if (depth > MAX_DEPTH) {
        return fj_input_refuse(u->in, "objects of %s are nested too deeply",
                               Py_TYPE(obj)->tp_name);
    }
    fj_note *note = fj_policy_add_note(u->policy, obj);
    if (note == NULL) {
        return -1;
    }
    note->depth = depth;
    return 0;
}
