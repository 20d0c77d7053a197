/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pickler's memo: object identity -> index, as a flat hash table.
 *
 * An entry owns a reference to its object, so that an address cannot be used
 * again by another object while the dump runs.
 */
#ifndef FJ_PICKLE_MEMO_H
#define FJ_PICKLE_MEMO_H

#include "pycompat.h"

typedef struct {
    PyObject *key; // owned; NULL: free
    size_t index;
} fj_memo_entry;

typedef struct {
    fj_memo_entry *entries;
    size_t mask;       // capacity - 1, the capacity being a power of two
    size_t used;       // entries in the table
    size_t next_index; // what the next MEMOIZE means to the reader; runs ahead
                       // of `used` by the objects that need no look-up
} fj_memo;

int fj_memo_init(fj_memo *memo);
void fj_memo_clear(fj_memo *memo); // drops the references and the table

/* The entry's index, or -1. */
Py_ssize_t fj_memo_find(const fj_memo *memo, PyObject *obj);

/* Gives `obj`, which must not be in the table, the next index.  Takes a
 * reference of its own.  -1 with MemoryError. */
int fj_memo_add(fj_memo *memo, PyObject *obj);

#endif
