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
#ifndef FJ_CODEC_BLOCK_TABLE_H
#define FJ_CODEC_BLOCK_TABLE_H

#include "codec/codec.h"
#include "codec/feed.h"

typedef struct {
    uint32_t *sizes; // owned
    size_t n_blocks;
    size_t capacity;
    uint64_t nbytes; // of the data, without the table
} fj_block_table;

void fj_block_table_clear(fj_block_table *table);

/* Notes a block.  NO_MEMORY, or where there are too many. */
fj_status fj_block_table_add(fj_block_table *table, size_t block_nbytes);

/* The size of the table as it stands in the data. */
size_t fj_block_table_nbytes(const fj_block_table *table);

/* That table: allocates *table_ret, to be freed. */
fj_status fj_block_table_write(const fj_block_table *table,
                               uint8_t **table_ret, size_t *nbytes_ret);

/* The same in stored blocks, the last of which ends the stream. */
fj_status fj_block_table_store(const uint8_t *table, size_t nbytes,
                               uint8_t **stored_ret, size_t *stored_nbytes);

/* Where the table's data is in a file, from its end: how many bytes before
 * the stream's trailer to read. */
enum { FJ_TABLE_FOOTER = 24 };

/* Looks at the last FJ_TABLE_FOOTER bytes of the data: the size of the stored
 * blocks, or 0 where they hold no table. */
uint64_t fj_block_table_stored_nbytes(const uint8_t *footer);

/* Reads the stored blocks.  OK, and the table as it stands in the data in
 * *table_ret, to be freed; DAMAGED where they are something else. */
fj_status fj_block_table_read(const uint8_t *stored, size_t stored_nbytes,
                              fj_block_table *table, uint8_t **table_ret,
                              size_t *table_nbytes);

/* A table that was found in a file.  All offsets are of the feed. */
typedef struct {
    fj_block_table table;
    uint64_t start;  // of the first block
    uint64_t nbytes; // of all blocks
    uint8_t *bytes;  // owned: the table as it stands in the data
    size_t table_nbytes;
    uint8_t trailer[FJ_CODEC_FRAME]; // of the stream
    size_t trailer_nbytes;
} fj_found_table;

/* Looks for the table at the end of all that is fed.  True with the table,
 * which is to be cleared; false where there is none, or where it cannot be
 * right. */
bool fj_block_table_find(fj_found_table *found, const fj_codec *codec,
                         const fj_feed *feed);

void fj_found_table_clear(fj_found_table *found);

#endif
