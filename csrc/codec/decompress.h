/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decompression ahead of the reader, on several threads where the stream is
 * made of blocks that are.
 *
 * What comes next is decoded into a ring of chunks, each a job of the pool,
 * which the owner reads in order:
 *
 *   blocks   of a deflate stream with a block table, or of LZ4 frames whose
 *            blocks are independent: each chunk is a block, on any thread
 *   stream   everything else: each chunk is the next part of the stream, on
 *            one thread beside the owner, or on the owner where the feed can
 *            only be read there
 *
 * Memory is bounded by the ring, whatever the data claims to be.
 *
 * Plain C11; may run without the GIL.
 */
#ifndef FJ_CODEC_DECOMPRESS_H
#define FJ_CODEC_DECOMPRESS_H

#include "codec/codec.h"
#include "codec/feed.h"
#include "codec/block_table.h"

typedef struct fj_decompressor fj_decompressor;

/* Reads streams, one after another, from `feed`, which stands at the first
 * and outlives the decompressor.  `table`: the block table of the stream, then
 * the feed stands at the first block and only the blocks are read; borrowed;
 * or NULL.  NULL: no memory. */
fj_decompressor *fj_decompressor_new(const fj_codec *codec, fj_feed *feed,
                                     unsigned n_threads,
                                     const fj_block_table *table);

/* Waits for what is being decoded.  NULL is allowed. */
void fj_decompressor_free(fj_decompressor *d);

/* The number of bytes that can be had without waiting. */
size_t fj_decompressor_ready(const fj_decompressor *d);

/* Gives at least `at_least` bytes, fewer only at the end of the last stream,
 * and at most *nbytes, which is set to how many. */
fj_status fj_decompressor_read(fj_decompressor *d, uint8_t *dst,
                               size_t at_least, size_t *nbytes);

/* What is wrong: after DAMAGED. */
const char *fj_decompressor_message(const fj_decompressor *d);

/* To be called when all that is wanted has been read.  If the stream ends
 * here its check value is verified, and *unused_ret is set to how many bytes
 * the feed has given that come after it.  OK where there is more data in the
 * stream, END where not. */
fj_status fj_decompressor_finish(fj_decompressor *d, uint64_t *unused_ret);

/* Bytes that have been read. */
uint64_t fj_decompressor_nbytes(const fj_decompressor *d);

/* Bytes of the feed that they were decoded from, to the end of the block or
 * the part that the last of them is in. */
uint64_t fj_decompressor_used(const fj_decompressor *d);

/* The check value of all blocks that have been read. */
uint32_t fj_decompressor_check(const fj_decompressor *d);

#endif
