/* SPDX-License-Identifier: BSD-3-Clause */
#include "codec/index.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h> // crc32

#include "base/bytes.h"

enum {
    VERSION = 1,
    ENTRY = 4,
    /* What a stored block holds at most, and what stands before it. */
    STORED_MAX = 65535,
    STORED_HEAD = 5,
    /* 64 TiB of data; what a forged table makes us read is bounded by the
     * file's size besides. */
    MAX_BLOCKS = 1 << 26,
};

/* Offsets in the footer. */
enum { AT_NBYTES = 0, AT_N_BLOCKS = 8, AT_VERSION = 12, AT_CRC = 16,
       AT_MAGIC = 20 };

static const uint8_t MAGIC[4] = {'f', 'j', 'b', 't'};

void
fj_index_clear(fj_index *index)
{
    free(index->sizes);
    *index = (fj_index){0};
}

fj_status
fj_index_add(fj_index *index, size_t block_nbytes)
{
    if (index->n_blocks == index->capacity) {
        size_t capacity = index->capacity == 0 ? 64 : index->capacity * 2;
        uint32_t *sizes =
            capacity > MAX_BLOCKS
                ? NULL
                : realloc(index->sizes, capacity * sizeof *sizes);
        if (sizes == NULL) {
            return FJ_NO_MEMORY;
        }
        index->sizes = sizes;
        index->capacity = capacity;
    }
    index->sizes[index->n_blocks++] = (uint32_t)block_nbytes;
    return FJ_OK;
}

size_t
fj_index_nbytes(const fj_index *index)
{
    return index->n_blocks * ENTRY + FJ_INDEX_FOOTER;
}

fj_status
fj_index_write(const fj_index *index, uint8_t **table_ret, size_t *nbytes_ret)
{
    size_t nbytes = fj_index_nbytes(index);
    uint8_t *table = malloc(nbytes);
    if (table == NULL) {
        return FJ_NO_MEMORY;
    }
    for (size_t i = 0; i < index->n_blocks; i++) {
        fj_store_le32(table + i * ENTRY, index->sizes[i]);
    }
    uint8_t *footer = table + nbytes - FJ_INDEX_FOOTER;
    fj_store_le64(footer + AT_NBYTES, index->nbytes);
    fj_store_le32(footer + AT_N_BLOCKS, (uint32_t)index->n_blocks);
    fj_store_le32(footer + AT_VERSION, VERSION);
    size_t checked = nbytes - FJ_INDEX_FOOTER + AT_CRC;
    fj_store_le32(footer + AT_CRC, (uint32_t)crc32_z(0, table, checked));
    memcpy(footer + AT_MAGIC, MAGIC, sizeof MAGIC);
    *table_ret = table;
    *nbytes_ret = nbytes;
    return FJ_OK;
}

static size_t
n_stored_blocks(size_t nbytes)
{
    return (nbytes + STORED_MAX - 1) / STORED_MAX;
}

fj_status
fj_index_store(const uint8_t *table, size_t nbytes, uint8_t **stored_ret,
               size_t *stored_nbytes)
{
    size_t size = nbytes + n_stored_blocks(nbytes) * STORED_HEAD;
    uint8_t *stored = malloc(size);
    if (stored == NULL) {
        return FJ_NO_MEMORY;
    }
    *stored_ret = stored;
    *stored_nbytes = size;
    while (nbytes > 0) {
        size_t piece = nbytes < STORED_MAX ? nbytes : STORED_MAX;
        stored[0] = piece == nbytes; // the last one ends the stream
        fj_store_le16(stored + 1, (uint16_t)piece);
        fj_store_le16(stored + 3, (uint16_t)~piece);
        memcpy(stored + STORED_HEAD, table, piece);
        stored += STORED_HEAD + piece;
        table += piece;
        nbytes -= piece;
    }
    return FJ_OK;
}

