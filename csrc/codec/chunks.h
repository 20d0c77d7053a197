/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to the decompressor, which is spread over several files: the chunks
 * that it decodes into, and the ways to make the next one.  Each file calls
 * only those below it:
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
    size_t room;         // the largest size of its data
    /* The reader's memory, to which the decoding thread copies the first bytes
     * while they are in the cache. */
    uint8_t *place;
    size_t place_nbytes;
    /* Results */
    fj_status status; // what follows the data
    size_t nbytes;
    uint32_t check;
    bool ended;    // a stream ends after the data
    uint64_t used; // bytes of the feed used up to there
    /* From the frame, to be verified in order. */
    bool hashed;
    uint32_t checksum;
    uint64_t size; // 0: not known
    /* The owner's */
    bool by_stream; // of a frame that is read as a stream
    bool is_job;    // else it is ready already
    uint64_t start; // its position in the data, assuming that all blocks
                    // before it are of the largest size
    size_t n_given; // bytes that have been read
} fj_chunk;

typedef fj_status (*fj_chunk_maker)(fj_decompressor *d, fj_chunk *chunk);

struct fj_decompressor {
    const fj_codec *codec;
    fj_feed *feed;
    unsigned n_threads;
    fj_pool *pool;
    fj_pool_order order;
    /* Sets up the next chunk, and says whether it is a job for the pool.  OK,
     * END if there is no next one, or an error. */
    fj_chunk_maker make;
    fj_chunk *chunks; // a ring
    size_t n_chunks;
    size_t first, n_made;
    fj_chunk *current; // the oldest, once it has been waited for, or NULL
    size_t chunk_nbytes;
    bool drained;      // there is no next one
    uint64_t position; // bytes read
    uint64_t used;     // bytes of the feed up to the end of `current`
    uint64_t start;    // that of the next chunk
    uint32_t check;
    const char *message;

    /* Input that was read and not used yet.  Used by the owner, or by the only
     * running job of a stream. */
    uint8_t *input;
    size_t input_pos, input_nbytes;
    bool input_ended;

    void **decoders; // of blocks: one for each thread
    unsigned n_decoders;
    const fj_block_table *table;
    size_t next_block;
    fj_frame frame;         // that of the next block
    fj_xxh32_state content; // of the data read from its frame
    uint64_t content_nbytes;
    void *stream;   // the stream decoder
    bool between;   // a stream has ended, and none has begun since
    bool failed;    // the stream failed, so there is no next part
    bool by_stream; // this frame is read as a stream
};

enum { FJ_INPUT_NBYTES = 256 * 1024 };

/* Reads until there are `nbytes` of input or the feed ends.  Returns how many
 * there are, or -1. */
int64_t fj_chunks_fill_input(fj_decompressor *d, size_t nbytes);

/* How many bytes of the feed have been used. */
uint64_t fj_chunks_input_used(const fj_decompressor *d);

/* Whether another stream begins here: OK, END where not, or an error. */
fj_status fj_find_stream(fj_decompressor *d);

/* Reads the header of a frame that can be read by blocks; END, with nothing
 * used, for all others. */
fj_status fj_begin_frame(fj_decompressor *d);

fj_status fj_make_chunk_from_table(fj_decompressor *d, fj_chunk *chunk);
fj_status fj_make_chunk_from_frame(fj_decompressor *d, fj_chunk *chunk);
fj_status fj_make_chunk_from_stream(fj_decompressor *d, fj_chunk *chunk);

/* Called by the owner for the blocks in order: verifies what can only be
 * verified in order. */
fj_status fj_account_block(fj_decompressor *d, const fj_chunk *chunk);

#endif
