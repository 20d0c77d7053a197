/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/sink.h"

#include <errno.h>

#include "base/fileio.h"
#include "py/errors.h"
#include "file/bulk.h"
#include "file/position.h"

enum { WORTH_PREALLOCATING = 4 * 1024 * 1024 };

static int
fd_write(fj_sink *base, const char *data, size_t nbytes)
{
    fj_fd_sink *sink = (fj_fd_sink *)base;
    if (fj_process_id() != sink->pid) {
        fj_raise_forked();
        return -1;
    }
    if (sink->is_new && nbytes >= WORTH_PREALLOCATING) {
        fj_preallocate(sink->fd, nbytes); // if this fails, writing is only
                                          // slower
    }
    if (nbytes >= FJ_WORTH_RELEASING_GIL || !sink->is_new) {
        return fj_bulk_write(sink->fd, data, nbytes, sink->filename,
                             base->progress, &base->written);
    }
    int status = fj_write_full(sink->fd, data, nbytes);
    if (status < 0) {
        errno = -status;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, sink->filename);
        return -1;
    }
    base->written += nbytes;
    return fj_progress_report(base->progress, base->written);
}

/* A pipe has no position.  A file that was opened for this dump began at 0,
 * although part of it may have been written by now. */
static int
fd_start(fj_sink *base, uint64_t *position_ret)
{
    fj_fd_sink *sink = (fj_fd_sink *)base;
    *position_ret = 0;
    return fj_get_position(sink->fd) < 0 ? 0 : 1;
}

void
fj_fd_sink_init(fj_fd_sink *sink, int fd, PyObject *filename, bool is_new)
{
    *sink = (fj_fd_sink){
        .base = {.write = fd_write, .start = fd_start},
        .fd = fd,
        .pid = fj_process_id(),
        .filename = filename,
        .is_new = is_new,
    };
}

bool
fj_fd_sink_is_file(const fj_fd_sink *sink)
{
    fj_file_info info;
    return fj_get_info(sink->fd, &info) == 0 && info.kind == FJ_FILE_REGULAR;
}

/* The most that is passed to a file object's write().  This bounds the copy if
 * it needs a bytes object, and the duration of the call if it compresses
 * (lzma: 0.1 s). */
enum { LARGEST_PIECE = 256 * 1024 };

/* How much is written into memory, in about 5 ms, before other threads may
 * run. */
enum { LET_OTHERS_RUN = 8 * 1024 * 1024 };

/* Up to this size a bytes object is made faster than a memoryview. */
enum { SMALLEST_VIEW = 2 * 1024 };

/* Calls write() once: the number of bytes that it took, or -1. */
static Py_ssize_t
write_piece(fj_file_sink *sink, const char *data, Py_ssize_t nbytes)
{
    PyObject *piece =
        sink->takes_views && nbytes > SMALLEST_VIEW
            ? PyMemoryView_FromMemory((char *)data, nbytes, PyBUF_READ)
            : PyBytes_FromStringAndSize(data, nbytes);
    if (piece == NULL) {
        return -1;
    }
    Py_ssize_t taken = nbytes;
    PyObject *result = PyObject_CallOneArg(sink->write, piece);
    if (result == NULL) {
        taken = -1;
    }
    else if (sink->is_raw) {
        /* Only raw streams are known to return the number of bytes taken; some
         * compressing writers return the size of their output. */
        if (result == Py_None) {
            PyErr_SetString(PyExc_BlockingIOError,
                            "the file object cannot take more data without "
                            "blocking");
            taken = -1;
        }
        else {
            taken = PyLong_AsSsize_t(result);
        }
    }
    Py_XDECREF(result);
    Py_DECREF(piece);
    if (taken <= 0 || taken > nbytes) { // taking 0 bytes could go on for ever
        if (!PyErr_Occurred()) {
            PyErr_Format(PyExc_OSError, "write() returned %zd for %zd bytes",
                         taken, nbytes);
        }
        return -1;
    }
    return taken;
}

static int
file_write(fj_sink *base, const char *data, size_t nbytes)
{
    fj_file_sink *sink = (fj_file_sink *)base;
    while (nbytes > 0) {
        size_t piece = nbytes < LARGEST_PIECE ? nbytes : LARGEST_PIECE;
        Py_ssize_t taken = write_piece(sink, data, (Py_ssize_t)piece);
        if (taken < 0) {
            return -1;
        }
        data += taken;
        nbytes -= (size_t)taken;
        if (base->written / LET_OTHERS_RUN !=
            (base->written + (uint64_t)taken) / LET_OTHERS_RUN) {
            Py_BEGIN_ALLOW_THREADS // io.BytesIO copied with the GIL held
            Py_END_ALLOW_THREADS
        }
        base->written += (uint64_t)taken;
        if (fj_progress_report(base->progress, base->written) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
file_start(fj_sink *base, uint64_t *position_ret)
{
    fj_file_sink *sink = (fj_file_sink *)base;
    uint64_t now;
    if (fj_tell(sink->state, sink->file, &now) < 0) {
        return fj_has_no_position() ? 0 : -1;
    }
    *position_ret = now - base->written;
    return 1;
}

int
fj_file_sink_init(fj_file_sink *sink, fj_state *state, PyObject *file)
{
    *sink = (fj_file_sink){
        .base = {.write = file_write, .start = file_start},
        .state = state,
        .file = file,
    };
    /* The classes of io copy the data.  Others may keep a reference to it. */
    sink->takes_views = strncmp(Py_TYPE(file)->tp_name, "_io.", 4) == 0;
    int is_raw = sink->takes_views
                     ? Py_IS_TYPE(file, state->file_io)
                     : PyObject_IsInstance(file, state->raw_io_base);
    if (is_raw < 0) {
        return -1;
    }
    sink->is_raw = is_raw;
    sink->write = PyObject_GetAttr(file, state->s_write);
    return sink->write == NULL ? -1 : 0;
}

void
fj_file_sink_clear(fj_file_sink *sink)
{
    Py_CLEAR(sink->write);
}
