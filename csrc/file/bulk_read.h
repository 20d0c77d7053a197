/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Large reads of one load from a regular file: by several threads, without
 * the GIL, and such that Ctrl-C ends them.
 */
#ifndef FJ_FILE_BULK_READ_H
#define FJ_FILE_BULK_READ_H

#include "pycompat.h"

#include "base/parallel_read.h"

/* All zero but `threads` at the start. */
typedef struct {
    PyObject *threads;  // borrowed; called to learn how many; NULL: one
    unsigned n_threads; // 0: not asked yet
    fj_pool *pool;      // NULL: not needed yet
} fj_bulk_reader;

/* As fj_pread_full(), but with an exception set and -1 for all errors. */
Py_ssize_t fj_bulk_read(fj_bulk_reader *reader, int fd, char *dst,
                        size_t nbytes, uint64_t offset, PyObject *filename);

/* Ends the threads. */
void fj_bulk_reader_clear(fj_bulk_reader *reader);

#endif
