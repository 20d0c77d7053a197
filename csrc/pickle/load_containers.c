/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tuple, list, dict, set, and what is appended to them.
 */
#include "pickle/load.h"

int
fj_load_tuple(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    return fj_push_steal(u, fj_pop_tuple(u, first));
}

int
fj_load_small_tuple(fj_unpickler *u, size_t n)
{
    if (!fj_has_items(u, n)) {
        return fj_underflow(u);
    }
    return fj_push_steal(u, fj_pop_tuple(u, u->nstack - n));
}

int
fj_load_list(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    return fj_push_steal(u, fj_pop_list(u, first));
}

int
fj_load_frozenset(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    PyObject *items = fj_pop_tuple(u, first);
    if (items == NULL) {
        return -1;
    }
    PyObject *set = PyFrozenSet_New(items);
    Py_DECREF(items);
    return fj_push_steal(u, set);
}

static int
call_with_item(PyObject *method, PyObject *item)
{
    PyObject *result = PyObject_CallOneArg(method, item);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Calls the container's method with each item from `first` on. */
static int
call_with_items(fj_unpickler *u, PyObject *container, PyObject *method_name,
                size_t first)
{
    int ret = -1;
    PyObject *method = PyObject_GetAttr(container, method_name);
    if (method == NULL) {
        return -1;
    }
    for (size_t i = first; i < u->nstack; i++) {
        if (call_with_item(method, u->stack[i]) < 0) {
            goto done;
        }
    }
    fj_drop_items(u, first);
    ret = 0;
done:
    Py_DECREF(method);
    return ret;
}

int
fj_load_append(fj_unpickler *u)
{
    if (!fj_has_items(u, 2)) {
        return fj_underflow(u);
    }
    size_t first = u->nstack - 1;
    PyObject *container = u->stack[first - 1];
    if (PyList_CheckExact(container)) {
        PyObject *item = fj_pop_owned(u);
        int ret = PyList_Append(container, item);
        Py_DECREF(item);
        return ret;
    }
    return call_with_items(u, container, u->state->s_append, first);
}

/* Below this many items appending one by one is cheaper than a temporary
 * list (measured: they meet between 4 and 16). */
enum { FEW_ITEMS = 8 };

static int
extend_list(fj_unpickler *u, PyObject *list, size_t first)
{
    if (u->nstack - first < FEW_ITEMS) {
        for (size_t i = first; i < u->nstack; i++) {
            if (PyList_Append(list, u->stack[i]) < 0) {
                return -1;
            }
        }
        fj_drop_items(u, first);
        return 0;
    }
    PyObject *items = fj_pop_list(u, first);
    if (items == NULL) {
        return -1;
    }
    Py_ssize_t size = PyList_GET_SIZE(list);
    int ret = PyList_SetSlice(list, size, size, items);
    Py_DECREF(items);
    return ret;
}

/* extend() where the container has it, as PEP 307 wants, else append(). */
static int
extend_other(fj_unpickler *u, PyObject *container, size_t first)
{
    PyObject *extend;
    int found = fj_lookup_attr(container, u->state->s_extend, &extend);
    if (found < 0) {
        return -1;
    }
    if (!found) {
        return call_with_items(u, container, u->state->s_append, first);
    }
    int ret = -1;
    PyObject *items = fj_pop_list(u, first);
    if (items != NULL) {
        ret = call_with_item(extend, items);
        Py_DECREF(items);
    }
    Py_DECREF(extend);
    return ret;
}

int
fj_load_appends(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    if (first <= u->fence) {
        return fj_underflow(u);
    }
    PyObject *container = u->stack[first - 1];
    if (PyList_CheckExact(container)) {
        return extend_list(u, container, first);
    }
    return extend_other(u, container, first);
}

/* Short str keys come in few values and many copies (records).  One object
 * for each value takes less memory and makes later look-ups compare by
 * identity.  A direct-mapped cache is enough: what it misses stays a copy. */
enum { LONGEST_SHARED_KEY = 64, LARGEST_SHARING_DICT = 64 };

static bool
same_ascii(PyObject *a, PyObject *b)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(a);
    return n == PyUnicode_GET_LENGTH(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)n) == 0;
}

/* Replaces *slot, a key on the stack, by an equal one that was met before. */
static void
share_key(fj_unpickler *u, PyObject **slot)
{
    PyObject *key = *slot;
    if (!PyUnicode_CheckExact(key) || !PyUnicode_IS_COMPACT_ASCII(key) ||
        PyUnicode_GET_LENGTH(key) > LONGEST_SHARED_KEY) {
        return;
    }
    PyObject **cached =
        &u->keys[(size_t)PyObject_Hash(key) % FJ_KEY_CACHE];
    if (*cached == key) {
        return;
    }
    if (*cached != NULL && same_ascii(*cached, key)) {
        *slot = Py_NewRef(*cached);
        Py_DECREF(key);
        return;
    }
    Py_XSETREF(*cached, Py_NewRef(key));
}

static int
set_items(fj_unpickler *u, PyObject *container, size_t first)
{
    if ((u->nstack - first) % 2 != 0) {
        fj_input_invalid(u->in, "odd number of items for a dict");
        return -1;
    }
    bool exact = PyDict_CheckExact(container);
    bool share = exact && u->nstack - first <= 2 * LARGEST_SHARING_DICT;
    for (size_t i = first; i < u->nstack; i += 2) {
        if (share) {
            share_key(u, &u->stack[i]);
        }
        PyObject *key = u->stack[i];
        PyObject *value = u->stack[i + 1];
        int ret = exact ? PyDict_SetItem(container, key, value)
                        : PyObject_SetItem(container, key, value);
        if (ret < 0) {
            return -1;
        }
    }
    fj_drop_items(u, first);
    return 0;
}

int
fj_load_dict(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    PyObject *dict = PyDict_New();
    if (dict == NULL) {
        return -1;
    }
    if (set_items(u, dict, first) < 0) {
        Py_DECREF(dict);
        return -1;
    }
    return fj_push_steal(u, dict);
}

int
fj_load_setitem(fj_unpickler *u)
{
    if (!fj_has_items(u, 3)) {
        return fj_underflow(u);
    }
    size_t first = u->nstack - 2;
    return set_items(u, u->stack[first - 1], first);
}

int
fj_load_setitems(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    if (first <= u->fence) {
        return fj_underflow(u);
    }
    return set_items(u, u->stack[first - 1], first);
}

int
fj_load_additems(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    if (first <= u->fence) {
        return fj_underflow(u);
    }
    PyObject *container = u->stack[first - 1];
    if (!PyAnySet_CheckExact(container)) {
        return call_with_items(u, container, u->state->s_add, first);
    }
    for (size_t i = first; i < u->nstack; i++) {
        if (PySet_Add(container, u->stack[i]) < 0) {
            return -1;
        }
    }
    fj_drop_items(u, first);
    return 0;
}
