/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/memo.h"

/* Growth keeps the load between 1/3 and 2/3.  Higher loads make probe runs
 * long, lower ones waste cache: at a million objects the table is the largest
 * thing that a dump touches at random. */
enum { INITIAL_CAPACITY = 64 };

/* Objects are 16-byte aligned, and those made one after another lie near each
 * other: dropping the low bits and nothing more keeps neighbours in
 * neighbouring entries, so that walking a graph in the order in which it was
 * made walks the table almost in order too. */
static inline size_t
hash_pointer(const PyObject *obj)
{
    return (size_t)obj >> 4;
}

/* The entry that holds `obj`, or the free one where it belongs.  Far probes
 * come soon (the upper bits join in after one step) because arenas that alias
 * in the table would otherwise pile up into long runs. */
static inline fj_memo_entry *
find_entry(const fj_memo *memo, const PyObject *obj)
{
    size_t hash = hash_pointer(obj);
    size_t perturb = hash;
    size_t i = hash & memo->mask;
    for (;;) {
        fj_memo_entry *entry = &memo->entries[i];
        if (entry->key == obj || entry->key == NULL) {
            return entry;
        }
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & memo->mask;
    }
}

int
fj_memo_init(fj_memo *memo)
{
    memo->used = 0;
    memo->next_index = 0;
    memo->mask = INITIAL_CAPACITY - 1;
    memo->entries = PyMem_Calloc(INITIAL_CAPACITY, sizeof(fj_memo_entry));
    if (memo->entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

void
fj_memo_clear(fj_memo *memo)
{
    if (memo->entries == NULL) {
        return;
    }
    fj_memo_entry *entries = memo->entries;
    size_t capacity = memo->mask + 1;
    memo->entries = NULL; // a finalizer run below must not see the table
    memo->used = 0;
    for (size_t i = 0; i < capacity; i++) {
        Py_XDECREF(entries[i].key);
    }
    PyMem_Free(entries);
}

Py_ssize_t
fj_memo_find(const fj_memo *memo, PyObject *obj)
{
    const fj_memo_entry *entry = find_entry(memo, obj);
    return entry->key == NULL ? -1 : (Py_ssize_t)entry->index;
}

static int
grow(fj_memo *memo)
{
    size_t old_capacity = memo->mask + 1;
    /* Small tables grow fast to save rehashing, large ones by two to save
     * memory. */
    size_t factor = memo->used > 50000 ? 2 : 4;
    if (old_capacity > PY_SSIZE_T_MAX / sizeof(fj_memo_entry) / factor) {
        PyErr_NoMemory();
        return -1;
    }
    fj_memo_entry *old = memo->entries;
    fj_memo_entry *entries =
        PyMem_Calloc(old_capacity * factor, sizeof(fj_memo_entry));
    if (entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memo->entries = entries;
    memo->mask = old_capacity * factor - 1;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != NULL) {
            *find_entry(memo, old[i].key) = old[i];
        }
    }
    PyMem_Free(old);
    return 0;
}

int
fj_memo_add(fj_memo *memo, PyObject *obj)
{
    if (memo->used * 3 >= memo->mask * 2 && grow(memo) < 0) {
        return -1;
    }
    fj_memo_entry *entry = find_entry(memo, obj);
    assert(entry->key == NULL);
    entry->key = Py_NewRef(obj);
    entry->index = memo->next_index++;
    memo->used++;
    return 0;
}
