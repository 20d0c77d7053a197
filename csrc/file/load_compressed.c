/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/load_compressed.h"

#include <stdlib.h> // free

#include "base/bytes.h"
#include "errors.h"
#include "file/decompressing_source.h"

/* The block table of a file, and what must be true if it is. */
typedef struct {
    fj_index index;
    uint64_t start;       // of the first block, in the feed
    uint64_t nbytes;      // of all blocks
    uint32_t table_check; // the check value of the table
    size_t table_nbytes;
    uint8_t trailer[FJ_CODEC_FRAME]; // of the stream
    size_t trailer_nbytes;
} block_table;

/* The size of the stream's head if it is one that we write, else 0: others
 * are read as streams. */
static size_t
measure_head(const fj_codec *codec, const fj_file_feed *feed)
{
    uint8_t ours[FJ_CODEC_FRAME], theirs[FJ_CODEC_FRAME];
    size_t nbytes = codec->begin(0, ours);
    if (!fj_file_feed_read_at(feed, theirs, nbytes, 0)) {
        return 0;
    }
    for (int level = 1; level <= 9; level++) {
        codec->begin(level, ours);
        if (memcmp(ours, theirs, nbytes) == 0) {
            return nbytes;
        }
    }
    return 0;
}

static bool
read_table(const fj_codec *codec, const fj_file_feed *feed, size_t head,
           size_t tail, block_table *table)
{
    uint8_t footer[FJ_INDEX_FOOTER];
    uint64_t size = feed->size;
    if (size < head + sizeof footer + tail ||
        !fj_file_feed_read_at(feed, footer, sizeof footer,
                              size - tail - sizeof footer) ||
        !fj_file_feed_read_at(feed, table->trailer, tail, size - tail)) {
        return false;
    }
    uint64_t stored_nbytes = fj_index_stored_nbytes(footer);
    if (stored_nbytes == 0 || stored_nbytes > size - tail - head) {
        return false;
    }
    uint8_t *stored = malloc((size_t)stored_nbytes);
    uint8_t *bytes = NULL;
    bool found =
        stored != NULL &&
        fj_file_feed_read_at(feed, stored, (size_t)stored_nbytes,
                             size - tail - stored_nbytes) &&
        fj_index_read(stored, (size_t)stored_nbytes, &table->index, &bytes,
                      &table->table_nbytes) == FJ_CODEC_OK;
    if (found) {
        table->table_check = codec->check(bytes, table->table_nbytes);
        table->start = head;
        table->nbytes = size - head - tail - stored_nbytes;
        table->trailer_nbytes = tail;
    }
    free(stored);
    free(bytes);
    return found;
}

/* True with the table, which is to be cleared; false where there is none, or
 * where it cannot be right. */
static bool
find_table(const fj_codec *codec, const fj_file_feed *feed,
           block_table *table)
{
    uint8_t trailer[FJ_CODEC_FRAME];
    memset(table, 0, sizeof *table);
    if (!feed->base.any_thread || codec->check == NULL) {
        return false;
    }
    size_t head = measure_head(codec, feed);
    size_t tail = codec->end(0, 0, true, trailer);
    if (head == 0 || !read_table(codec, feed, head, tail, table)) {
        return false;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < table->index.n_blocks; i++) {
        sum += table->index.sizes[i];
    }
    if (sum != table->nbytes) {
        fj_index_clear(&table->index);
        return false;
    }
    return true;
}

/* The blocks were the stream: they were all read, and it ends as a stream of
 * such data does. */
static bool
is_true(const fj_codec *codec, const block_table *table,
        const fj_decompressing_source *source, const fj_input *in)
{
    uint64_t nbytes = table->index.nbytes;
    uint32_t check =
        codec->combine(fj_decompressor_check(source->decompressor),
                       table->table_check, table->table_nbytes);
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
            block_table *table, unsigned n_threads,
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

/* Something follows the stream: another one is left alone, but what is none
 * makes stock joblib read for ever. */
static int
check_rest(fj_state *state, const fj_codec *codec, const fj_file_feed *feed,
           uint64_t unused, const fj_load_options *options)
{
    uint8_t start[FJ_CODEC_FRAME];
    uint64_t end = feed->base.given - unused;
    uint64_t rest = feed->size - end;
    if (rest == 0 ||
        (rest >= codec->prefix_nbytes &&
         fj_file_feed_read_at(feed, start, codec->prefix_nbytes, end) &&
         fj_codec_begins(codec, start))) {
        return 0;
    }
    PyObject *detail = PyUnicode_FromFormat(
        "other data follows the end of its %s data", codec->name);
    if (detail != NULL) {
        fj_raise_invalid(state, options->filename, detail, end);
        Py_DECREF(detail);
    }
    return -1;
}

/* The object has been read: verifies the check value, and leaves the file
 * object behind the stream.  `whole`: nothing may follow. */
static int
finish(fj_state *state, fj_decompressing_source *source, bool whole,
       const fj_load_options *options)
{
    uint64_t unused = 0;
    int ended = fj_decompressing_source_finish(source, &unused);
    if (ended <= 0) {
        return ended;
    }
    if (whole && source->feed->base.any_thread) {
        return check_rest(state, source->codec, source->feed, unused,
                          options);
    }
    return fj_file_feed_return(source->feed, unused);
}

static PyObject *
load_stream(fj_state *state, const fj_codec *codec, fj_file_feed *feed,
            unsigned n_threads, bool whole, const fj_load_options *options)
{
    fj_decompressing_source source;
    fj_input in;
    PyObject *value = NULL;
    if (fj_decompressing_source_init(&source, state, codec, feed, n_threads,
                                     NULL, options->filename) < 0) {
        return NULL;
    }
    if (fj_input_init_source(&in, state, &source.base, options->filename) ==
        0) {
        value = fj_unpickle(state, &in, options);
        if (value != NULL && finish(state, &source, whole, options) < 0) {
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
    block_table table;
    PyObject *value = NULL;
    bool distrust = true;
    if (fj_file_feed_open(&feed, state, origin) < 0) {
        return NULL;
    }
    if (find_table(codec, &feed, &table)) {
        value = load_blocks(state, codec, &feed, &table, n_threads, options,
                            &distrust);
        fj_index_clear(&table.index);
        if (value != NULL && !whole) {
            feed.base.given = feed.size;
            if (fj_file_feed_return(&feed, 0) < 0) {
                Py_CLEAR(value);
            }
        }
    }
    if (distrust) {
        value = load_stream(state, codec, &feed, n_threads, whole, options);
    }
    fj_file_feed_close(&feed);
    return value;
}
