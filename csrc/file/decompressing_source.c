/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/decompressing_source.h"

#include "py/errors.h"

/* How much each thread decodes between two checks for signals, which takes
 * less than 0.1 s.  Not less, since at the end of each piece as many blocks as
 * there are threads are not copied to their place by the thread that decodes
 * them. */
enum { LARGEST_READ = 8 * 1024 * 1024 };

/* How far behind an object the end of its stream is searched for: a seal has up
 * to half of this, and block tables are shorter than the other half for up to
 * 256 GiB of data. */
enum { FINISH_NBYTES = 2 * 1024 * 1024 };

/* A claimed length of up to this many times the compressed data that is left
 * is plausible, and its memory is allocated at once.  Data that is compressed
 * more is rare, and takes memory as it arrives. */
enum { USUAL_RATIO = 8 };

static void
raise_status(fj_decompressing_source *source, fj_status status)
{
    uint64_t given = source->feed->base.given;
    PyObject *detail;
    switch (status) {
    case FJ_DAMAGED:
        source->damaged = true;
        detail = PyUnicode_FromFormat(
            "its %s data is damaged: %s", source->codec->name,
            fj_decompressor_message(source->decompressor));
        if (detail != NULL) {
            fj_raise_invalid(source->state, source->filename, detail,
                             fj_decompressor_nbytes(source->decompressor));
            Py_DECREF(detail);
        }
        break;
    case FJ_TRUNCATED:
        source->damaged = true;
        fj_raise_truncated(source->state, source->filename, given + 1, given);
        break;
    case FJ_READ:
        fj_pyfile_feed_raise(source->feed);
        break;
    case FJ_FORKED:
        PyErr_SetString(PyExc_RuntimeError,
                        "the process was forked during the load, and the "
                        "child cannot go on with it");
        break;
    default:
        PyErr_NoMemory();
    }
}

static fj_status
read_piece(fj_decompressing_source *source, char *dst, size_t at_least,
           size_t *nbytes)
{
    fj_decompressor *d = source->decompressor;
    fj_status status;
    if (fj_decompressor_ready(d) >= at_least) {
        return fj_decompressor_read(d, (uint8_t *)dst, at_least, nbytes);
    }
    fj_pyfile_feed_suspend(source->feed);
    status = fj_decompressor_read(d, (uint8_t *)dst, at_least, nbytes);
    fj_pyfile_feed_resume(source->feed);
    return status;
}

static Py_ssize_t
decompress(fj_source *base, char *dst, size_t at_least, size_t nbytes)
{
    fj_decompressing_source *source = (fj_decompressing_source *)base;
    size_t have = 0;
    do {
        size_t wanted = nbytes - have;
        size_t needed = at_least - have;
        if (wanted > source->piece_nbytes) {
            wanted = source->piece_nbytes;
            needed = needed < wanted ? needed : wanted;
        }
        size_t got = wanted;
        fj_status status = read_piece(source, dst + have, needed, &got);
        have += got;
        if (status != FJ_OK) {
            raise_status(source, status);
            return -1;
        }
        if (got < needed) {
            break; // end of the data
        }
        if (fj_progress_report(
                base->progress,
                source->start + fj_decompressor_used(source->decompressor)) <
            0) {
            return -1;
        }
    } while (have < at_least);
    return (Py_ssize_t)have;
}

int
fj_decompressing_source_init(fj_decompressing_source *source, fj_state *state,
                             const fj_codec *codec, fj_pyfile_feed *feed,
                             unsigned n_threads, const fj_block_table *table,
                             PyObject *filename)
{
    *source = (fj_decompressing_source){
        .base = {.read = decompress,
                 .left = -1,
                 .plausible = feed->base.left * USUAL_RATIO},
        .state = state,
        .filename = filename,
        .feed = feed,
        .codec = codec,
        .piece_nbytes = (size_t)(n_threads > 0 ? n_threads : 1) * LARGEST_READ,
        .decompressor =
            fj_decompressor_new(codec, &feed->base, n_threads, table),
    };
    if (source->decompressor == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

int
fj_decompressing_source_finish(fj_decompressing_source *source,
                               uint64_t *unused_ret)
{
    fj_decompressor *d = source->decompressor;
    char passed[4096];
    fj_status status = FJ_OK;
    for (size_t i = 0; i < FINISH_NBYTES / sizeof passed; i++) {
        fj_pyfile_feed_suspend(source->feed);
        status = fj_decompressor_finish(d, unused_ret);
        fj_pyfile_feed_resume(source->feed);
        if (status != FJ_OK) {
            break;
        }
        size_t nbytes = sizeof passed;
        status = read_piece(source, passed, 1, &nbytes);
        if (status != FJ_OK) {
            break;
        }
    }
    if (status < 0) {
        raise_status(source, status);
        return -1;
    }
    return status == FJ_END;
}

int
fj_decompressing_source_check_rest(fj_decompressing_source *source,
                                   uint64_t unused)
{
    const fj_pyfile_feed *feed = source->feed;
    const fj_codec *codec = source->codec;
    uint8_t start[FJ_CODEC_FRAME];
    uint64_t end = feed->base.given - unused;
    if (!feed->base.any_thread || end == feed->base.size ||
        (feed->base.read_at(&feed->base, start, codec->prefix_nbytes, end) &&
         codec->begins(start))) {
        return 0;
    }
    PyObject *detail = PyUnicode_FromFormat(
        "other data follows the end of its %s data", codec->name);
    if (detail != NULL) {
        fj_raise_invalid(source->state, source->filename, detail, end);
        Py_DECREF(detail);
    }
    return -1;
}

void
fj_decompressing_source_clear(fj_decompressing_source *source)
{
    fj_decompressor *decompressor = source->decompressor;
    source->decompressor = NULL;
    fj_pyfile_feed_suspend(source->feed); // waits for blocks that are being
                                          // decoded
    fj_decompressor_free(decompressor);
    fj_pyfile_feed_resume(source->feed);
}
