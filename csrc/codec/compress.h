/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compression on several threads.
 *
 * The owner feeds data, which is cut into blocks of FJ_BLOCK_NBYTES wherever
 * it came from; each block is a job of the pool; the owner takes the coded
 * blocks in order and writes them.  Blocks lie in a ring of slots, so memory
 * is bounded: a ring that is full takes no more until its oldest block has
 * been taken, and waiting for that is when the owner helps to compress.
 *
 *     feed -> [filling] -> [queued] -> [coded] -> take
 *
 * Where blocks are cut, and how each is coded, depends on the data alone, so
 * the bytes do not depend on the number of threads.
 *
 * Plain C11; everything but fj_compressor_new() may run without the GIL.
 */
#ifndef FJ_CODEC_COMPRESS_H
#define FJ_CODEC_COMPRESS_H

#include "codec/codec.h"

typedef struct fj_compressor fj_compressor;

/* `to_file`: the stream is all that a file will hold, so it may end with the
 * block table, and fj_compressor_head() be written over its beginning.
 * NULL: no memory.  Threads are started for the second block. */
fj_compressor *fj_compressor_new(const fj_codec *codec, int level,
                                 unsigned n_threads, bool to_file);

/* Has `watch` asked, on the owner's thread, where that compresses or waits:
 * when it says so, what was called returns STOPPED, and the threads end what
 * they do.  To be called before anything is fed. */
void fj_compressor_watch(fj_compressor *c, fj_watch *watch);

/* Waits for the blocks that are being coded, and drops the rest. */
void fj_compressor_free(fj_compressor *c);

/* Takes as much of the data as there is room for: *nbytes is set to that.
 * What lies in `data` must stay there until fj_compressor_settle(). */
fj_status fj_compressor_feed(fj_compressor *c, const uint8_t *data,
                             size_t *nbytes);

/* Returns when no block lies in memory of the caller any more.  `give_up`:
 * nothing will come of it all, so what has not begun is dropped; then the
 * compressor may only be freed. */
fj_status fj_compressor_settle(fj_compressor *c, bool give_up);

/* Nothing more will be fed. */
fj_status fj_compressor_close(fj_compressor *c);

/* The next piece of the stream: waits for it if the ring is full or closed.
 * Good until the next call; *nbytes is 0 where there is none to be taken
 * now. */
fj_status fj_compressor_take(fj_compressor *c, const uint8_t **data_ret,
                             size_t *nbytes);

/* After the last piece: what belongs at the beginning of the file, at most
 * FJ_CODEC_FRAME bytes; 0 where it stands there already. */
size_t fj_compressor_head(const fj_compressor *c, uint8_t *dst);

#endif
