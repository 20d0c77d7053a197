/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the decompressor, which is one machine in several files: the
 * chunks that it decodes into, and the three ways to make the next one.  Each
 * file calls those below it only:
 *
 *   decompress.c        the ring of chunks, which the reader empties in order
 *   chunks_of_blocks.c  the next chunk is a block
 *   chunks_of_stream.c  it is the next part of a stream
 *   chunks_input.c      the input that they have in common
 */
#ifndef FJ_CODEC_CHUNKS_H
#define FJ_CODEC_CHUNKS_H

#include "base/pool.h"
#include "base/xxh32.h"
#include "codec/decompress.h"

typedef struct {
    fj_job job;
    fj_decompressor *owner;
    uint8_t *coded; // owned; blocks only
    size_t coded_capacity;
    size_t coded_nbytes;
    bool block_checksum; // the last bytes of `coded` are one
    uint8_t *data;       // owned, of d->chunk_nbytes and FJ_DECODE_SLACK
    size_t room;         // the most that it may give
    /* Where the thread that decodes it copies its first bytes, while they
     * are in the cache. */
    uint8_t *place;
    size_t place_nbytes;
    /* Results */
    fj_status status; // what comes after the data
    size_t nbytes;
    uint32_t check;
    bool ended;    // a stream ends behind the data
    uint64_t used; // bytes of the feed up to there
    /* What a frame says of its content is verified in order. */
    bool hashed;
    uint32_t checksum;
    uint64_t size; // 0: not known
    /* The owner's */
    bool by_stream; // of a frame that is not read by blocks
    bool is_job;    // else it was ready at once
    uint64_t start; // bytes of data that come before, as far as is known
    size_t n_given; // bytes that have been read
} fj_chunk;

typedef fj_status (*fj_chunk_maker)(fj_decompressor *d, fj_chunk *chunk);

struct fj_decompressor {
    const fj_codec *codec;
    fj_feed *feed;
    unsigned n_threads;
    fj_pool *pool;
    fj_pool_order order;
    /* Makes the next chunk: sets it up, and whether it is a job.  OK, END
     * where there is no next one, or an error. */
    fj_chunk_maker make;
    fj_chunk *chunks; // a ring
    size_t n_chunks;
    size_t first, n_made;
    fj_chunk *current; // the oldest, once it has been waited for, or NULL
    size_t chunk_nbytes;
    bool drained;      // there is no next one
    uint64_t position; // bytes read
    uint64_t used;     // bytes of the feed up to the end of `current`
    uint64_t start;    // of the next chunk, as far as is known
    uint32_t check;
    const char *message;

    /* Input that has been read and not used: by the owner or by the one job
     * that runs. */
    uint8_t *input;
    size_t input_pos, input_nbytes;
    bool input_ended;

    void **decoders; // blocks: one for each thread
    const fj_block_table *table;
    size_t next_block;
    fj_frame frame;         // the one of the next block
    fj_xxh32_state content; // of the data read from its frame
    uint64_t content_nbytes;
    void *stream;   // the stream decoder
    bool between;   // a stream has ended, and none has begun since
    bool failed;    // the stream, so that there is no next part
    bool by_stream; // this frame is not read by blocks
};

enum { FJ_INPUT_NBYTES = 256 * 1024 };

/* Reads until `nbytes` of input are there or the feed ends: how many there
 * are, or -1. */
int64_t fj_input_top_up(fj_decompressor *d, size_t nbytes);

/* The bytes of the feed that have been used. */
uint64_t fj_input_used(const fj_decompressor *d);

/* Whether another stream begins here: OK, END where not, or an error. */
fj_status fj_find_stream(fj_decompressor *d);

/* Goes over the header of a frame that can be read by blocks; END, at the same
 * place, for all others. */
fj_status fj_begin_frame(fj_decompressor *d);

fj_status fj_make_indexed_chunk(fj_decompressor *d, fj_chunk *chunk);
fj_status fj_make_framed_chunk(fj_decompressor *d, fj_chunk *chunk);
fj_status fj_make_stream_chunk(fj_decompressor *d, fj_chunk *chunk);

/* What the owner does with the data of a block when it comes to it: verifies
 * what can be verified in order only. */
fj_status fj_account_block(fj_decompressor *d, const fj_chunk *chunk);

#endif
