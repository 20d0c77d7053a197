/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Large transfers: without the GIL, such that Ctrl-C ends them, and reads by
 * several threads.
 */
#ifndef FJ_FILE_BULK_H
#define FJ_FILE_BULK_H

#include "py/compat.h"

#include "base/parallel_read.h"
#include "py/progress.h"

/* The threads that read for one load from a regular file.  All zero but
 * `threads` at the start. */
typedef struct {
    PyObject *threads; // borrowed; see fj_ask_threads()
    int n_threads;     // 0: not asked yet
    fj_pool *pool;     // NULL: not needed yet
} fj_bulk;

/* As fj_pread_full(), but with an exception set and -1 for all errors.
 * `progress` has been told of `done` bytes before these. */
Py_ssize_t fj_bulk_read(fj_bulk *bulk, int fd, char *dst, size_t nbytes,
                        uint64_t offset, PyObject *filename,
                        fj_progress *progress, uint64_t done);

/* Ends the threads. */
void fj_bulk_clear(fj_bulk *bulk);

/* Writes all `nbytes` at the descriptor's position.  One thread: several are
 * no faster, since the kernel lets one at a time write to a file.  Adds
 * them to *done, of which it tells.  0, or -1 with an exception set. */
int fj_bulk_write(int fd, const char *data, size_t nbytes, PyObject *filename,
                  fj_progress *progress, uint64_t *done);

#endif
