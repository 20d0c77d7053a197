/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tuple, list, dict and set, and adding items to them.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

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

/* Whether a container that is of no exact type of Python's may get items. */
static int
check_container(fj_unpickler *u, PyObject *container, unsigned flag)
{
    return u->policy == NULL ? 0
                             : fj_policy_check_container(u, container, flag);
}

/* With a policy: every `step`-th item from `first` on is to become a key of
 * the container; NULL: of a new one. */
static int
check_keys(fj_unpickler *u, PyObject *container, size_t first, size_t step)
{
    uint64_t number = container == NULL ? fj_input_position(u->in)
                                        : (uint64_t)(uintptr_t)container;
    for (size_t i = first; i < u->nstack; i += step) {
        if (fj_policy_check_key(u, number, u->stack[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fj_load_frozenset(fj_unpickler *u)
{
    size_t first;
    if (fj_pop_mark(u, &first) < 0) {
        return -1;
    }
    if (u->policy != NULL && check_keys(u, NULL, first, 1) < 0) {
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
    return check_container(u, container, FJ_MAY_APPEND) < 0
               ? -1
               : call_with_items(u, container, u->state->s_append, first);
}

/* Below this many items appending one by one is cheaper than making a
 * temporary list (measured: they break even between 4 and 16). */
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

/* extend() if the container has it, as PEP 307 says, else append(). */
static int
extend_other(fj_unpickler *u, PyObject *container, size_t first)
{
    PyObject *extend;
    if (check_container(u, container, FJ_MAY_APPEND) < 0) {
        return -1;
    }
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

/* A pickle may have many equal copies of a few short str keys (records that
 * were not made together).  Sharing one object for each value takes less
 * memory and makes later look-ups compare by identity.  A direct-mapped cache
 * is enough: a key that it misses just stays a copy.
 *
 * Only keys that nothing but the stack and the memo refers to are replaced, in
 * both places, so that what was one object in the graph stays one. */
enum { LONGEST_SHARED_KEY = 64, LARGEST_SHARING_DICT = 64 };

static bool
same_ascii(PyObject *a, PyObject *b)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(a);
    return n == PyUnicode_GET_LENGTH(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)n) == 0;
}

/* An equal key that was seen before, borrowed; or NULL, and then this key is
 * remembered. */
static PyObject *
find_shared_key(fj_load_caches *caches, PyObject *key)
{
    PyObject **cached =
        &caches->keys[(size_t)PyObject_Hash(key) % FJ_KEY_CACHE];
    if (*cached != NULL && same_ascii(*cached, key)) {
        return *cached;
    }
    Py_XSETREF(*cached, Py_NewRef(key));
    return NULL;
}

static bool
is_new_short_key(PyObject *key)
{
    return FJ_EXACT_REFCOUNTS && Py_REFCNT(key) == 2 &&
           PyUnicode_CheckExact(key) && PyUnicode_IS_COMPACT_ASCII(key) &&
           PyUnicode_GET_LENGTH(key) <= LONGEST_SHARED_KEY;
}

/* Shares the keys of the pairs from `first` on.  Goes from the last to the
 * first: they were memoized in order, so one pass over the end of the memo
 * finds them. */
static void
share_keys(fj_unpickler *u, size_t first)
{
    fj_load_caches *caches = fj_caches(u);
    if (caches == NULL) {
        return;
    }
    size_t npairs = (u->nstack - first) / 2;
    size_t index = u->memo_count; // one more than that of the next memo entry
    size_t steps = 4 * npairs + 16;
    for (size_t i = u->nstack; i > first; i -= 2) {
        PyObject **slot = &u->stack[i - 2];
        if (!is_new_short_key(*slot)) {
            continue;
        }
        while (index > 0 && steps > 0 && index <= u->memo_capacity &&
               u->memo[index - 1] != *slot) {
            index--;
            steps--;
        }
        if (index == 0 || steps == 0 || index > u->memo_capacity) {
            return; // memoized in another order than writers do
        }
        PyObject *shared = find_shared_key(caches, *slot);
        if (shared != NULL) {
            Py_SETREF(u->memo[index - 1], Py_NewRef(shared));
            Py_SETREF(*slot, Py_NewRef(shared));
        }
    }
}

static int
set_items(fj_unpickler *u, PyObject *container, size_t first)
{
    if ((u->nstack - first) % 2 != 0) {
        fj_input_invalid(u->in, "odd number of items for a dict");
        return -1;
    }
    bool exact = PyDict_CheckExact(container);
    if (!exact && check_container(u, container, FJ_MAY_SET_ITEMS) < 0) {
        return -1;
    }
    for (size_t i = first; !exact && u->policy != NULL && i < u->nstack;
         i += 2) {
        if (fj_policy_check_item_name(u, u->stack[i]) < 0) {
            return -1;
        }
    }
    if (u->policy != NULL && check_keys(u, container, first, 2) < 0) {
        return -1;
    }
    if (exact && u->nstack - first <= 2 * LARGEST_SHARING_DICT) {
        share_keys(u, first);
    }
    for (size_t i = first; i < u->nstack; i += 2) {
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
    if (u->policy != NULL) {
        if (!PySet_CheckExact(container)) {
            return fj_input_refuse(u->in, "it adds items to %s",
                                   Py_TYPE(container)->tp_name);
        }
        if (check_keys(u, container, first, 1) < 0) {
            return -1;
        }
    }
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
