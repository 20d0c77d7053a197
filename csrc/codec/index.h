/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The block table: where each block of a deflate stream begins, so that they
 * can be decoded all at once.
 *
 * It stands at the end of the stream, as data behind the pickle's STOP, which
 * no reader looks at, in stored deflate blocks, so that it can be read from
 * the end of the file without decoding anything:
 *
 *     size of each block      4 bytes each, little-endian, compressed
 *     bytes of all blocks     8, before compression
 *     number of blocks        4
 *     version                 4
 *     CRC-32 of all above     4
 *     magic                   4
 *
 * Every block but the last holds FJ_BLOCK_NBYTES.  The table is a hint that
 * anyone may have forged: whoever uses it must see that each block decodes by
 * itself, ends where the next begins, and that the stream's check value is
 * that of what was decoded.  Then it tells the truth.
 */
#ifndef FJ_CODEC_INDEX_H
#define FJ_CODEC_INDEX_H

#include "codec/codec.h"

typedef struct {
    uint32_t *sizes; // owned
    size_t n_blocks;
    size_t capacity;
    uint64_t nbytes; // of the data, without the table
} fj_index;

void fj_index_clear(fj_index *index);

/* Notes a block.  NO_MEMORY, or where there are too many. */
fj_status fj_index_add(fj_index *index, size_t block_nbytes);

/* The size of the table as it stands in the data. */
size_t fj_index_nbytes(const fj_index *index);

/* That table: allocates *table_ret, to be freed. */
fj_status fj_index_write(const fj_index *index, uint8_t **table_ret,
                               size_t *nbytes_ret);

/* The same in stored blocks, the last of which ends the stream. */
fj_status fj_index_store(const uint8_t *table, size_t nbytes,
                               uint8_t **stored_ret, size_t *stored_nbytes);

/* Where the table's data is in a file, from its end: how many bytes before
 * the stream's trailer to read. */
enum { FJ_INDEX_FOOTER = 24 };

/* Looks at the last FJ_INDEX_FOOTER bytes of the data: the size of the stored
 * blocks, or 0 where they hold no table. */
uint64_t fj_index_stored_nbytes(const uint8_t *footer);

/* Reads the stored blocks.  OK, and the table as it stands in the data in
 * *table_ret, to be freed; DAMAGED where they are something else. */
fj_status fj_index_read(const uint8_t *stored, size_t stored_nbytes,
                              fj_index *index, uint8_t **table_ret,
                              size_t *table_nbytes);

#endif
