/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Large transfers, without the GIL and interruptible by Ctrl-C; reads use
 * several threads.
 */
#ifndef FJ_FILE_BULK_H
#define FJ_FILE_BULK_H

#include "py/compat.h"

#include "base/parallel_read.h"
#include "py/progress.h"

/* The threads that read a regular file for one load.  Set `threads`, and the
 * rest to zero. */
typedef struct {
    PyObject *threads; // borrowed; see fj_ask_threads()
    int n_threads;     // 0 until known
    fj_pool *pool;     // NULL until needed
} fj_bulk;

/* Like fj_pread_full(), but returns -1 with an exception set for all errors.
 * `done` bytes before these have been reported to `progress`. */
Py_ssize_t fj_bulk_read(fj_bulk *bulk, int fd, char *dst, size_t nbytes,
                        uint64_t offset, PyObject *filename,
                        fj_progress *progress, uint64_t done);

/* Ends the threads. */
void fj_bulk_clear(fj_bulk *bulk);

/* Writes all `nbytes` at the descriptor's position.  On one thread, since the
 * kernel lets only one at a time write to a file.  Adds the bytes to *done,
 * and reports that.  0, or -1 with an exception set. */
int fj_bulk_write(int fd, const char *data, size_t nbytes, PyObject *filename,
                  fj_progress *progress, uint64_t *done);

#endif
