/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The inner loop of inflating, for where there is plenty of input and room.
 */
#ifndef FJ_DEFLATE_INFLATE_FAST_H
#define FJ_DEFLATE_INFLATE_FAST_H

#include "deflate/enabled.h"
#include "deflate/inflate.h"

enum {
    /* What there must be for a round, or more; inflate_fast.c proves it. */
    FJ_FAST_INPUT = 32,
    FJ_FAST_ROOM = FJ_MAX_MATCH + 40,

    /* The most bits that a length or a literal, and a distance have, with
     * their extra bits. */
    FJ_LITLEN_NBITS = FJ_MAX_CODEWORD + FJ_MAX_LENGTH_EXTRA,
    FJ_DISTANCE_NBITS = FJ_MAX_CODEWORD + FJ_MAX_DISTANCE_EXTRA,
};

#define FJ_INVALID_LITLEN "a codeword of no literal and no length"
#define FJ_INVALID_DISTANCE "a codeword of no distance"
#define FJ_TOO_FAR "a match refers to before the beginning"

/* Decodes symbols until the block ends, input or room run short, or a symbol
 * is invalid.  The state must be FJ_AT_SYMBOL, with as much input and room
 * as said above. */
fj_inflate_result fj_inflate_fast(fj_inflate *inflate, fj_inflate_io *io);
#ifdef FJ_HAVE_BMI2
fj_inflate_result fj_inflate_fast_bmi2(fj_inflate *inflate, fj_inflate_io *io);
#endif

/* Copies a match, byte for byte, from wherever it is; returns its end. */
uint8_t *fj_inflate_copy(const fj_inflate_io *io, uint8_t *out,
                         size_t distance, size_t nbytes);

#endif
