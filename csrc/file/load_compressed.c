/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load_compressed.h"

#include "file/block_table.h"
#include "file/decompressing_source.h"

/* The blocks were the stream: they were all read, and it ends as a stream of
 * such data does. */
static bool
is_true(const fj_codec *codec, const fj_block_table *table,
        const fj_decompressing_source *source, const fj_input *in)
{
    uint64_t nbytes = table->index.nbytes;
    uint32_t check =
        codec->combine(fj_decompressor_check(source->decompressor),
                       codec->check(table->bytes, table->table_nbytes),
                       table->table_nbytes);
    uint8_t trailer[FJ_CODEC_FRAME];
    codec->end(check, nbytes + table->table_nbytes, true, trailer);
    return fj_input_position(in) == nbytes &&
           fj_decompressor_nbytes(source->decompressor) == nbytes &&
           memcmp(trailer, table->trailer, table->trailer_nbytes) == 0;
}

/* Loads by the block table.  *distrust_ret: it was not true, and what was
 * loaded, or the exception, means nothing. */
static PyObject *
load_blocks(fj_state *state, const fj_codec *codec, const fj_file_feed *feed,
            fj_block_table *table, unsigned n_threads,
            const fj_load_options *options, bool *distrust_ret)
{
    fj_file_feed blocks = *feed;
    fj_decompressing_source source;
    fj_input in;
    PyObject *value = NULL;
    fj_file_feed_seek(&blocks, table->start, table->nbytes);
    *distrust_ret = false;
    if (fj_decompressing_source_init(&source, state, codec, &blocks,
                                     n_threads, &table->index,
                                     options->filename) < 0) {
        return NULL;
    }
    source.base.progress = options->progress;
    source.start = table->start;
    if (fj_input_init_source(&in, state, &source.base, options->filename) ==
        0) {
        value = fj_unpickle(state, &in, options);
        *distrust_ret = value == NULL
                            ? source.damaged
                            : !is_true(codec, table, &source, &in);
        fj_input_clear(&in);
    }
    fj_decompressing_source_clear(&source);
    if (*distrust_ret) {
        PyErr_Clear();
        Py_CLEAR(value);
    }
    return value;
}

/* The object has been read: verifies the check value, and leaves the file
 * object behind the stream.  `whole`: nothing may follow. */
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
    return fj_file_feed_return(source->feed, unused);
}

static PyObject *
load_stream(fj_state *state, const fj_codec *codec, fj_file_feed *feed,
            unsigned n_threads, bool whole, const fj_load_options *options,
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
        value = fj_unpickle(state, &in, options);
        if (value != NULL && finish(&source, whole, done_ret) < 0) {
            Py_CLEAR(value);
        }
        fj_input_clear(&in);
    }
    fj_decompressing_source_clear(&source);
    return value;
}

PyObject *
fj_load_compressed(fj_state *state, const fj_codec *codec, PyObject *origin,
                   unsigned n_threads, bool whole,
                   const fj_load_options *options)
{
    fj_file_feed feed;
    fj_block_table table;
    PyObject *value = NULL;
    bool distrust = true;
    if (fj_file_feed_open(&feed, state, origin) < 0) {
        return NULL;
    }
    uint64_t done = feed.size;
    if (feed.base.any_thread) {
        options->progress->total = (int64_t)feed.size;
    }
    if (fj_block_table_find(&table, codec, &feed)) {
        value = load_blocks(state, codec, &feed, &table, n_threads, options,
                            &distrust);
        fj_block_table_clear(&table);
        if (value != NULL && !whole) {
            feed.base.given = feed.size;
            if (fj_file_feed_return(&feed, 0) < 0) {
                Py_CLEAR(value);
            }
        }
    }
    if (distrust) {
        value = load_stream(state, codec, &feed, n_threads, whole, options,
                            &done);
    }
    bool to_the_end = whole && feed.base.any_thread;
    fj_file_feed_close(&feed);
    if (value != NULL &&
        fj_progress_finish(options->progress,
                           to_the_end ? feed.size : done) < 0) {
        Py_CLEAR(value);
    }
    return value;
}
