/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unpickler's stack, marks and memo.
 */
#include "pickle/load.h"

enum {
    SMALL_MEMO = 64, // indices up to here always go into the array
    /* With this many objects memoized a load is large: the cyclic collector
     * would walk them again and again, and find nothing, since all of them
     * are in use. */
    GC_PAUSE_OBJECTS = 4096,
};

static void *
grow_array(void *array, size_t *capacity, size_t item_nbytes)
{
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *grown = NULL;
    if (wanted <= PY_SSIZE_T_MAX / item_nbytes) {
        grown = PyMem_Realloc(array, wanted * item_nbytes);
    }
    if (grown == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *capacity = wanted;
    return grown;
}

int
fj_grow_stack(fj_unpickler *u)
{
    PyObject **stack =
        grow_array(u->stack, &u->stack_capacity, sizeof *stack);
    if (stack == NULL) {
        return -1;
    }
    u->stack = stack;
    return 0;
}

int
fj_underflow(fj_unpickler *u)
{
    fj_input_invalid(u->in, u->nmarks > 0 ? "unexpected MARK found"
                                          : "unpickling stack underflow");
    return -1;
}

int
fj_push_mark(fj_unpickler *u)
{
    if (u->nmarks == u->marks_capacity) {
        size_t *marks =
            grow_array(u->marks, &u->marks_capacity, sizeof *marks);
        if (marks == NULL) {
            return -1;
        }
        u->marks = marks;
    }
    u->marks[u->nmarks++] = u->nstack;
    u->fence = u->nstack;
    return 0;
}

int
fj_pop_mark(fj_unpickler *u, size_t *first_ret)
{
    if (u->nmarks == 0) {
        fj_input_invalid(u->in, "could not find MARK");
        return -1;
    }
    *first_ret = u->marks[--u->nmarks];
    u->fence = u->nmarks > 0 ? u->marks[u->nmarks - 1] : 0;
    return 0;
}

void
fj_drop_items(fj_unpickler *u, size_t first)
{
    while (u->nstack > first) {
        PyObject *obj = fj_pop_owned(u);
        Py_DECREF(obj);
    }
}

PyObject *
fj_pop_tuple(fj_unpickler *u, size_t first)
{
    Py_ssize_t n = (Py_ssize_t)(u->nstack - first);
    PyObject *tuple = PyTuple_New(n);
    if (tuple == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyTuple_SET_ITEM(tuple, i, u->stack[first + (size_t)i]);
    }
    u->nstack = first;
    return tuple;
}

PyObject *
fj_pop_list(fj_unpickler *u, size_t first)
{
    Py_ssize_t n = (Py_ssize_t)(u->nstack - first);
    PyObject *list = PyList_New(n);
    if (list == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyList_SET_ITEM(list, i, u->stack[first + (size_t)i]);
    }
    u->nstack = first;
    return list;
}

/* Memo indices are claims too: the array grows with the number of entries,
 * and an index far beyond goes to a dict. */
static int
grow_memo(fj_unpickler *u, size_t index)
{
    size_t capacity = u->memo_capacity;
    while (capacity <= index) {
        capacity *= 2;
    }
    PyObject **memo = PyMem_Realloc(u->memo, capacity * sizeof *memo);
    if (memo == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(memo + u->memo_capacity, 0,
           (capacity - u->memo_capacity) * sizeof *memo);
    u->memo = memo;
    u->memo_capacity = capacity;
    if (capacity >= GC_PAUSE_OBJECTS) {
        fj_pause_gc(u);
    }
    return 0;
}

static int
put_sparse(fj_unpickler *u, uint64_t index, PyObject *obj)
{
    int ret = -1;
    PyObject *key = PyLong_FromUnsignedLongLong(index);
    if (u->sparse_memo == NULL) {
        u->sparse_memo = PyDict_New();
    }
    if (key != NULL && u->sparse_memo != NULL) {
        Py_ssize_t before = PyDict_GET_SIZE(u->sparse_memo);
        ret = PyDict_SetItem(u->sparse_memo, key, obj);
        u->memo_count += (size_t)(PyDict_GET_SIZE(u->sparse_memo) - before);
    }
    Py_XDECREF(key);
    return ret;
}

int
fj_memo_put(fj_unpickler *u, uint64_t index)
{
    if (!fj_has_items(u, 1)) {
        return fj_underflow(u);
    }
    PyObject *obj = u->stack[u->nstack - 1];
    if (FJ_UNLIKELY(index >= u->memo_capacity)) {
        if (index > 2 * (uint64_t)u->memo_count + SMALL_MEMO) {
            return put_sparse(u, index, obj);
        }
        if (grow_memo(u, (size_t)index) < 0) {
            return -1;
        }
    }
    PyObject *old = u->memo[index];
    u->memo[index] = Py_NewRef(obj);
    if (FJ_LIKELY(old == NULL)) {
        u->memo_count++;
    }
    else {
        u->memo_rewrites++;
        Py_DECREF(old);
    }
    return 0;
}

int
fj_unpickler_skip_memo(fj_unpickler *u, size_t n)
{
    u->memo_count += n;
    if (u->memo_count >= u->memo_capacity) {
        return grow_memo(u, u->memo_count);
    }
    return 0;
}
