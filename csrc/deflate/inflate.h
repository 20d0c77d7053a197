/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A decoder of deflate data (RFC 1951) alone, which stops wherever the input
 * or the room for output ends, and accepts exactly what zlib accepts.
 */
#ifndef FJ_DEFLATE_INFLATE_H
#define FJ_DEFLATE_INFLATE_H

#include "deflate/format.h"
#include "deflate/inflate_table.h"

#include <stddef.h>

typedef enum {
    FJ_INFLATE_INPUT,  // all of the input is used
    FJ_INFLATE_ROOM,   // the next byte has no room
    FJ_INFLATE_BLOCK,  // where the next block begins, if asked to stop there
    FJ_INFLATE_ENDED,  // behind the final block
    FJ_INFLATE_INVALID // see `message`
} fj_inflate_result;

typedef enum {
    FJ_AT_BLOCK,
    FJ_AT_STORED_LENGTH,
    FJ_IN_STORED,
    FJ_AT_CODE_SIZES,
    FJ_IN_PRECODE,
    FJ_IN_CODE_LENGTHS,
    FJ_AT_SYMBOL,
    FJ_IN_MATCH,
    FJ_AT_END,
    FJ_AT_ERROR,
} fj_inflate_state;

typedef struct fj_inflate fj_inflate;
typedef struct fj_inflate_io fj_inflate_io;

struct fj_inflate {
    /* The inner loop, for this processor (inflate_fast.h). */
    fj_inflate_result (*fast)(fj_inflate *self, fj_inflate_io *io);
    fj_inflate_state state;
    bool is_final;  // the block that is being read
    bool has_fixed; // the tables are those of the fixed codes
    /* Bits that were read but not used, from the lowest on; above them are
     * zeros. Never more than the next item needs. */
    uint64_t bits;
    unsigned n_bits;
    const char *message;

    size_t left; // of a stored block or a match, which has this
    size_t distance;

    unsigned n_litlen, n_distance, n_precode; // in the head of a block
    unsigned n_lengths;                       // of these that have been read
    uint8_t lengths[FJ_N_LITLEN + FJ_N_DISTANCE];
    uint32_t precode[FJ_PRECODE_ENTRIES];
    uint32_t litlen_table[FJ_LITLEN_ENTRIES];
    uint32_t distance_table[FJ_DISTANCE_ENTRIES];
};

/* Before the first use. */
void fj_inflate_init(fj_inflate *inflate);

/* To begin with the first bit of a deflate block. */
void fj_inflate_reset(fj_inflate *inflate);

/* Where to read and write. fj_inflate_run() moves `in` and `out`. */
struct fj_inflate_io {
    const uint8_t *in, *in_end;
    uint8_t *out, *out_end;
    /* The output that matches may refer to: from `begin` to `out`, and before
     * that the bytes that end at `before_end`. */
    uint8_t *begin;
    const uint8_t *before_end;
    size_t before_nbytes;
    bool stop_at_blocks; // between one block and the next
};

fj_inflate_result fj_inflate_run(fj_inflate *inflate, fj_inflate_io *io);

#endif
