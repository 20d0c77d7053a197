/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/feed.h"

#include <errno.h>

#include "base/fileio.h"

/* Copies the next bytes of the window, as far as it reaches. */
static size_t
take_shown(fj_pyfile_feed *feed, uint8_t *dst, size_t nbytes)
{
    uint64_t position = feed->begin + feed->base.given;
    if (position >= feed->n_shown) {
        return 0;
    }
    size_t left = feed->n_shown - (size_t)position;
    size_t n = nbytes < left ? nbytes : left;
    memcpy(dst, feed->shown + position, n);
    return n;
}

static int64_t
read_anywhere(fj_feed *base, uint8_t *dst, size_t nbytes)
{
    fj_pyfile_feed *feed = (fj_pyfile_feed *)base;
    if (nbytes > base->left) {
        nbytes = (size_t)base->left;
    }
    size_t n = take_shown(feed, dst, nbytes);
    if (n < nbytes) {
        const fj_pyfile *file = feed->file;
        uint64_t offset = file->start + feed->begin + base->given + n;
        ssize_t got = fj_pread_full(file->fd, dst + n, nbytes - n, offset);
        if (got < 0) {
            feed->error = (int)-got;
            return -1;
        }
        n += (size_t)got;
    }
    base->given += n;
    base->left = n < nbytes ? 0 // the file was truncated meanwhile
                            : base->left - n;
    return (int64_t)n;
}

static bool
read_at(const fj_feed *base, void *dst, size_t nbytes, uint64_t offset)
{
    const fj_pyfile_feed *feed = (const fj_pyfile_feed *)base;
    if (offset > base->size || nbytes > base->size - offset) {
        return false;
    }
    if (offset + nbytes <= feed->n_shown) {
        memcpy(dst, feed->shown + offset, nbytes);
        return true;
    }
    const fj_pyfile *file = feed->file;
    ssize_t n = fj_pread_full(file->fd, dst, nbytes, file->start + offset);
    if (n < 0 && feed->failure != NULL) {
        *feed->failure = (int)-n;
    }
    return n == (ssize_t)nbytes;
}

/* Called on the owner's thread, without the GIL. */
static int64_t
read_in_order(fj_feed *base, uint8_t *dst, size_t nbytes)
{
    fj_pyfile_feed *feed = (fj_pyfile_feed *)base;
    int64_t n = (int64_t)take_shown(feed, dst, nbytes);
    if (n == 0) {
        fj_source *source = &feed->file->source;
        PyEval_RestoreThread(feed->suspended);
        n = source->read(source, (char *)dst, 1, nbytes);
        feed->suspended = PyEval_SaveThread();
    }
    if (n > 0) {
        base->given += (uint64_t)n;
    }
    return n;
}

int
fj_pyfile_feed_init(fj_pyfile_feed *feed, fj_pyfile *file, const fj_input *in)
{
    *feed = (fj_pyfile_feed){.file = file};
    if (file->kind == FJ_PYFILE_MEMORY) {
        feed->shown = file->data;
        feed->n_shown = (size_t)file->size;
    }
    else if (in != NULL) {
        feed->shown = in->pos;
        feed->n_shown = (size_t)(in->filled - in->pos);
    }
    if (file->kind == FJ_PYFILE_PIPE || file->kind == FJ_PYFILE_METHODS) {
        feed->base.read = read_in_order;
        return fj_pyfile_stop_peeking(file);
    }
    feed->base.read = read_anywhere;
    feed->base.read_at = read_at;
    feed->base.any_thread = true;
    feed->base.size = feed->base.left = file->size;
    return 0;
}

void
fj_pyfile_feed_range(fj_pyfile_feed *feed, uint64_t offset, uint64_t nbytes)
{
    feed->begin = offset;
    feed->base.given = 0;
    feed->base.left = nbytes;
}

void
fj_pyfile_feed_suspend(fj_pyfile_feed *feed)
{
    feed->suspended = PyEval_SaveThread();
}

void
fj_pyfile_feed_resume(fj_pyfile_feed *feed)
{
    PyEval_RestoreThread(feed->suspended);
}

void
fj_pyfile_feed_raise(const fj_pyfile_feed *feed)
{
    if (!PyErr_Occurred()) {
        errno = feed->error;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                             feed->file->filename);
    }
}

int
fj_pyfile_feed_leave(const fj_pyfile_feed *feed, uint64_t unused)
{
    uint64_t fed = feed->begin + feed->base.given;
    uint64_t not_fed = fed < feed->n_shown ? feed->n_shown - fed : 0;
    return fj_pyfile_leave(feed->file, fed - unused, unused + not_fed);
}
