/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/block_table.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h> // crc32

#include "base/bytes.h"
#include "codec/stored.h"

enum {
    VERSION = 1,
    ENTRY = 4,
    /* 64 TiB of data.  How much a forged table can make us read is bounded by
     * the file's size too. */
    MAX_BLOCKS = 1 << 26,
};

/* Offsets in the footer. */
enum {
    AT_NBYTES = 0,
    AT_N_BLOCKS = 8,
    AT_VERSION = 12,
    AT_CRC = 16,
    AT_MAGIC = 20
};

static const uint8_t MAGIC[4] = {'f', 'j', 'b', 't'};

void
fj_block_table_clear(fj_block_table *table)
{
    free(table->sizes);
    *table = (fj_block_table){0};
}

fj_status
fj_block_table_add(fj_block_table *table, size_t block_nbytes)
{
    if (table->n_blocks == table->capacity) {
        size_t capacity = table->capacity == 0 ? 64 : table->capacity * 2;
        uint32_t *sizes =
            capacity > MAX_BLOCKS
                ? NULL
                : realloc(table->sizes, capacity * sizeof *sizes);
        if (sizes == NULL) {
            return FJ_NO_MEMORY;
        }
        table->sizes = sizes;
        table->capacity = capacity;
    }
    table->sizes[table->n_blocks++] = (uint32_t)block_nbytes;
    return FJ_OK;
}

size_t
fj_block_table_nbytes(const fj_block_table *table)
{
    return table->n_blocks * ENTRY + FJ_TABLE_FOOTER;
}

fj_status
fj_block_table_write(const fj_block_table *table, uint8_t **bytes_ret,
                     size_t *nbytes_ret)
{
    size_t nbytes = fj_block_table_nbytes(table);
    uint8_t *bytes = malloc(nbytes);
    if (bytes == NULL) {
        return FJ_NO_MEMORY;
    }
    for (size_t i = 0; i < table->n_blocks; i++) {
        fj_store_le32(bytes + i * ENTRY, table->sizes[i]);
    }
    uint8_t *footer = bytes + nbytes - FJ_TABLE_FOOTER;
    fj_store_le64(footer + AT_NBYTES, table->nbytes);
    fj_store_le32(footer + AT_N_BLOCKS, (uint32_t)table->n_blocks);
    fj_store_le32(footer + AT_VERSION, VERSION);
    size_t checked = nbytes - FJ_TABLE_FOOTER + AT_CRC;
    fj_store_le32(footer + AT_CRC, (uint32_t)crc32_z(0, bytes, checked));
    memcpy(footer + AT_MAGIC, MAGIC, sizeof MAGIC);
    *bytes_ret = bytes;
    *nbytes_ret = nbytes;
    return FJ_OK;
}

uint64_t
fj_block_table_stored_nbytes(const uint8_t *footer)
{
    uint64_t n_blocks = fj_load_le32(footer + AT_N_BLOCKS);
    if (memcmp(footer + AT_MAGIC, MAGIC, sizeof MAGIC) != 0 ||
        fj_load_le32(footer + AT_VERSION) != VERSION || n_blocks == 0 ||
        n_blocks > MAX_BLOCKS) {
        return 0;
    }
    size_t nbytes = (size_t)n_blocks * ENTRY + FJ_TABLE_FOOTER;
    return fj_stored_nbytes(nbytes);
}

/* Whether the table is consistent. */
static bool
is_plausible(const uint8_t *table, size_t nbytes, size_t n_blocks)
{
    const uint8_t *footer = table + nbytes - FJ_TABLE_FOOTER;
    uint64_t data_nbytes = fj_load_le64(footer + AT_NBYTES);
    size_t checked = nbytes - FJ_TABLE_FOOTER + AT_CRC;
    return fj_load_le32(footer + AT_CRC) ==
               (uint32_t)crc32_z(0, table, checked) &&
           data_nbytes > (uint64_t)(n_blocks - 1) * FJ_BLOCK_NBYTES &&
           data_nbytes <= (uint64_t)n_blocks * FJ_BLOCK_NBYTES;
}

size_t
fj_block_table_is_whole(const uint8_t *table, size_t nbytes)
{
    if (nbytes < FJ_TABLE_FOOTER) {
        return 0;
    }
    const uint8_t *footer = table + nbytes - FJ_TABLE_FOOTER;
    size_t n_blocks = fj_load_le32(footer + AT_N_BLOCKS);
    return fj_block_table_stored_nbytes(footer) > 0 &&
                   n_blocks * ENTRY + FJ_TABLE_FOOTER == nbytes &&
                   is_plausible(table, nbytes, n_blocks)
               ? n_blocks
               : 0;
}

