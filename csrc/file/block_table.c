/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/block_table.h"

#include <stdlib.h> // free, malloc

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

/* Reads the table that stands before the trailer, `tail` bytes. */
static bool
read_table(fj_block_table *table, const fj_file_feed *feed, size_t head,
           size_t tail)
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
    bool found = stored != NULL &&
                 fj_file_feed_read_at(feed, stored, (size_t)stored_nbytes,
                                      size - tail - stored_nbytes) &&
                 fj_index_read(stored, (size_t)stored_nbytes, &table->index,
                               &table->bytes,
                               &table->table_nbytes) == FJ_OK;
    free(stored);
    table->start = head;
    table->nbytes = size - head - tail - stored_nbytes;
    table->trailer_nbytes = tail;
    return found;
}

/* The blocks lie one behind the other, from the head to the table. */
static bool
is_tiled(const fj_block_table *table)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < table->index.n_blocks; i++) {
        sum += table->index.sizes[i];
    }
    return sum == table->nbytes;
}

bool
fj_block_table_find(fj_block_table *table, const fj_codec *codec,
                    const fj_file_feed *feed)
{
    uint8_t trailer[FJ_CODEC_FRAME];
    memset(table, 0, sizeof *table);
    if (!feed->base.any_thread || codec->check == NULL) {
        return false;
    }
    size_t head = measure_head(codec, feed);
    size_t tail = codec->end(0, 0, true, trailer);
    if (head == 0 || !read_table(table, feed, head, tail)) {
        return false;
    }
    if (!is_tiled(table)) {
        fj_block_table_clear(table);
        return false;
    }
    return true;
}

void
fj_block_table_clear(fj_block_table *table)
{
    fj_index_clear(&table->index);
    free(table->bytes);
    table->bytes = NULL;
}
