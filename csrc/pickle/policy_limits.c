/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Restricted loading: the budgets of memory, objects, depth and time.
 */
#include "base/platform.h"
#include "pickle/load.h"
#include "pickle/policy.h"

/* What one opcode adds to the memory, roughly: an object of the smallest kind,
 * and its place in stack, memo and container. */
enum { OPCODE_NBYTES = 80 };

/* Opcodes can have an object of any size copied again and again.  What it
 * takes, roughly: an item in a set, and an entry of a dict. */
enum {
    COPIED_ITEM_NBYTES = 64,
    COPIED_ENTRY_NBYTES = 256,
    SMALLEST_COPY = 1024, // what is less is in the opcodes' share
};

/* Small files may hold that much more than they have. */
#define ALWAYS_DATA_NBYTES (UINT64_C(64) << 20)
#define ALWAYS_MEMORY_NBYTES (UINT64_C(1) << 30)
enum { MEMORY_PER_BYTE = 100 };

uint64_t
fj_limits_data(const fj_limits *limits, int64_t file_nbytes)
{
    if (file_nbytes < 0) {
        return 0;
    }
    double nbytes = limits->ratio * (double)file_nbytes;
    if (nbytes >= (double)UINT64_MAX) {
        return UINT64_MAX;
    }
    /* Not of a number either, which infinity times no bytes is. */
    return nbytes > (double)ALWAYS_DATA_NBYTES ? (uint64_t)nbytes
                                               : ALWAYS_DATA_NBYTES;
}

uint64_t
fj_limits_memory(int64_t file_nbytes)
{
    bool known = file_nbytes >= 0 &&
                 (uint64_t)file_nbytes <
                     (UINT64_MAX - ALWAYS_MEMORY_NBYTES) / MEMORY_PER_BYTE;
    return known
               ? ALWAYS_MEMORY_NBYTES + (uint64_t)file_nbytes * MEMORY_PER_BYTE
               : UINT64_MAX;
}

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

/* The memory of an array, or of something else that has a buffer. */
static uint64_t
buffer_nbytes(const fj_unpickler *u, PyObject *obj)
{
    Py_ssize_t nbytes = u->hook == NULL || u->hook->copy_nbytes == NULL
                            ? -1
                            : u->hook->copy_nbytes(obj);
    Py_buffer view;
    if (nbytes < 0 && PyObject_CheckBuffer(obj)) {
        if (PyObject_GetBuffer(obj, &view, PyBUF_STRIDED_RO) == 0) {
            nbytes = view.len;
            PyBuffer_Release(&view);
        }
        PyErr_Clear();
    }
    return nbytes < 0 ? 0 : (uint64_t)nbytes;
}

/* What a copy of the value takes that a call or a state makes, or what a check
 * looks at; of what is in a tuple or in a dict of attributes too, since that is
 * how arguments and states come. */
static uint64_t
copy_nbytes(const fj_unpickler *u, PyObject *value, int level)
{
    if (fj_is_atom(value)) {
        return 0;
    }
    if (PyUnicode_CheckExact(value)) {
        return (uint64_t)PyUnicode_GET_LENGTH(value) * PyUnicode_KIND(value);
    }
    if (PyDict_CheckExact(value)) {
        uint64_t nbytes =
            (uint64_t)PyDict_GET_SIZE(value) * COPIED_ENTRY_NBYTES;
        PyObject *key, *item;
        Py_ssize_t pos = 0;
        while (level < 2 && PyDict_Next(value, &pos, &key, &item)) {
            nbytes += copy_nbytes(u, item, 2);
        }
        return nbytes;
    }
    if (PyAnySet_CheckExact(value)) {
        return (uint64_t)PySet_GET_SIZE(value) * COPIED_ITEM_NBYTES;
    }
    if (PyList_CheckExact(value)) {
        return (uint64_t)PyList_GET_SIZE(value) * COPIED_ITEM_NBYTES;
    }
    if (!PyTuple_CheckExact(value)) {
        return buffer_nbytes(u, value);
    }
    uint64_t nbytes = (uint64_t)PyTuple_GET_SIZE(value) * COPIED_ITEM_NBYTES;
    for (Py_ssize_t i = 0; level < 2 && i < PyTuple_GET_SIZE(value); i++) {
        nbytes += copy_nbytes(u, PyTuple_GET_ITEM(value, i), level + 1);
    }
    return nbytes;
}

int
fj_policy_take_copied(fj_unpickler *u, uint64_t nbytes)
{
    return nbytes < SMALLEST_COPY ? 0 : fj_policy_take_memory(u, nbytes);
}

int
fj_policy_take_copy(fj_unpickler *u, PyObject *value)
{
    return fj_policy_take_copied(u, copy_nbytes(u, value, 0));
}

uint64_t
fj_policy_entry_nbytes(const fj_unpickler *u, PyObject *value)
{
    return COPIED_ENTRY_NBYTES + copy_nbytes(u, value, 2);
}

int
fj_policy_spend(fj_unpickler *u)
{
    fj_policy *policy = u->policy;
    int64_t now = fj_monotonic();
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
