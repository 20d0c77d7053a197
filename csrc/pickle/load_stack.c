/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unpickler's stack and marks.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

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
    PyObject **stack = grow_array(u->stack, &u->stack_capacity, sizeof *stack);
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
    if (FJ_UNLIKELY(u->policy != NULL) &&
        fj_policy_check_depth(u, u->nmarks) < 0) {
        return -1;
    }
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
