/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decompression ahead of the reader, on several threads if the stream consists
 * of independent blocks.
 *
 * Data is decoded ahead into a ring of chunks, each a job of the pool, and the
 * owner reads the chunks in order:
 *
 *   blocks   of a deflate stream with a block table, or of LZ4 frames whose
 *            blocks are independent: each chunk is a block, on any thread
 *   stream   everything else: each chunk is the next part of the stream, on
 *            one thread beside the owner, or on the owner where the feed can
 *            only be read there
 *
 * Memory is bounded by the ring, whatever the data claims to be.
 *
 * Plain C11; everything but fj_decompressor_new() may run without the GIL.
 */
#ifndef FJ_CODEC_DECOMPRESS_H
#define FJ_CODEC_DECOMPRESS_H

#include "codec/codec.h"
#include "codec/feed.h"
#include "codec/block_table.h"

typedef struct fj_decompressor fj_decompressor;

/* Reads streams, one after another, from `feed`, which must be at the
 * beginning of the first and outlive the decompressor.  `table` (borrowed):
 * the block table of the stream, or NULL; with a table the feed must be at the
 * first block, and only the blocks are read.  NULL: no memory. */
fj_decompressor *fj_decompressor_new(const fj_codec *codec, fj_feed *feed,
                                     unsigned n_threads,
                                     const fj_block_table *table);

/* Waits for running jobs, and frees everything.  NULL is allowed. */
void fj_decompressor_free(fj_decompressor *d);

/* How many bytes can be read without waiting. */
size_t fj_decompressor_ready(const fj_decompressor *d);

/* Reads at least `at_least` bytes, fewer only at the end of the last stream,
 * and at most *nbytes, which is set to the number read. */
fj_status fj_decompressor_read(fj_decompressor *d, uint8_t *dst,
                               size_t at_least, size_t *nbytes);

/* After DAMAGED: what is wrong. */
const char *fj_decompressor_message(const fj_decompressor *d);

/* To be called when all wanted data has been read.  If the stream ends here,
 * verifies its check value, sets *unused_ret to the number of bytes that were
 * taken from the feed but come after the stream, and returns END.  OK if there
 * is more data in the stream. */
fj_status fj_decompressor_finish(fj_decompressor *d, uint64_t *unused_ret);

/* How many bytes have been read. */
uint64_t fj_decompressor_nbytes(const fj_decompressor *d);

/* How many bytes of the feed these were decoded from, up to the end of the
 * chunk that the last of them is in. */
uint64_t fj_decompressor_used(const fj_decompressor *d);

/* The check value of all blocks that have been read. */
uint32_t fj_decompressor_check(const fj_decompressor *d);

#endif
