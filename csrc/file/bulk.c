/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/bulk.h"

#include <errno.h>

#include "base/fileio.h"
#include "py/threads.h"
#include "py/unlocked.h"

/* Written between two checks for signals: 80 ms with a disk of 100 MB/s. */
#define WRITE_PIECE ((size_t)8 << 20)

/* The fj_read_watch of fj_pread_parallel(). */
static bool
go_on(void *unlocked, size_t nbytes)
{
    return fj_unlocked_go_on(unlocked, nbytes);
}

static int
prepare(fj_bulk *bulk, size_t nbytes)
{
    if (nbytes < FJ_READ_PARALLEL || bulk->pool != NULL) {
        return 0;
    }
    if (bulk->n_threads == 0) {
        bulk->n_threads = fj_ask_threads(bulk->threads);
    }
    if (bulk->n_threads > 1) {
        bulk->pool = fj_pool_start((unsigned)bulk->n_threads,
                                   (size_t)bulk->n_threads, FJ_POOL_ANY_ORDER);
    }
    return bulk->n_threads < 0 ? -1 : 0;
}

Py_ssize_t
fj_bulk_read(fj_bulk *bulk, int fd, char *dst, size_t nbytes, uint64_t offset,
             PyObject *filename, fj_progress *progress, uint64_t done)
{
    if (prepare(bulk, nbytes) < 0) {
        return -1;
    }
    fj_pool *pool = nbytes < FJ_READ_PARALLEL ? NULL : bulk->pool;
    fj_unlocked unlocked;
    const fj_read_watch watch = {.go_on = go_on, .arg = &unlocked};
    fj_unlocked_begin(&unlocked, progress, done);
    int64_t n = fj_pread_parallel(pool, (unsigned)bulk->n_threads, fd, dst,
                                  nbytes, offset, &watch);
    bool stopped = fj_unlocked_end(&unlocked) < 0;
    if (n < 0) {
        if (!stopped) {
            errno = (int)-n;
            PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
        }
        return -1;
    }
    return fj_progress_report(progress, done + (uint64_t)n) < 0
               ? -1
               : (Py_ssize_t)n;
}

void
fj_bulk_clear(fj_bulk *bulk)
{
    if (bulk->pool != NULL) {
        Py_BEGIN_ALLOW_THREADS
            fj_pool_stop(bulk->pool);
        Py_END_ALLOW_THREADS
        bulk->pool = NULL;
    }
}

int
fj_bulk_write(int fd, const char *data, size_t nbytes, PyObject *filename,
              fj_progress *progress, uint64_t *done)
{
    fj_unlocked unlocked;
    fj_unlocked_begin(&unlocked, progress, *done);
    size_t written = 0;
    int error = 0;
    bool stopped = false;
    while (error == 0 && written < nbytes && !stopped) {
        /* Pieces end where large pages of the page cache end. */
        size_t piece = WRITE_PIECE - (*done + written) % WRITE_PIECE;
        size_t left = nbytes - written;
        ssize_t n =
            fj_write_once(fd, data + written, left < piece ? left : piece);
        if (n == -EINTR) {
            stopped = !fj_unlocked_look(&unlocked, written);
        }
        else if (n < 0) {
            error = (int)-n;
        }
        else {
            written += (size_t)n;
            stopped =
                written < nbytes && !fj_unlocked_go_on(&unlocked, written);
        }
    }
    fj_unlocked_end(&unlocked);
    if (error != 0) {
        errno = error;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
    if (error != 0 || stopped) {
        return -1;
    }
    *done += nbytes;
    return fj_progress_report(progress, *done);
}
