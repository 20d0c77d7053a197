/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/bulk.h"

#include <errno.h>
#include <time.h>

#include "base/fileio.h"
#include "threads.h"

/* Between two looks for signals.  More often would only mean to wait for the
 * GIL more often, up to 5 ms each time where other threads run Python. */
enum { LOOK_INTERVAL_MS = 50 };

/* What is written between two thoughts of looking: in 80 ms by a disk that
 * takes 100 MB/s. */
#define WRITE_PIECE ((size_t)8 << 20)

typedef struct {
    PyThreadState *suspended;
    int64_t last_look; // ms
} watching;

static int64_t
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
go_on(void *arg, size_t Py_UNUSED(nbytes))
{
    watching *w = arg;
    int64_t now = now_ms();
    if (now - w->last_look < LOOK_INTERVAL_MS) {
        return true;
    }
    w->last_look = now;
    PyEval_RestoreThread(w->suspended);
    int interrupted = PyErr_CheckSignals();
    w->suspended = PyEval_SaveThread();
    return interrupted == 0;
}

static int
prepare(fj_bulk_reader *reader, size_t nbytes)
{
    if (nbytes < FJ_READ_PARALLEL || reader->pool != NULL) {
        return 0;
    }
    if (reader->n_threads == 0) {
        reader->n_threads = fj_ask_threads(reader->threads);
    }
    if (reader->n_threads > 1) {
        reader->pool =
            fj_pool_start((unsigned)reader->n_threads,
                          (size_t)reader->n_threads, FJ_POOL_ANY_ORDER);
    }
    return reader->n_threads < 0 ? -1 : 0;
}

Py_ssize_t
fj_bulk_read(fj_bulk_reader *reader, int fd, char *dst, size_t nbytes,
             uint64_t offset, PyObject *filename)
{
    if (prepare(reader, nbytes) < 0) {
        return -1;
    }
    fj_pool *pool = nbytes < FJ_READ_PARALLEL ? NULL : reader->pool;
    watching w = {.last_look = now_ms(), .suspended = PyEval_SaveThread()};
    const fj_read_watch watch = {.go_on = go_on, .arg = &w};
    int64_t n = fj_pread_parallel(pool, (unsigned)reader->n_threads, fd, dst, nbytes,
                                  offset, &watch);
    PyEval_RestoreThread(w.suspended);
    if (n < 0 && n != -ECANCELED) {
        errno = (int)-n;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
    return n < 0 ? -1 : (Py_ssize_t)n;
}

void
fj_bulk_reader_clear(fj_bulk_reader *reader)
{
    if (reader->pool != NULL) {
        Py_BEGIN_ALLOW_THREADS
        fj_pool_stop(reader->pool);
        Py_END_ALLOW_THREADS
        reader->pool = NULL;
    }
}

int
fj_bulk_write(int fd, const char *data, size_t nbytes, PyObject *filename)
{
    watching w = {.last_look = now_ms(), .suspended = PyEval_SaveThread()};
    int status = 0;
    while (status == 0 && nbytes > 0) {
        size_t piece = nbytes < WRITE_PIECE ? nbytes : WRITE_PIECE;
        status = fj_write_full(fd, data, piece);
        data += piece;
        nbytes -= piece;
        if (status == 0 && nbytes > 0 && !go_on(&w, 0)) {
            status = -ECANCELED;
        }
    }
    PyEval_RestoreThread(w.suspended);
    if (status < 0 && status != -ECANCELED) {
        errno = -status;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
    return status;
}
