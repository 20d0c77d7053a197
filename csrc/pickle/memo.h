/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pickler's memo: object identity -> index, as a flat hash table.
 *
 * An entry owns a reference to its object, so that its address is not reused
 * by another object while the dump runs.
 */
#ifndef FJ_PICKLE_MEMO_H
#define FJ_PICKLE_MEMO_H

#include "py/compat.h"

typedef struct {
    PyObject *key; // owned; NULL: free
    size_t index;
} fj_memo_entry;

typedef struct {
    fj_memo_entry *entries;
    size_t mask;       // capacity - 1, the capacity being a power of two
    size_t used;       // entries in the table
    size_t next_index; // of the next MEMOIZE, as the reader counts; larger
                       // than `used` by the number of objects without an entry
} fj_memo;

int fj_memo_init(fj_memo *memo);
void fj_memo_clear(fj_memo *memo); // drops the references and the table
int fj_memo_reset(fj_memo *memo);  // leaves it as after fj_memo_init()
int fj_memo_traverse(const fj_memo *memo, visitproc visit, void *arg);
size_t fj_memo_nbytes(const fj_memo *memo);

/* The entry's index, or -1. */
Py_ssize_t fj_memo_find(const fj_memo *memo, PyObject *obj);

/* {id: (index, object)}, as Pickler.memo shows it: a new reference, or
 * NULL. */
PyObject *fj_memo_as_dict(const fj_memo *memo);

/* Replaces the contents by a copy of another memo's, or of such a dict.  On
 * error, as for a value that is no such pair, nothing is changed. */
int fj_memo_copy(fj_memo *memo, const fj_memo *from);
int fj_memo_copy_dict(fj_memo *memo, PyObject *dict);

/* Gives `obj` the next index, even if it has one: a recursive object may be
 * written twice, and the reader counts both times.  Takes its own reference.
 * 0, or -1 with MemoryError. */
int fj_memo_add(fj_memo *memo, PyObject *obj);

#endif