uint64_t
fj_index_stored_nbytes(const uint8_t *footer)
{
    uint64_t n_blocks = fj_load_le32(footer + AT_N_BLOCKS);
    if (memcmp(footer + AT_MAGIC, MAGIC, sizeof MAGIC) != 0 ||
        fj_load_le32(footer + AT_VERSION) != VERSION || n_blocks == 0 ||
        n_blocks > MAX_BLOCKS) {
        return 0;
    }
    size_t nbytes = (size_t)n_blocks * ENTRY + FJ_INDEX_FOOTER;
    return nbytes + n_stored_blocks(nbytes) * STORED_HEAD;
}

/* Takes the stored blocks' heads away, which must be just those that
 * fj_index_store() writes. */
static bool
take_out(const uint8_t *stored, size_t stored_nbytes, uint8_t *table,
         size_t nbytes)
{
    while (nbytes > 0) {
        size_t piece = nbytes < STORED_MAX ? nbytes : STORED_MAX;
        if (stored_nbytes < STORED_HEAD + piece ||
            stored[0] != (piece == nbytes) ||
            fj_load_le16(stored + 1) != piece ||
            fj_load_le16(stored + 3) != (uint16_t)~piece) {
            return false;
        }
        memcpy(table, stored + STORED_HEAD, piece);
        stored += STORED_HEAD + piece;
        stored_nbytes -= STORED_HEAD + piece;
        table += piece;
        nbytes -= piece;
    }
    return stored_nbytes == 0;
}

/* The table says something that could be true. */
static bool
is_plausible(const uint8_t *table, size_t nbytes, size_t n_blocks)
{
    const uint8_t *footer = table + nbytes - FJ_INDEX_FOOTER;
    uint64_t data_nbytes = fj_load_le64(footer + AT_NBYTES);
    size_t checked = nbytes - FJ_INDEX_FOOTER + AT_CRC;
    return fj_load_le32(footer + AT_CRC) ==
               (uint32_t)crc32_z(0, table, checked) &&
           data_nbytes > (uint64_t)(n_blocks - 1) * FJ_BLOCK_NBYTES &&
           data_nbytes <= (uint64_t)n_blocks * FJ_BLOCK_NBYTES;
}

fj_status
fj_index_read(const uint8_t *stored, size_t stored_nbytes, fj_index *index,
              uint8_t **table_ret, size_t *table_nbytes)
{
    if (stored_nbytes < FJ_INDEX_FOOTER) {
        return FJ_DAMAGED;
    }
    const uint8_t *footer = stored + stored_nbytes - FJ_INDEX_FOOTER;
    size_t n_blocks = fj_load_le32(footer + AT_N_BLOCKS);
    if (fj_index_stored_nbytes(footer) != stored_nbytes) {
        return FJ_DAMAGED;
    }
    size_t nbytes = n_blocks * ENTRY + FJ_INDEX_FOOTER;
    uint8_t *table = malloc(nbytes);
    uint32_t *sizes = malloc(n_blocks * sizeof *sizes);
    fj_status status = FJ_OK;
    if (table == NULL || sizes == NULL) {
        status = FJ_NO_MEMORY;
    }
    else if (!take_out(stored, stored_nbytes, table, nbytes) ||
             !is_plausible(table, nbytes, n_blocks)) {
        status = FJ_DAMAGED;
    }
    if (status != FJ_OK) {
        free(table);
        free(sizes);
        return status;
    }
    for (size_t i = 0; i < n_blocks; i++) {
        sizes[i] = fj_load_le32(table + i * ENTRY);
    }
    *index = (fj_index){
        .sizes = sizes,
        .n_blocks = n_blocks,
        .capacity = n_blocks,
        .nbytes = fj_load_le64(table + nbytes - FJ_INDEX_FOOTER + AT_NBYTES),
    };
    *table_ret = table;
    *table_nbytes = nbytes;
    return FJ_OK;
}
