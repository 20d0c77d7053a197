/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/file_feed.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "file/position.h"

static void
count(fj_feed *base, size_t nbytes)
{
    base->given += nbytes;
    base->left -= nbytes;
}

static int64_t
fd_read(fj_feed *base, uint8_t *dst, size_t nbytes)
{
    fj_file_feed *feed = (fj_file_feed *)base;
    if (nbytes > base->left) {
        nbytes = (size_t)base->left;
    }
    uint64_t offset = feed->start + (feed->size - base->left);
    ssize_t n = fj_pread_full(feed->fd, dst, nbytes, offset);
    if (n < 0) {
        feed->error = (int)-n;
        return -1;
    }
    count(base, (size_t)n);
    if ((size_t)n < nbytes) {
        base->left = 0; // the file has been cut meanwhile
    }
    return n;
}

static int64_t
memory_read(fj_feed *base, uint8_t *dst, size_t nbytes)
{
    fj_file_feed *feed = (fj_file_feed *)base;
    if (nbytes > base->left) {
        nbytes = (size_t)base->left;
    }
    memcpy(dst, feed->data + (feed->size - base->left), nbytes);
    count(base, nbytes);
    return (int64_t)nbytes;
}

/* What read() returned, copied: the number of bytes, or -1. */
static int64_t
copy_result(PyObject *result, uint8_t *dst, size_t nbytes)
{
    Py_buffer data;
    if (result == Py_None) {
        PyErr_SetString(PyExc_BlockingIOError,
                        "the file object has no data without blocking");
        return -1;
    }
    if (PyObject_GetBuffer(result, &data, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int64_t n = data.len;
    if ((size_t)n <= nbytes) {
        memcpy(dst, data.buf, (size_t)n);
    }
    else {
        PyErr_Format(PyExc_OSError, "read() returned %zd bytes for %zu",
                     data.len, nbytes);
        n = -1;
    }
    PyBuffer_Release(&data);
    return n;
}

/* Called on the owner's thread, without the GIL. */
static int64_t
object_read(fj_feed *base, uint8_t *dst, size_t nbytes)
{
    fj_file_feed *feed = (fj_file_feed *)base;
    int64_t n = -1;
    PyEval_RestoreThread(feed->suspended);
    PyObject *size = PyLong_FromSize_t(nbytes);
    PyObject *result = NULL;
    if (size != NULL) {
        result = PyObject_CallMethodOneArg(feed->file, feed->state->s_read,
                                           size);
        Py_DECREF(size);
    }
    if (result != NULL) {
        n = copy_result(result, dst, nbytes);
        Py_DECREF(result);
    }
    if (n > 0) {
        base->given += (uint64_t)n;
    }
    feed->suspended = PyEval_SaveThread();
    return n;
}

static int
open_fd(fj_file_feed *feed, int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    uint64_t size = (uint64_t)status.st_size;
    feed->fd = fd;
    feed->size = size > feed->start ? size - feed->start : 0;
    feed->base.read = fd_read;
    feed->base.any_thread = true;
    return 0;
}

static int
open_memory(fj_file_feed *feed)
{
    feed->lent = PyObject_CallMethodNoArgs(feed->file,
                                           feed->state->s_getbuffer);
    if (feed->lent == NULL ||
        PyObject_GetBuffer(feed->lent, &feed->view, PyBUF_SIMPLE) < 0) {
        Py_CLEAR(feed->lent);
        return -1;
    }
    uint64_t size = (uint64_t)feed->view.len;
    uint64_t skipped = feed->start < size ? feed->start : size;
    feed->data = (const uint8_t *)feed->view.buf + skipped;
    feed->size = size - skipped;
    feed->base.read = memory_read;
    feed->base.any_thread = true;
    return 0;
}

static int
open_object(fj_file_feed *feed)
{
    fj_state *state = feed->state;
    if (Py_IS_TYPE(feed->file, state->bytes_io)) {
        return fj_tell(state, feed->file, &feed->start) < 0
                   ? -1
                   : open_memory(feed);
    }
    int fd = fj_regular_fd(state, feed->file);
    if (fd >= 0) {
        return fj_tell(state, feed->file, &feed->start) < 0
                   ? -1
                   : open_fd(feed, fd);
    }
    feed->base.read = object_read;
    return 0;
}

int
fj_file_feed_open(fj_file_feed *feed, fj_state *state, PyObject *origin)
{
    *feed = (fj_file_feed){.state = state, .fd = -1};
    int ret;
    if (PyLong_CheckExact(origin)) {
        ret = open_fd(feed, (int)PyLong_AsLong(origin));
    }
    else {
        feed->file = origin;
        ret = open_object(feed);
    }
    feed->base.left = feed->size;
    return ret;
}

void
fj_file_feed_close(fj_file_feed *feed)
{
    if (feed->lent != NULL) {
        PyBuffer_Release(&feed->view);
        Py_CLEAR(feed->lent);
    }
}

bool
fj_file_feed_read_at(const fj_file_feed *feed, void *dst, size_t nbytes,
                     uint64_t offset)
{
    if (offset > feed->size || nbytes > feed->size - offset) {
        return false;
    }
    if (feed->data != NULL) {
        memcpy(dst, feed->data + offset, nbytes);
        return true;
    }
    return fj_pread_full(feed->fd, dst, nbytes, feed->start + offset) ==
           (ssize_t)nbytes;
}

void
fj_file_feed_seek(fj_file_feed *feed, uint64_t offset, uint64_t nbytes)
{
    feed->base.given = 0;
    feed->base.left = nbytes;
    /* read() finds its place by what is left of `size`. */
    feed->start += offset;
    feed->size = nbytes;
    if (feed->data != NULL) {
        feed->data += offset;
    }
}

void
fj_file_feed_suspend(fj_file_feed *feed)
{
    feed->suspended = PyEval_SaveThread();
}

void
fj_file_feed_resume(fj_file_feed *feed)
{
    PyEval_RestoreThread(feed->suspended);
}

void
fj_file_feed_raise(const fj_file_feed *feed, PyObject *filename)
{
    if (!PyErr_Occurred()) {
        errno = feed->error;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, filename);
    }
}

int
fj_file_feed_return(fj_file_feed *feed, uint64_t unused)
{
    if (feed->file == NULL) {
        return 0;
    }
    if (feed->base.any_thread) { // which has not moved the file object
        return fj_seek(feed->state, feed->file,
                       feed->start + feed->base.given - unused);
    }
    uint64_t position;
    PyObject *seekable = PyObject_CallMethodNoArgs(feed->file,
                                                   feed->state->s_seekable);
    int truth = seekable == NULL ? -1 : PyObject_IsTrue(seekable);
    Py_XDECREF(seekable);
    if (truth < 0) {
        return fj_has_no_position() ? 0 : -1;
    }
    if (!truth || unused == 0) {
        return 0;
    }
    return fj_tell(feed->state, feed->file, &position) < 0
               ? -1
               : fj_seek(feed->state, feed->file, position - unused);
}
