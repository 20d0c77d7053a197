/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The block table (codec/index.h) at the end of a file.
 */
#ifndef FJ_FILE_BLOCK_TABLE_H
#define FJ_FILE_BLOCK_TABLE_H

#include "codec/codec.h"
#include "codec/index.h"
#include "file/file_feed.h"

/* All offsets are of the feed. */
typedef struct {
    fj_index index;
    uint64_t start;  // of the first block
    uint64_t nbytes; // of all blocks
    uint8_t *bytes;  // owned: the table as it stands in the data
    size_t table_nbytes;
    uint8_t trailer[FJ_CODEC_FRAME]; // of the stream
    size_t trailer_nbytes;
} fj_block_table;

/* True with the table, which is to be cleared; false where there is none, or
 * where it cannot be right. */
bool fj_block_table_find(fj_block_table *table, const fj_codec *codec,
                         const fj_file_feed *feed);

void fj_block_table_clear(fj_block_table *table);

#endif
