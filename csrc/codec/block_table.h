/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The block table: the sizes of a deflate stream's blocks, by which they can
 * be found and decoded in parallel.
 *
 * It is data at the end of the stream, after the pickle's STOP, where no other
 * reader looks; only the seal may follow.  It is in stored deflate blocks, so
 * that it can be read from the end of the file without decoding anything:
 *
 *     size of each block      4 bytes each, little-endian, compressed
 *     bytes of all blocks     8, before compression
 *     number of blocks        4
 *     version                 4
 *     CRC-32 of all above     4
 *     magic                   4
 *
 * Every block but the last holds FJ_BLOCK_NBYTES.  The table is a hint that
 * may be forged.  Whoever uses it must verify that each block decodes by
 * itself and ends where the next one begins, and that the stream's check value
 * is that of the decoded data.  Then the table is right.
 */
#ifndef FJ_CODEC_BLOCK_TABLE_H
#define FJ_CODEC_BLOCK_TABLE_H

#include "codec/codec.h"
#include "codec/feed.h"
#include "codec/seal.h"

typedef struct {
    uint32_t *sizes; // owned
    size_t n_blocks;
    size_t capacity;
    uint64_t nbytes; // of the data, without the table
} fj_block_table;

void fj_block_table_clear(fj_block_table *table);

/* Adds a block.  NO_MEMORY also if there are too many. */
fj_status fj_block_table_add(fj_block_table *table, size_t block_nbytes);

/* The size of the table in the data. */
size_t fj_block_table_nbytes(const fj_block_table *table);

/* The table as it is in the data: allocates *table_ret, to be freed. */
fj_status fj_block_table_write(const fj_block_table *table,
                               uint8_t **table_ret, size_t *nbytes_ret);

/* The size of the footer, which ends where the stream's trailer begins. */
enum { FJ_TABLE_FOOTER = 24 };

/* Reads the footer, the last FJ_TABLE_FOOTER bytes of the data: returns the
 * size of the stored blocks, or 0 if this is no table's footer. */
uint64_t fj_block_table_stored_nbytes(const uint8_t *footer);

/* Reads the stored blocks (`final`: they end the stream).  OK, and in
 * *table_ret the table as it is in the data, to be freed; DAMAGED if they hold
 * no valid table. */
fj_status fj_block_table_read(const uint8_t *stored, size_t stored_nbytes,
                              bool final, fj_block_table *table,
                              uint8_t **table_ret, size_t *table_nbytes);

/* The number of blocks, if these bytes, as they are in the data, are one whole
 * table; else 0. */
size_t fj_block_table_is_whole(const uint8_t *table, size_t nbytes);

/* A table that was found in a file.  Offsets are in the feed. */
typedef struct {
    fj_block_table table;
    uint64_t start;  // of the first block
    uint64_t nbytes; // of all blocks
    uint8_t *bytes;  // owned: the table as it is in the data
    size_t table_nbytes;
    fj_found_seal seal;              // behind the table, or all zero
    uint8_t trailer[FJ_CODEC_FRAME]; // of the stream
    size_t trailer_nbytes;
} fj_found_table;

/* Looks for the table at the feed's end, or before the seal there.  True with
 * the table, which must be cleared; false if there is none, or one that cannot
 * be right. */
bool fj_block_table_find(fj_found_table *found, const fj_codec *codec,
                         const fj_feed *feed);

/* The check value of what follows the blocks, and its size. */
uint32_t fj_found_table_check(const fj_found_table *found,
                              const fj_codec *codec, uint64_t *nbytes_ret);

void fj_found_table_clear(fj_found_table *found);

#endif
