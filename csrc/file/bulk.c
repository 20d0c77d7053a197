/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/bulk.h"

#include <errno.h>

#include "base/fileio.h"
#include "py/threads.h"

/* Between two looks for signals.  More often would only mean to wait for the
 * GIL more often, up to 5 ms each time where other threads run Python. */
enum { LOOK_INTERVAL = 50 * 1000 * 1000 }; // ns

/* What is written between two thoughts of looking: in 80 ms by a disk that
 * takes 100 MB/s. */
#define WRITE_PIECE ((size_t)8 << 20)

/* A transfer that has let the GIL go. */
typedef struct {
    PyThreadState *suspended;
    int64_t last_look;
    fj_progress *progress;
    uint64_t before; // bytes that were done when it began
} watching;

static watching
begin_watching(fj_progress *progress, uint64_t before)
{
    return (watching){
        .last_look = fj_progress_clock(),
        .progress = progress,
        .before = before,
        .suspended = PyEval_SaveThread(),
    };
}

static bool
look(watching *w, size_t nbytes)
{
    PyEval_RestoreThread(w->suspended);
    int stopped = fj_progress_report(w->progress, w->before + nbytes);
    w->suspended = PyEval_SaveThread();
    w->last_look = fj_progress_clock();
    return stopped == 0;
}

static bool
go_on(void *arg, size_t nbytes)
{
    watching *w = arg;
    bool due = fj_progress_clock() - w->last_look >= LOOK_INTERVAL;
    return !due || look(w, nbytes);
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
             uint64_t offset, PyObject *filename, fj_progress *progress,
             uint64_t done)
{
    if (prepare(reader, nbytes) < 0) {
        return -1;
    }
    fj_pool *pool = nbytes < FJ_READ_PARALLEL ? NULL : reader->pool;
    watching w = begin_watching(progress, done);
    const fj_read_watch watch = {.go_on = go_on, .arg = &w};
    int64_t n = fj_pread_parallel(pool, (unsigned)reader->n_threads, fd, dst,
                                  nbytes, offset, &watch);
    PyEval_RestoreThread(w.suspended);
    if (n < 0) {
        if (n != -ECANCELED) {
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
fj_bulk_write(int fd, const char *data, size_t nbytes, PyObject *filename,
              fj_progress *progress, uint64_t *done)
{
    watching w = begin_watching(progress, *done);
    size_t written = 0;
    int error = 0;
    bool stopped = false;
    while (error == 0 && written < nbytes && !stopped) {
        /* Pieces end where large pages of the page cache do. */
        size_t piece = WRITE_PIECE - (*done + written) % WRITE_PIECE;
        size_t left = nbytes - written;
        ssize_t n = fj_write_once(fd, data + written,
                                  left < piece ? left : piece);
        if (n == -EINTR) {
            stopped = !look(&w, written);
        }
        else if (n < 0) {
            error = (int)-n;
        }
        else {
            written += (size_t)n;
            stopped = written < nbytes && !go_on(&w, written);
        }
    }
    PyEval_RestoreThread(w.suspended);
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
