/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/compressing_sink.h"

#include <errno.h>
#include <stdlib.h> // free

#include "base/fileio.h"
#include "py/errors.h"

static int
raise_status(fj_status status)
{
    if (status == FJ_NO_MEMORY) {
        PyErr_NoMemory();
    }
    else if (status == FJ_FORKED) {
        fj_raise_forked();
    }
    else if (status != FJ_STOPPED) { // for which an exception is set
        PyErr_SetString(PyExc_RuntimeError, "the codec failed to compress");
    }
    return -1;
}

/* Writes the pieces that are ready to the inner sink. */
static int
pass_on(fj_compressing_sink *sink)
{
    for (;;) {
        const uint8_t *data;
        size_t nbytes;
        fj_status status;
        fj_unlocked_begin(&sink->unlocked, NULL, 0);
        status = fj_compressor_take(sink->compressor, &data, &nbytes);
        fj_unlocked_end(&sink->unlocked);
        if (status != FJ_OK) {
            return raise_status(status);
        }
        if (nbytes == 0) {
            return 0;
        }
        if (sink->inner->write(sink->inner, (const char *)data, nbytes) < 0 ||
            PyErr_CheckSignals() < 0) {
            return -1;
        }
    }
}

/* For the progress, data counts as written when the compressor has it, which
 * is at most a few blocks ahead. */
static int
feed(fj_compressing_sink *sink, const uint8_t *data, size_t nbytes)
{
    fj_sink *base = &sink->base;
    for (;;) {
        size_t taken = nbytes;
        fj_status status = fj_compressor_feed(sink->compressor, data, &taken);
        if (status != FJ_OK) {
            return raise_status(status);
        }
        data += taken;
        nbytes -= taken;
        base->written += taken;
        if (fj_progress_report(base->progress, base->written) < 0) {
            return -1;
        }
        if (nbytes == 0) {
            return 0;
        }
        if (pass_on(sink) < 0) { // the ring is full
            return -1;
        }
    }
}

static int
compress(fj_sink *base, const char *data, size_t nbytes)
{
    fj_compressing_sink *sink = (fj_compressing_sink *)base;
    int ret = feed(sink, (const uint8_t *)data, nbytes);
    fj_status status;
    /* The caller may free its memory afterwards. */
    fj_unlocked_begin(&sink->unlocked, NULL, 0);
    status = fj_compressor_settle(sink->compressor, ret < 0);
    fj_unlocked_end(&sink->unlocked);
    if (status == FJ_STOPPED) {
        fj_compressor_settle(sink->compressor, true);
    }
    if (ret == 0 && status != FJ_OK) {
        ret = raise_status(status);
    }
    return ret;
}

/* Positions are those of the data before compression. */
static int
start(fj_sink *base, uint64_t *position_ret)
{
    (void)base;
    *position_ret = 0;
    return 1;
}

int
fj_compressing_sink_init(fj_compressing_sink *sink, fj_sink *inner,
                         const fj_compression *compression,
                         const fj_fd_sink *rewritten, bool sealed)
{
    *sink = (fj_compressing_sink){
        .base = {.write = compress, .start = start},
        .inner = inner,
        .rewritten = rewritten,
        .compressor = fj_compressor_new(compression->codec, compression->level,
                                        compression->n_threads,
                                        rewritten != NULL, sealed),
    };
    if (sink->compressor == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    fj_compressor_watch(sink->compressor, &sink->unlocked.watch);
    return 0;
}

/* Rewrites the header at the beginning of the file. */
static int
rewrite_head(const fj_compressing_sink *sink, uint8_t *head,
             size_t *head_nbytes)
{
    *head_nbytes = fj_compressor_head(sink->compressor, head);
    int status = fj_pwrite_full(sink->rewritten->fd, head, *head_nbytes, 0);
    if (status < 0) {
        errno = -status;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                             sink->rewritten->filename);
        return -1;
    }
    return 0;
}

int
fj_compressing_sink_finish(fj_compressing_sink *sink, uint8_t *head,
                           size_t *head_nbytes)
{
    *head_nbytes = 0;
    fj_status status = fj_compressor_close(sink->compressor);
    if (status != FJ_OK) {
        return raise_status(status);
    }
    if (pass_on(sink) < 0) {
        return -1;
    }
    return sink->rewritten != NULL ? rewrite_head(sink, head, head_nbytes) : 0;
}

int
fj_compressing_sink_seal(fj_compressing_sink *sink, const uint8_t *seal,
                         size_t nbytes)
{
    uint8_t *bytes;
    size_t wrapped;
    fj_status status =
        fj_compressor_seal(sink->compressor, seal, nbytes, &bytes, &wrapped);
    if (status != FJ_OK) {
        return raise_status(status);
    }
    int ret = sink->inner->write(sink->inner, (const char *)bytes, wrapped);
    free(bytes);
    return ret;
}

void
fj_compressing_sink_clear(fj_compressing_sink *sink)
{
    fj_compressor *compressor = sink->compressor;
    sink->compressor = NULL;
    Py_BEGIN_ALLOW_THREADS // waits for blocks that are being coded
        fj_compressor_free(compressor);
    Py_END_ALLOW_THREADS
}
