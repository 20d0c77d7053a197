/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compression on several threads.
 *
 * The owner feeds data, which is cut into blocks of FJ_BLOCK_NBYTES however it
 * arrives; each block is a job of the pool; the owner takes the coded blocks
 * in order and writes them.  Memory is bounded by a ring of slots: a full ring
 * accepts no more data until its oldest block has been taken, and while the
 * owner waits for that block it compresses too.
 *
 *     feed -> [filling] -> [queued] -> [coded] -> take
 *
 * How data is cut and coded depends on the data alone, so the output does not
 * depend on the number of threads.
 *
 * Plain C11; fj_compressor_take() and fj_compressor_settle() may run without
 * the GIL, and so may fj_compressor_free().
 */
#ifndef FJ_CODEC_COMPRESS_H
#define FJ_CODEC_COMPRESS_H

#include "codec/codec.h"

typedef struct fj_compressor fj_compressor;

/* `to_file`: the stream will be the whole contents of a file, so it may end
 * with the block table, and its beginning may be overwritten with
 * fj_compressor_head().  `sealed`: fj_compressor_seal() will end it.  NULL: no
 * memory.  Threads are started for the second block. */
fj_compressor *fj_compressor_new(const fj_codec *codec, int level,
                                 unsigned n_threads, bool to_file,
                                 bool sealed);

/* Sets a watch that is asked on the owner's thread while it compresses or
 * waits.  When the watch says to stop, the function that was called returns
 * STOPPED and the threads abandon their blocks.  To be called before any data
 * is fed. */
void fj_compressor_watch(fj_compressor *c, fj_watch *watch);

/* Waits for the blocks that are being coded, drops the others, and frees
 * everything. */
void fj_compressor_free(fj_compressor *c);

/* Accepts as much of the data as there is room for, and sets *nbytes to that.
 * `data` must stay valid and unchanged until fj_compressor_settle(). */
fj_status fj_compressor_feed(fj_compressor *c, const uint8_t *data,
                             size_t *nbytes);

/* Returns when the caller's memory is not in use any more.  `give_up`: the
 * dump has failed, so blocks that have not begun are dropped; after that the
 * compressor may only be freed. */
fj_status fj_compressor_settle(fj_compressor *c, bool give_up);

/* Ends the input. */
fj_status fj_compressor_close(fj_compressor *c);

/* The next piece of the stream: waits for it if the ring is full or closed.
 * Valid until the next call; *nbytes is 0 if there is none to be taken now. */
fj_status fj_compressor_take(fj_compressor *c, const uint8_t **data_ret,
                             size_t *nbytes);

/* After the last piece: the very last one, with the seal.  Allocates
 * *bytes_ret, to be freed. */
fj_status fj_compressor_seal(const fj_compressor *c, const uint8_t *seal,
                             size_t seal_nbytes, uint8_t **bytes_ret,
                             size_t *nbytes_ret);

/* The check value of the object's data, without a block table; 0 if the codec
 * has none. */
uint32_t fj_compressor_check(const fj_compressor *c);

/* After the last piece: the final header, to be written over the beginning of
 * the file, at most FJ_CODEC_FRAME bytes; 0 if the one there is final. */
size_t fj_compressor_head(const fj_compressor *c, uint8_t *dst);

#endif
