/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Walking over the symbols of one deflate block; for deflate_splice.c.
 */
#ifndef FJ_DEFLATE_WALK_H
#define FJ_DEFLATE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FJ_WALK_CODE_BITS = 15, // of the longest code
    FJ_WALK_INDEX_BITS = 12,
    FJ_WALK_N_LITLEN = 288, // literals, end of block, lengths
    FJ_WALK_N_DIST = 32,
    /* The codes beyond are never sent. */
    FJ_WALK_N_LITLEN_USED = 286,
    FJ_WALK_N_DIST_USED = 30,
};

/* A canonical code: its symbols in order of their codes, and how many there
 * are of each length. */
typedef struct {
    uint16_t n_of[FJ_WALK_CODE_BITS + 1];
    uint16_t symbols[FJ_WALK_N_LITLEN];
} fj_walk_code;

typedef struct {
    /* The stream. */
    const uint8_t *data;
    size_t nbytes;
    size_t at; // in bits, as is `n_bits`
    size_t n_bits;
    /* The codes of a block, and tables for literals and lengths, then for
     * distances. */
    fj_walk_code litlen;
    fj_walk_code dist;
    uint16_t table[2 << FJ_WALK_INDEX_BITS];
} fj_walk;

/* The next n bits, at most 16.  Behind the end there are zeros. */
unsigned fj_walk_take(fj_walk *walk, unsigned n);

/* Returns whether the lengths make a code: complete, or of at most one
 * symbol, as the format allows for distances. */
bool fj_walk_make_code(fj_walk_code *code, const uint8_t *lengths,
                       unsigned n);

/* Reads one symbol bit by bit; -1: there is no such code. */
int fj_walk_read_symbol(fj_walk *walk, const fj_walk_code *code);

/* Makes ready for a block with these code lengths: those of literals and
 * lengths, then those of distances.  False: they make no code. */
bool fj_walk_prepare(fj_walk *walk, const uint8_t *lengths,
                     unsigned n_litlen, unsigned n_dist);

/* Goes on to behind the block's end.  False: there is none. */
bool fj_walk_symbols(fj_walk *walk);

#endif
