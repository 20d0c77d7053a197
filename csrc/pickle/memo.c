/* SPDX-License-Identifier: BSD-3-Clause */
#include "pickle/memo.h"

/* Growing keeps the load factor between 1/3 and 2/3.  A higher one makes probe
 * sequences long, a lower one wastes cache: with a million objects the table
 * is the largest structure that a dump accesses at random. */
enum { INITIAL_CAPACITY = 16 };

/* Objects are 16-byte aligned, and those created one after another are close
 * in memory.  So only the low bits are dropped, which keeps neighbours in
 * neighbouring entries: walking a graph in the order of its creation walks the
 * table almost in order too. */
static inline size_t
hash_pointer(const PyObject *obj)
{
    return (size_t)obj >> 4;
}

/* The entry that holds `obj`, or the free one for it.  Probing jumps far
 * already at the second step (by the upper bits), because objects of arenas
 * that map to the same part of the table would otherwise form long runs. */
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
    memo->entries = NULL; // a finalizer that runs below must not see the table
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
    /* Small tables grow by four to save rehashing, large ones by two to save
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
    entry->index = memo->next_index++;
    if (FJ_LIKELY(entry->key == NULL)) {
        entry->key = Py_NewRef(obj);
        memo->used++;
    }
    return 0;
}

/* Replaces the memo's contents by another's, and frees the old ones. */
static void
replace(fj_memo *memo, fj_memo *by)
{
    fj_memo old = *memo;
    *memo = *by;
    fj_memo_clear(&old);
}

int
fj_memo_reset(fj_memo *memo)
{
    fj_memo empty;
    if (fj_memo_init(&empty) < 0) {
        return -1;
    }
    replace(memo, &empty);
    return 0;
}

int
fj_memo_traverse(const fj_memo *memo, visitproc visit, void *arg)
{
    for (size_t i = 0; memo->entries != NULL && i <= memo->mask; i++) {
        Py_VISIT(memo->entries[i].key);
    }
    return 0;
}

size_t
fj_memo_nbytes(const fj_memo *memo)
{
    return (memo->mask + 1) * sizeof *memo->entries;
}

PyObject *
fj_memo_as_dict(const fj_memo *memo)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i <= memo->mask; i++) {
        const fj_memo_entry *entry = &memo->entries[i];
        if (entry->key == NULL) {
            continue;
        }
        PyObject *id = PyLong_FromVoidPtr(entry->key);
        PyObject *pair =
            Py_BuildValue("nO", (Py_ssize_t)entry->index, entry->key);
        if (id == NULL || pair == NULL || PyDict_SetItem(dict, id, pair) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(id);
        Py_XDECREF(pair);
    }
    return dict;
}

/* Adds an entry with this index, unless the object has one.  The next index is
 * the number of entries, as for a reader with the same memo. */
static int
add_with_index(fj_memo *memo, PyObject *obj, size_t index)
{
    if (fj_memo_find(memo, obj) >= 0) {
        return 0;
    }
    memo->next_index = index;
    int ret = fj_memo_add(memo, obj);
    memo->next_index = memo->used;
    return ret;
}

int
fj_memo_copy(fj_memo *memo, const fj_memo *from)
{
    fj_memo copy;
    if (fj_memo_init(&copy) < 0) {
        return -1;
    }
    for (size_t i = 0; i <= from->mask; i++) {
        const fj_memo_entry *entry = &from->entries[i];
        if (entry->key != NULL &&
            add_with_index(&copy, entry->key, entry->index) < 0) {
            fj_memo_clear(&copy);
            return -1;
        }
    }
    copy.next_index = from->next_index;
    replace(memo, &copy);
    return 0;
}

int
fj_memo_copy_dict(fj_memo *memo, PyObject *dict)
{
    fj_memo copy;
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (fj_memo_init(&copy) < 0) {
        return -1;
    }
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2) {
            PyErr_SetString(PyExc_TypeError,
                            "'memo' values must be 2-item tuples");
            goto error;
        }
        Py_ssize_t index = PyLong_AsSsize_t(PyTuple_GET_ITEM(value, 0));
        if (index < 0) {
            if (!PyErr_Occurred()) {
                PyErr_Format(PyExc_ValueError, "memo index %zd is negative",
                             index);
            }
            goto error;
        }
        if (add_with_index(&copy, PyTuple_GET_ITEM(value, 1), (size_t)index) <
            0) {
            goto error;
        }
    }
    replace(memo, &copy);
    return 0;
error:
    fj_memo_clear(&copy);
    return -1;
}
