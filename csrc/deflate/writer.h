/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing deflate's dynamic blocks (RFC 1951, 3.2.7) from matches that have
 * been found.
 */
#ifndef FJ_DEFLATE_WRITER_H
#define FJ_DEFLATE_WRITER_H

#include "deflate/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Literals, and the match behind them; its length is 0 where the block ends
 * without one. */
typedef struct {
    uint32_t n_literals;
    uint16_t length;
    uint16_t distance;
} fj_match;

/* How often a block has each literal, length and symbol of a distance. */
typedef struct {
    uint32_t literals[256];
    uint32_t lengths[FJ_MAX_MATCH + 1];
    uint32_t distances[FJ_DISTANCE_SYMBOLS];
} fj_match_counts;

typedef struct {
    uint8_t *at;
    uint8_t *end;
    uint64_t bits; // not yet written; the first is the lowest
    unsigned n_bits;
} fj_bit_writer;

typedef struct {
    fj_bit_writer out;
    /* The symbols of the distances to 256, and of those above in steps of
     * 128. */
    uint8_t distance_symbols[512];
} fj_deflate_writer;

/* Before the first use. */
void fj_writer_init(fj_deflate_writer *writer);

/* Where the next stream goes: from the byte `dst`, `room` at most. */
void fj_writer_begin(fj_deflate_writer *writer, uint8_t *dst, size_t room);

static inline unsigned
fj_writer_distance_symbol(const fj_deflate_writer *writer, unsigned distance)
{
    return writer
        ->distance_symbols[distance <= 256 ? distance - 1
                                           : 256 + ((distance - 1) >> 7)];
}

/* Writes a block of less than 2^23 bytes: these matches, the last of length
 * 0, in data that begins at `src`.  `last`: it ends the stream.  False where
 * there may be too little room, with nothing written. */
bool fj_writer_block(fj_deflate_writer *writer, const uint8_t *src,
                     const fj_match *matches, const fj_match_counts *counts,
                     bool last);

/* Fills the last byte; before, where the stream is to be followed by another,
 * an empty stored block.  Returns where the stream ends; NULL: no room. */
uint8_t *fj_writer_end(fj_deflate_writer *writer, bool followed);

#endif
