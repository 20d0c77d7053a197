/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unpickler's memo: an array, and a dict for indices far beyond it.
 */
#include "pickle/load.h"

enum {
    SMALL_MEMO = 64, // lower indices always go into the array
    /* A load with this many memoized objects is large.  The cyclic garbage
     * collector would visit them again and again in vain, since all are in
     * use. */
    GC_PAUSE_OBJECTS = 4096,
};

/* Memo indices are not trusted: the array grows with the number of entries,
 * and indices far beyond it go into a dict. */
static int
grow_memo(fj_unpickler *u, size_t index)
{
    size_t capacity = u->memo_capacity > 0 ? u->memo_capacity : SMALL_MEMO;
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
    if (capacity >= GC_PAUSE_OBJECTS && u->in != NULL) { // in a load
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

static int
put(fj_unpickler *u, uint64_t index, PyObject *obj)
{
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
fj_memo_put(fj_unpickler *u, uint64_t index)
{
    if (!fj_has_items(u, 1)) {
        return fj_underflow(u);
    }
    return put(u, index, u->stack[u->nstack - 1]);
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

static PyObject *
find_sparse(fj_unpickler *u, uint64_t index)
{
    PyObject *obj = NULL;
    if (u->sparse_memo != NULL) {
        PyObject *key = PyLong_FromUnsignedLongLong(index);
        if (key != NULL) {
            obj = PyDict_GetItemWithError(u->sparse_memo, key);
            Py_DECREF(key);
        }
    }
    return obj;
}

int
fj_memo_get_sparse(fj_unpickler *u, uint64_t index)
{
    PyObject *obj = find_sparse(u, index);
    if (obj == NULL && !PyErr_Occurred()) {
        fj_input_invalid(u->in, "Memo value not found at index %llu",
                         (unsigned long long)index);
    }
    return fj_push_steal(u, Py_XNewRef(obj));
}

/* The contents of a memo, taken out before they are freed, since a finalizer
 * may use the unpickler. */
typedef struct {
    PyObject **objects;
    size_t capacity;
    PyObject *sparse;
} old_memo;

static old_memo
take_memo(fj_unpickler *u)
{
    old_memo old = {u->memo, u->memo_capacity, u->sparse_memo};
    u->memo = NULL;
    u->memo_capacity = 0;
    u->sparse_memo = NULL;
    u->memo_count = 0;
    u->memo_rewrites++; // invalidates what hooks know about its objects
    return old;
}

static void
drop_memo(const old_memo *old)
{
    for (size_t i = 0; i < old->capacity; i++) {
        Py_XDECREF(old->objects[i]);
    }
    PyMem_Free(old->objects);
    Py_XDECREF(old->sparse);
}

void
fj_unpickler_clear_memo(fj_unpickler *u)
{
    old_memo old = take_memo(u);
    drop_memo(&old);
}

int
fj_unpickler_traverse_memo(const fj_unpickler *u, visitproc visit, void *arg)
{
    for (size_t i = 0; i < u->memo_capacity; i++) {
        Py_VISIT(u->memo[i]);
    }
    Py_VISIT(u->sparse_memo);
    return 0;
}

static int
copy_array_to_dict(const fj_unpickler *u, PyObject *dict)
{
    for (size_t i = 0; i < u->memo_capacity; i++) {
        if (u->memo[i] == NULL) {
            continue;
        }
        PyObject *index = PyLong_FromSize_t(i);
        int ret = index == NULL ? -1 : PyDict_SetItem(dict, index, u->memo[i]);
        Py_XDECREF(index);
        if (ret < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *
fj_unpickler_copy_memo(const fj_unpickler *u)
{
    PyObject *dict =
        u->sparse_memo != NULL ? PyDict_Copy(u->sparse_memo) : PyDict_New();
    if (dict != NULL && copy_array_to_dict(u, dict) < 0) {
        Py_CLEAR(dict);
    }
    return dict;
}

static int
check_index(PyObject *index, size_t *index_ret)
{
    if (!PyLong_Check(index)) {
        PyErr_SetString(PyExc_TypeError, "memo key must be integers");
        return -1;
    }
    Py_ssize_t value = PyLong_AsSsize_t(index);
    if (value == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (value < 0) {
        PyErr_SetString(PyExc_ValueError, "memo key must be positive "
                                          "integers.");
        return -1;
    }
    *index_ret = (size_t)value;
    return 0;
}

int
fj_unpickler_set_memo(fj_unpickler *u, PyObject *dict)
{
    fj_unpickler copy = {.state = u->state}; // only its memo is used
    PyObject *key, *obj;
    Py_ssize_t pos = 0;
    size_t index;
    while (PyDict_Next(dict, &pos, &key, &obj)) {
        Py_INCREF(obj); // the garbage collector may run any code
        int ret = check_index(key, &index) < 0 ? -1 : put(&copy, index, obj);
        Py_DECREF(obj);
        if (ret < 0) {
            fj_unpickler_clear_memo(&copy);
            return -1;
        }
    }
    old_memo old = take_memo(u);
    u->memo = copy.memo;
    u->memo_capacity = copy.memo_capacity;
    u->sparse_memo = copy.sparse_memo;
    u->memo_count = copy.memo_count;
    drop_memo(&old);
    return 0;
}
