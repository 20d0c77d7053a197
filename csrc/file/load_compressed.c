/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load_compressed.h"

#include "file/decompressing_source.h"
#include "file/seal_reading.h"
#include "file/unpickle.h"
#include "py/errors.h"

/* Whether the table was right: all blocks were read, and the trailer is that
 * of a stream with their data. */
static bool
is_true(const fj_codec *codec, const fj_found_table *found,
        const fj_decompressing_source *source, const fj_input *in)
{
    uint64_t nbytes = found->table.nbytes, rest_nbytes;
    uint32_t rest = fj_found_table_check(found, codec, &rest_nbytes);
    uint32_t check = codec->combine(
        fj_decompressor_check(source->decompressor), rest, rest_nbytes);
    uint8_t trailer[FJ_CODEC_FRAME];
    codec->end(check, nbytes + rest_nbytes, true, trailer);
    return fj_input_position(in) == nbytes &&
           fj_decompressor_nbytes(source->decompressor) == nbytes &&
           memcmp(trailer, found->trailer, found->trailer_nbytes) == 0;
}

/* Loads with the block table.  If *distrust_ret is set, the table was wrong,
 * and the result or the exception must be ignored. */
static PyObject *
load_blocks(fj_state *state, const fj_codec *codec, const fj_pyfile_feed *feed,
            fj_found_table *found, unsigned n_threads,
            const fj_load_options *options, bool *distrust_ret)
{
    fj_pyfile_feed blocks = *feed;
    fj_decompressing_source source;
    fj_input in;
    PyObject *value = NULL;
    fj_load_options by_table = *options;
    by_table.n_blocks = found->table.n_blocks;
    fj_pyfile_feed_range(&blocks, found->start, found->nbytes);
    *distrust_ret = false;
    if (fj_decompressing_source_init(&source, state, codec, &blocks, n_threads,
                                     &found->table, options->filename) < 0) {
        return NULL;
    }
    source.base.progress = options->progress;
    source.start = found->start;
    if (fj_input_init_source(&in, state, &source.base, options->filename) ==
        0) {
        value = by_table.read(state, &in, &by_table);
        *distrust_ret = value == NULL ? source.damaged
                                      : !is_true(codec, found, &source, &in);
        fj_input_clear(&in);
    }
    fj_decompressing_source_clear(&source);
    if (*distrust_ret) {
        PyErr_Clear();
        Py_CLEAR(value);
    }
    return value;
}

/* Called when the object has been read: verifies the check value, and sets the
 * file object's position to the end of the stream. */
static int
finish(fj_decompressing_source *source, bool whole, uint64_t *done_ret)
{
    uint64_t unused = 0;
    int ended = fj_decompressing_source_finish(source, &unused);
    if (ended <= 0) {
        *done_ret = fj_decompressor_used(source->decompressor);
        return ended;
    }
    *done_ret = source->feed->base.given - unused;
    if (whole) {
        return fj_decompressing_source_check_rest(source, unused);
    }
    return fj_pyfile_feed_leave(source->feed, unused);
}

static PyObject *
load_stream(fj_state *state, const fj_codec *codec, fj_pyfile_feed *feed,
            unsigned n_threads, const fj_load_options *options,
            uint64_t *done_ret)
{
    fj_decompressing_source source;
    fj_input in;
    PyObject *value = NULL;
    if (fj_decompressing_source_init(&source, state, codec, feed, n_threads,
                                     NULL, options->filename) < 0) {
        return NULL;
    }
    source.base.progress = options->progress;
    if (fj_input_init_source(&in, state, &source.base, options->filename) ==
        0) {
        value = options->read(state, &in, options);
        if (value != NULL && finish(&source, options->whole, done_ret) < 0) {
            fj_clear_in_error(&value);
        }
        fj_input_clear(&in);
    }
    fj_decompressing_source_clear(&source);
    // cppcheck-suppress returnDanglingLifetime ; an object keeps no input
    return value;
}

PyObject *
fj_load_compressed(fj_state *state, const fj_codec *codec, fj_pyfile *file,
                   const fj_input *in, unsigned n_threads,
                   const fj_load_options *options, uint64_t *done_ret)
{
    fj_pyfile_feed feed;
    fj_found_table found;
    if (fj_pyfile_feed_init(&feed, file, in) < 0) {
        return NULL;
    }
    if (fj_block_table_find(&found, codec, &feed.base)) {
        bool distrust;
        PyObject *value = load_blocks(state, codec, &feed, &found, n_threads,
                                      options, &distrust);
        if (!distrust) {
            *done_ret = file->size;
            if (value != NULL && (fj_report_seal(options, &found.seal) < 0 ||
                                  fj_pyfile_leave(file, file->size, 0) < 0)) {
                fj_clear_in_error(&value);
            }
        }
        fj_found_table_clear(&found);
        if (!distrust) {
            return value;
        }
    }
    PyObject *value =
        load_stream(state, codec, &feed, n_threads, options, done_ret);
    if (value != NULL && fj_find_and_report_seal(options, file, codec) < 0) {
        fj_clear_in_error(&value);
    }
    return value;
}
