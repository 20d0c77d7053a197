/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: the budgets of memory, objects, depth and time.
 */
#include "pickle/load.h"
#include "pickle/policy.h"

/* What one opcode adds to the memory, roughly: an object of the smallest kind,
 * and its place in stack, memo and container. */
enum { OPCODE_NBYTES = 80 };

int
fj_policy_expect_data(fj_unpickler *u, uint64_t nbytes)
{
    const fj_policy *policy = u->policy;
    size_t used = 0;
    bool fits = fj_size_add(policy->memory, fj_input_position(u->in), &used) &&
                fj_size_add(used, nbytes, &used);
    return fits && used <= policy->limits.memory
               ? 0
               : fj_input_refuse(
                     u->in,
                     "its objects take more than the %llu bytes that "
                     "limits.memory allows",
                     (unsigned long long)policy->limits.memory);
}

int
fj_policy_take_memory(fj_unpickler *u, uint64_t nbytes)
{
    fj_policy *policy = u->policy;
    policy->memory = UINT64_MAX - policy->memory < nbytes
                         ? UINT64_MAX
                         : policy->memory + nbytes;
    return fj_policy_expect_data(u, 0);
}

int
fj_policy_spend(fj_unpickler *u)
{
    fj_policy *policy = u->policy;
    int64_t now = fj_progress_clock();
    policy->objects += FJ_FUEL;
    if (policy->objects > policy->limits.objects) {
        return fj_input_refuse(u->in,
                               "it has more than the %llu opcodes that "
                               "limits.objects allows",
                               (unsigned long long)policy->limits.objects);
    }
    if (!u->gc_paused) {
        policy->gc_since = now;
    }
    else if ((double)(now - policy->gc_since) >
             1e9 * policy->limits.gc_seconds) {
        /* What comes now may be garbage in cycles, of which no end is in
         * sight. */
        fj_resume_gc(u);
    }
    return fj_policy_take_memory(u, (uint64_t)FJ_FUEL * OPCODE_NBYTES);
}

int
fj_policy_check_depth(fj_unpickler *u, size_t depth)
{
    const fj_policy *policy = u->policy;
    return depth < policy->limits.depth
               ? 0
               : fj_input_refuse(
                     u->in,
                     "it is nested deeper than the %llu levels that "
                     "limits.depth allows",
                     (unsigned long long)policy->limits.depth);
}

enum { ITEM_NBYTES = 8, KEY_NBYTES = 64, DICT_ITEM_NBYTES = 100 };

/* The memory of something that has a buffer, as arrays have. */
static uint64_t
buffer_nbytes(PyObject *obj)
{
    Py_buffer view;
    uint64_t nbytes = 0;
    if (!PyObject_CheckBuffer(obj)) {
        return 0;
    }
    if (PyObject_GetBuffer(obj, &view, PyBUF_STRIDED_RO) == 0) {
        nbytes = (uint64_t)view.len;
        PyBuffer_Release(&view);
    }
    else { // an array of times, or of objects
        PyErr_Clear();
        PyObject *size = PyObject_GetAttrString(obj, "nbytes");
        Py_ssize_t found = size == NULL ? 0 : PyNumber_AsSsize_t(size, NULL);
        Py_XDECREF(size);
        PyErr_Clear();
        nbytes = found > 0 ? (uint64_t)found : 0;
    }
    return nbytes;
}

/* Of an object and, where it is a tuple or dict, of what is in it. */
static uint64_t
given_nbytes(PyObject *obj, int level)
{
    if (PyTuple_CheckExact(obj)) {
        Py_ssize_t n = PyTuple_GET_SIZE(obj);
        uint64_t sum = ITEM_NBYTES * (uint64_t)n;
        for (Py_ssize_t i = 0; level < 3 && i < n; i++) {
            sum += given_nbytes(PyTuple_GET_ITEM(obj, i), level + 1);
        }
        return sum;
    }
    if (PyDict_CheckExact(obj)) {
        uint64_t sum = DICT_ITEM_NBYTES * (uint64_t)PyDict_GET_SIZE(obj);
        PyObject *key, *value;
        Py_ssize_t pos = 0;
        while (level < 3 && PyDict_Next(obj, &pos, &key, &value)) {
            sum += given_nbytes(value, level + 1);
        }
        return sum;
    }
    return PyList_CheckExact(obj) ? KEY_NBYTES * (uint64_t)PyList_GET_SIZE(obj)
           : PyAnySet_CheckExact(obj)
               ? KEY_NBYTES * (uint64_t)PySet_GET_SIZE(obj)
           : PyUnicode_CheckExact(obj) ? (uint64_t)PyUnicode_GET_LENGTH(obj)
                                       : buffer_nbytes(obj);
}

int
fj_policy_charge(fj_unpickler *u, PyObject *given)
{
    return fj_policy_take_memory(u, given_nbytes(given, 0));
}
