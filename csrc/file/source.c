/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/source.h"

#include <errno.h>
#include <sys/stat.h> // fstat

#include "base/fileio.h"
#include "file/position.h"

/* A pipe, a terminal. */
static Py_ssize_t
read_stream(fj_fd_source *source, char *dst, size_t at_least, size_t nbytes)
{
    size_t have = 0;
    while (have < at_least) {
        ssize_t n;
        Py_BEGIN_ALLOW_THREADS
        n = fj_read_once(source->fd, dst + have, nbytes - have);
        Py_END_ALLOW_THREADS
        if (n < 0 && n != -EINTR) {
            errno = (int)-n;
            PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                                 source->filename);
            return -1;
        }
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        if (n == 0) {
            break;
        }
        have += n > 0 ? (size_t)n : 0;
    }
    return (Py_ssize_t)have;
}

static Py_ssize_t
read_regular(fj_fd_source *source, char *dst, size_t at_least, size_t nbytes)
{
    fj_source *base = &source->base;
    if (nbytes > (uint64_t)base->left) {
        size_t left = (size_t)base->left; // saves a read that finds nothing
        nbytes = left < at_least ? at_least : left;
    }
    Py_ssize_t n;
    if (nbytes < FJ_WORTH_RELEASING_GIL) {
        n = fj_pread_full(source->fd, dst, nbytes, source->offset);
        if (n < 0) {
            errno = (int)-n;
            PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                                 source->filename);
        }
    }
    else {
        /* What is read ahead has not come to anybody. */
        fj_progress *progress = nbytes == at_least ? base->progress : NULL;
        n = fj_bulk_read(&source->bulk, source->fd, dst, nbytes,
                         source->offset, source->filename, progress,
                         base->given);
    }
    if (n < 0) {
        return -1;
    }
    source->offset += (uint64_t)n;
    base->left = (size_t)n < at_least || n > base->left
                     ? 0 // the file has been cut, or has grown, meanwhile
                     : base->left - n;
    return n;
}

static Py_ssize_t
fd_read(fj_source *base, char *dst, size_t at_least, size_t nbytes)
{
    fj_fd_source *source = (fj_fd_source *)base;
    return source->seekable ? read_regular(source, dst, at_least, nbytes)
                            : read_stream(source, dst, at_least, nbytes);
}

static int
fd_skip(fj_source *base, uint64_t nbytes)
{
    fj_fd_source *source = (fj_fd_source *)base;
    source->offset += nbytes;
    base->left -= (int64_t)nbytes;
    return 0;
}

int
fj_fd_source_init(fj_fd_source *source, int fd, PyObject *filename,
                  uint64_t offset, PyObject *threads)
{
    struct stat status;
    int failed = fstat(fd, &status) < 0 ? errno : 0;
    if (!failed && S_ISDIR(status.st_mode)) {
        failed = EISDIR;
    }
    if (failed) {
        errno = failed;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
        return -1;
    }
    /* Files of /proc say that they are regular and empty, and are neither. */
    bool regular = S_ISREG(status.st_mode) && status.st_size > 0;
    *source = (fj_fd_source){
        .base = {.read = fd_read, .left = -1, .taken = !regular},
        .fd = fd,
        .filename = filename,
        .seekable = regular,
        .offset = offset,
        .bulk = {.threads = threads},
    };
    if (regular) {
        uint64_t size = (uint64_t)status.st_size;
        source->base.left = offset < size ? (int64_t)(size - offset) : 0;
        source->base.skip = fd_skip;
    }
    return 0;
}

void
fj_fd_source_clear(fj_fd_source *source)
{
    fj_bulk_reader_clear(&source->bulk);
}

/* One read of at most `nbytes` to `dst`: the number of bytes, 0 at the end of
 * the stream, -1 with an exception set. */
static Py_ssize_t
read_once(fj_file_source *source, char *dst, size_t nbytes)
{
    PyObject *result;
    Py_ssize_t n = -1;
    if (source->readinto != NULL) {
        PyObject *view = PyMemoryView_FromMemory(dst, (Py_ssize_t)nbytes,
                                                 PyBUF_WRITE);
        if (view == NULL) {
            return -1;
        }
        result = PyObject_CallOneArg(source->readinto, view);
        Py_DECREF(view);
        if (result != NULL && result != Py_None) {
            n = PyLong_AsSsize_t(result);
        }
    }
    else {
        Py_buffer data;
        result = PyObject_CallFunction(source->read, "n", (Py_ssize_t)nbytes);
        if (result != NULL && result != Py_None &&
            PyObject_GetBuffer(result, &data, PyBUF_SIMPLE) == 0) {
            n = data.len;
            if (n <= (Py_ssize_t)nbytes) {
                memcpy(dst, data.buf, (size_t)n);
            }
            PyBuffer_Release(&data);
        }
    }
    if (result == Py_None) {
        PyErr_SetString(PyExc_BlockingIOError,
                        "the file object has no data without blocking");
    }
    Py_XDECREF(result);
    if (n > (Py_ssize_t)nbytes || (n < 0 && !PyErr_Occurred())) {
        PyErr_Format(PyExc_OSError, "read() returned %zd bytes for %zu", n,
                     nbytes);
        return -1;
    }
    return n;
}

/* The most that a file object is asked for at a time: so many requests cost
 * nothing, and each ends soon. */
enum { LARGEST_READ = 16 * 1024 * 1024 };

