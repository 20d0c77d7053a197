/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/pyfile_kinds.h"

#include "file/position.h"

/* Reads at most `nbytes` with one call: the number of bytes, 0 at the end of
 * the stream, -1 with an exception set. */
static Py_ssize_t
read_once(fj_pyfile *file, char *dst, size_t nbytes)
{
    PyObject *result;
    Py_ssize_t n = -1;
    if (file->readinto != NULL) {
        PyObject *view =
            PyMemoryView_FromMemory(dst, (Py_ssize_t)nbytes, PyBUF_WRITE);
        if (view == NULL) {
            return -1;
        }
        result = PyObject_CallOneArg(file->readinto, view);
        Py_DECREF(view);
        if (result != NULL && result != Py_None) {
            n = PyLong_AsSsize_t(result);
        }
    }
    else {
        Py_buffer data;
        result = PyObject_CallFunction(file->read, "n", (Py_ssize_t)nbytes);
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

/* The most that is requested from a file object at a time: large enough that
 * the calls cost nothing, small enough that each returns soon. */
enum { LARGEST_READ = 16 * 1024 * 1024 };

/* Reads until `at_least` bytes are there; streams may give less at a time. */
static Py_ssize_t
read_until(fj_pyfile *file, char *dst, size_t at_least, size_t nbytes)
{
    const fj_source *source = &file->source;
    size_t have = 0;
    while (have < at_least) {
        size_t piece = nbytes - have;
        piece = piece < LARGEST_READ ? piece : LARGEST_READ;
        Py_ssize_t n = read_once(file, dst + have, piece);
        if (n < 0) {
            return -1;
        }
        if (n == 0) {
            break;
        }
        have += (size_t)n;
        /* What is read into a window has not been used yet, so it is not
         * reported. */
        bool counts = nbytes == at_least;
        if (fj_progress_report(source->progress,
                               source->given + (counts ? have : 0)) < 0) {
            return -1;
        }
    }
    return (Py_ssize_t)have;
}

/* Reads `nbytes` of what was peeked at, to move the stream's position, and
 * forgets the rest. */
static int
read_peeked(fj_pyfile *file, size_t nbytes)
{
    file->peeked = 0;
    if (nbytes == 0) {
        return 0;
    }
    PyObject *data =
        PyObject_CallFunction(file->read, "n", (Py_ssize_t)nbytes);
    if (data == NULL) {
        return -1;
    }
    Py_ssize_t n = PyObject_Length(data);
    Py_DECREF(data);
    if (n >= 0 && (size_t)n != nbytes) {
        PyErr_Format(PyExc_OSError, "peek() showed %zu bytes, read() gave %zd",
                     nbytes, n);
        return -1;
    }
    return n < 0 ? -1 : 0;
}

/* Copies what peek() returns: the number of bytes, 0 if it is less than
 * `at_least`, or -1. */
static Py_ssize_t
peek_at(fj_pyfile *file, char *dst, size_t at_least, size_t nbytes)
{
    Py_buffer data;
    PyObject *shown =
        PyObject_CallFunction(file->peek, "n", (Py_ssize_t)nbytes);
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
peeking_read(fj_pyfile *file, char *dst, size_t at_least, size_t nbytes)
{
    if (read_peeked(file, file->peeked) < 0) {
        return -1;
    }
    /* Large data, for which there is no room beyond what is needed, is read
     * directly to its place, without peeking. */
    if (nbytes > at_least) {
        Py_ssize_t n = peek_at(file, dst, at_least, nbytes);
        if (n < 0 && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
            PyErr_Clear();
            n = 0;
            file->mode = FJ_READ_EXACT;
            file->source.exact = true;
        }
        if (n != 0) {
            file->peeked = n < 0 ? 0 : (size_t)n;
            return n;
        }
    }
    return read_until(file, dst, at_least, at_least);
}

static Py_ssize_t
read_methods(fj_source *source, char *dst, size_t at_least, size_t nbytes)
{
    fj_pyfile *file = (fj_pyfile *)source;
    if (file->mode == FJ_READ_PEEKING) {
        return peeking_read(file, dst, at_least, nbytes);
    }
    return read_until(file, dst, at_least, nbytes);
}

/* Reads a file object whose size is known. */
static Py_ssize_t
read_measured(fj_source *source, char *dst, size_t at_least, size_t nbytes)
{
    fj_pyfile *file = (fj_pyfile *)source;
    if (nbytes > (uint64_t)source->left) {
        size_t left = (size_t)source->left;
        nbytes = left < at_least ? at_least : left;
    }
    Py_ssize_t n = read_until(file, dst, at_least, nbytes);
    if (n >= 0) {
        source->left = (size_t)n < at_least || n > source->left
                           ? 0 // it is shorter or longer than it said
                           : source->left - n;
    }
    return n;
}

static int
skip_by_seeking(fj_source *source, uint64_t nbytes)
{
    const fj_pyfile *file = (fj_pyfile *)source;
    source->left -= (int64_t)nbytes;
    return fj_seek(file->state, file->object,
                   file->start + source->given + nbytes);
}

/* Objects that know their size, and for which seeking costs nothing, say so by
 * an attribute of ours.  0 or -1. */
static int
look_for_size(fj_pyfile *file)
{
    PyObject *value;
    int found =
        fj_lookup_attr(file->object, file->state->s_fastjoblib_nbytes, &value);
    if (found <= 0) {
        return found;
    }
    long long nbytes = PyLong_AsLongLong(value);
    Py_DECREF(value);
    if (nbytes == -1 && PyErr_Occurred()) {
        return -1;
    }
    uint64_t size = nbytes < 0 ? 0 : (uint64_t)nbytes;
    file->size = size > file->start ? size - file->start : 0;
    file->source.left = (int64_t)file->size;
    file->source.read = read_measured;
    file->source.skip = skip_by_seeking;
    file->source.shared = false; // what is read ahead is kept by the object
    return 0;
}

/* 1 with the position if the stream can seek back, 0 if not, -1. */
static int
find_position(const fj_pyfile *file, uint64_t *position_ret)
{
    PyObject *seekable =
        PyObject_CallMethodNoArgs(file->object, file->state->s_seekable);
    int truth = seekable == NULL ? -1 : PyObject_IsTrue(seekable);
    Py_XDECREF(seekable);
    if (truth > 0 && fj_tell(file->state, file->object, position_ret) < 0) {
        truth = -1;
    }
    return truth < 0 ? (fj_has_no_position() ? 0 : -1) : truth > 0;
}

/* Peeking is preferred to seeking, since seeking back in a compressed stream
 * may mean decompressing it from the beginning again. */
static int
choose_mode(fj_pyfile *file)
{
    int found = fj_lookup_attr(file->object, file->state->s_peek, &file->peek);
    if (found < 0) {
        return -1;
    }
    if (found) {
        file->mode = FJ_READ_PEEKING;
        return 0;
    }
    found = find_position(file, &file->start);
    if (found < 0) {
        return -1;
    }
    file->mode = found ? FJ_READ_SEEKING : FJ_READ_EXACT;
    file->source.exact = !found;
    file->source.shared = true;
    return found ? look_for_size(file) : 0;
}

int
fj_pyfile_use_methods(fj_pyfile *file)
{
    file->kind = FJ_PYFILE_METHODS;
    file->source.read = read_methods;
    file->source.left = -1;
    file->read = PyObject_GetAttr(file->object, file->state->s_read);
    if (file->read == NULL ||
        fj_lookup_attr(file->object, file->state->s_readinto,
                       &file->readinto) < 0) {
        return -1;
    }
    return choose_mode(file);
}

int
fj_pyfile_stop_peeking(fj_pyfile *file)
{
    if (file->kind != FJ_PYFILE_METHODS || file->mode != FJ_READ_PEEKING) {
        return 0;
    }
    file->mode = FJ_READ_EXACT;
    return read_peeked(file, file->peeked);
}

int
fj_pyfile_leave_methods(fj_pyfile *file, uint64_t consumed, uint64_t beyond)
{
    if (file->peeked > beyond) {
        return read_peeked(file, file->peeked - (size_t)beyond);
    }
    beyond -= file->peeked;
    if (beyond == 0) {
        return 0;
    }
    uint64_t position;
    if (file->mode == FJ_READ_SEEKING) {
        position = file->start + consumed;
    }
    else {
        int found = find_position(file, &position);
        if (found <= 0) {
            return found;
        }
        position -= beyond;
    }
    return fj_seek(file->state, file->object, position);
}