fj_status
fj_block_table_read(const uint8_t *stored, size_t stored_nbytes, bool final,
                    fj_block_table *table, uint8_t **bytes_ret,
                    size_t *bytes_nbytes)
{
    if (stored_nbytes < FJ_TABLE_FOOTER) {
        return FJ_DAMAGED;
    }
    const uint8_t *footer = stored + stored_nbytes - FJ_TABLE_FOOTER;
    size_t n_blocks = fj_load_le32(footer + AT_N_BLOCKS);
    if (fj_block_table_stored_nbytes(footer) != stored_nbytes) {
        return FJ_DAMAGED;
    }
    size_t nbytes = n_blocks * ENTRY + FJ_TABLE_FOOTER;
    uint8_t *bytes = malloc(nbytes);
    uint32_t *sizes = malloc(n_blocks * sizeof *sizes);
    fj_status status = FJ_OK;
    if (bytes == NULL || sizes == NULL) {
        status = FJ_NO_MEMORY;
    }
    else if (!fj_stored_read(stored, stored_nbytes, final, bytes, nbytes) ||
             !is_plausible(bytes, nbytes, n_blocks)) {
        status = FJ_DAMAGED;
    }
    if (status != FJ_OK) {
        free(bytes);
        free(sizes);
        return status;
    }
    for (size_t i = 0; i < n_blocks; i++) {
        sizes[i] = fj_load_le32(bytes + i * ENTRY);
    }
    *table = (fj_block_table){
        .sizes = sizes,
        .n_blocks = n_blocks,
        .capacity = n_blocks,
        .nbytes = fj_load_le64(bytes + nbytes - FJ_TABLE_FOOTER + AT_NBYTES),
    };
    *bytes_ret = bytes;
    *bytes_nbytes = nbytes;
    return FJ_OK;
}

/* The size of the stream's header if it is one that we write, else 0: with
 * other headers the data is read as a stream. */
static size_t
measure_head(const fj_codec *codec, const fj_feed *feed)
{
    uint8_t ours[FJ_CODEC_FRAME], theirs[FJ_CODEC_FRAME];
    size_t nbytes = codec->begin(0, ours);
    if (!feed->read_at(feed, theirs, nbytes, 0)) {
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

/* Reads the table, which ends at `end`. */
static bool
read_table(fj_found_table *found, const fj_feed *feed, uint64_t head,
           uint64_t end, bool final)
{
    uint8_t footer[FJ_TABLE_FOOTER];
    if (end < head + sizeof footer ||
        !feed->read_at(feed, footer, sizeof footer, end - sizeof footer)) {
        return false;
    }
    uint64_t stored_nbytes = fj_block_table_stored_nbytes(footer);
    if (stored_nbytes == 0 || stored_nbytes > end - head) {
        return false;
    }
    uint8_t *stored = malloc((size_t)stored_nbytes);
    bool is_table = stored != NULL &&
                    feed->read_at(feed, stored, (size_t)stored_nbytes,
                                  end - stored_nbytes) &&
                    fj_block_table_read(stored, (size_t)stored_nbytes, final,
                                        &found->table, &found->bytes,
                                        &found->table_nbytes) == FJ_OK;
    free(stored);
    found->start = head;
    found->nbytes = end - head - stored_nbytes;
    return is_table;
}

/* Whether the blocks fill the space between header and table exactly. */
static bool
is_tiled(const fj_found_table *found)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < found->table.n_blocks; i++) {
        sum += found->table.sizes[i];
    }
    return sum == found->nbytes;
}

bool
fj_block_table_find(fj_found_table *found, const fj_codec *codec,
                    const fj_feed *feed)
{
    memset(found, 0, sizeof *found);
    if (feed->read_at == NULL || codec->check == NULL) {
        return false;
    }
    uint64_t head = measure_head(codec, feed);
    size_t tail = found->trailer_nbytes =
        codec->end(0, 0, true, found->trailer);
    if (head == 0 || feed->size < head + tail ||
        !feed->read_at(feed, found->trailer, tail, feed->size - tail)) {
        return false;
    }
    bool sealed = fj_seal_find(&found->seal, codec, feed);
    uint64_t end = sealed ? found->seal.start : feed->size - tail;
    if (!read_table(found, feed, head, end, !sealed) || !is_tiled(found)) {
        fj_found_table_clear(found);
        return false;
    }
    return true;
}

uint32_t
fj_found_table_check(const fj_found_table *found, const fj_codec *codec,
                     uint64_t *nbytes_ret)
{
    const fj_found_seal *seal = &found->seal;
    *nbytes_ret = found->table_nbytes + seal->nbytes;
    return codec->combine(codec->check(found->bytes, found->table_nbytes),
                          codec->check(seal->bytes, seal->nbytes),
                          seal->nbytes);
}

void
fj_found_table_clear(fj_found_table *found)
{
    fj_block_table_clear(&found->table);
    fj_found_seal_clear(&found->seal);
    free(found->bytes);
    found->bytes = NULL;
}