/* Reads until `at_least` bytes are there; streams may give less at a time. */
static Py_ssize_t
read_until(fj_file_source *source, char *dst, size_t at_least, size_t nbytes)
{
    const fj_source *base = &source->base;
    size_t have = 0;
    while (have < at_least) {
        size_t piece = nbytes - have;
        piece = piece < LARGEST_READ ? piece : LARGEST_READ;
        Py_ssize_t n = read_once(source, dst + have, piece);
        if (n < 0) {
            return -1;
        }
        if (n == 0) {
            break;
        }
        have += (size_t)n;
        /* What goes into a window has not been used yet. */
        bool counts = nbytes == at_least;
        if (fj_progress_report(base->progress,
                               base->given + (counts ? have : 0)) < 0) {
            return -1;
        }
    }
    return (Py_ssize_t)have;
}

/* Reads what was peeked at, which moves the stream's position over it. */
static int
read_lent(fj_file_source *source, size_t nbytes)
{
    PyObject *data =
        PyObject_CallFunction(source->read, "n", (Py_ssize_t)nbytes);
    if (data == NULL) {
        return -1;
    }
    Py_ssize_t n = PyObject_Length(data);
    Py_DECREF(data);
    if (n >= 0 && (size_t)n != nbytes) {
        PyErr_Format(PyExc_OSError,
                     "peek() showed %zu bytes, read() gave %zd", nbytes, n);
        return -1;
    }
    return n < 0 ? -1 : 0;
}

/* Copies what peek() shows, if that is enough: the number of bytes, 0 where
 * it is not, or -1. */
static Py_ssize_t
peek_at(fj_file_source *source, char *dst, size_t at_least, size_t nbytes)
{
    Py_buffer data;
    PyObject *shown =
        PyObject_CallFunction(source->peek, "n", (Py_ssize_t)nbytes);
    if (shown == NULL || PyObject_GetBuffer(shown, &data, PyBUF_SIMPLE) < 0) {
        Py_XDECREF(shown);
        return -1;
    }
    size_t n = (size_t)data.len < nbytes ? (size_t)data.len : nbytes;
    if (n < at_least) {
        n = 0;
    }
    memcpy(dst, data.buf, n);
    PyBuffer_Release(&data);
    Py_DECREF(shown);
    return (Py_ssize_t)n;
}

static Py_ssize_t
peeking_read(fj_file_source *source, char *dst, size_t at_least,
             size_t nbytes)
{
    if (source->lent > 0) {
        size_t lent = source->lent;
        source->lent = 0;
        if (read_lent(source, lent) < 0) {
            return -1;
        }
    }
    /* Without room beyond what is needed there is nothing to look ahead for:
     * large data goes straight to its place. */
    if (nbytes > at_least) {
        Py_ssize_t n = peek_at(source, dst, at_least, nbytes);
        if (n < 0 && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
            PyErr_Clear();
            n = 0;
            source->mode = FJ_READ_EXACT;
            source->base.exact = true;
        }
        if (n != 0) {
            source->lent = n < 0 ? 0 : (size_t)n;
            return n;
        }
    }
    source->base.taken = true;
    return read_until(source, dst, at_least, at_least);
}

static Py_ssize_t
file_read(fj_source *base, char *dst, size_t at_least, size_t nbytes)
{
    fj_file_source *source = (fj_file_source *)base;
    if (source->mode == FJ_READ_PEEKING) {
        return peeking_read(source, dst, at_least, nbytes);
    }
    return read_until(source, dst, at_least, nbytes);
}

/* 1 with the position where the stream can be rewound, 0 where not, -1. */
static int
find_position(fj_file_source *source)
{
    fj_state *state = source->state;
    PyObject *seekable =
        PyObject_CallMethodNoArgs(source->file, state->s_seekable);
    int truth = seekable == NULL ? -1 : PyObject_IsTrue(seekable);
    Py_XDECREF(seekable);
    if (truth > 0 && fj_tell(state, source->file, &source->start) < 0) {
        truth = -1;
    }
    return truth < 0 ? (fj_has_no_position() ? 0 : -1) : truth > 0;
}

/* Peeking comes first: where a stream offers both, going back may mean to
 * decompress it from the beginning again. */
static int
choose_mode(fj_file_source *source)
{
    int found =
        fj_lookup_attr(source->file, source->state->s_peek, &source->peek);
    if (found < 0) {
        return -1;
    }
    if (found) {
        source->mode = FJ_READ_PEEKING;
        return 0;
    }
    found = find_position(source);
    if (found < 0) {
        return -1;
    }
    source->mode = found ? FJ_READ_SEEKING : FJ_READ_EXACT;
    source->base.taken = true;
    source->base.exact = !found;
    source->base.shared = true;
    return 0;
}

int
fj_file_source_init(fj_file_source *source, fj_state *state, PyObject *file)
{
    *source = (fj_file_source){
        .base = {.read = file_read, .left = -1},
        .state = state,
        .file = file,
    };
    source->read = PyObject_GetAttr(file, state->s_read);
    if (source->read == NULL ||
        fj_lookup_attr(file, state->s_readinto, &source->readinto) < 0) {
        return -1;
    }
    return choose_mode(source);
}

void
fj_file_source_clear(fj_file_source *source)
{
    Py_CLEAR(source->read);
    Py_CLEAR(source->readinto);
    Py_CLEAR(source->peek);
}

int
fj_file_source_finish(fj_file_source *source, uint64_t consumed,
                      size_t unused)
{
    if (source->mode == FJ_READ_PEEKING && source->lent > unused) {
        return read_lent(source, source->lent - unused);
    }
    if (source->mode == FJ_READ_SEEKING && unused > 0) {
        return fj_seek(source->state, source->file,
                       source->start + consumed);
    }
    return 0;
}
