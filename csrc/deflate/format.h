/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The numbers and tables of deflate data (RFC 1951), for reading and writing.
 */
#ifndef FJ_DEFLATE_FORMAT_H
#define FJ_DEFLATE_FORMAT_H

#include <stdint.h>

enum {
    FJ_WINDOW_NBYTES = 1 << 15,
    FJ_MIN_MATCH = 3,
    FJ_MAX_MATCH = 258,
    FJ_MAX_DISTANCE = FJ_WINDOW_NBYTES,

    /* A stored block that begins on a byte boundary. */
    FJ_STORED_HEAD = 5,
    FJ_STORED_MAX = 65535, // what it holds

    /* Symbols of each code.  The last two of the first, and of the second,
     * have codewords in the fixed codes only, and no meaning. */
    FJ_N_LITLEN = 288,
    FJ_N_DISTANCE = 32,
    FJ_N_PRECODE = 19,
    FJ_LITLEN_SYMBOLS = 286, // with a meaning
    FJ_DISTANCE_SYMBOLS = 30,

    FJ_END_OF_BLOCK = 256, // literals are below, lengths above
    FJ_LENGTH_SYMBOLS = FJ_LITLEN_SYMBOLS - FJ_END_OF_BLOCK - 1,

    FJ_MAX_CODEWORD = 15, // bits
    FJ_MAX_PRECODEWORD = 7,
    FJ_MAX_LENGTH_EXTRA = 5,
    FJ_MAX_DISTANCE_EXTRA = 13,

    /* Symbols of the precode that stand for several lengths; those below are
     * one length each. */
    FJ_REPEAT_LAST = 16,
    FJ_REPEAT_ZERO = 17,
    FJ_REPEAT_ZERO_LONG = 18,
};

/* The types of blocks. */
enum { FJ_TYPE_STORED, FJ_TYPE_FIXED, FJ_TYPE_DYNAMIC };

/* A symbol stands for the lengths or distances from `base` on, of which the
 * extra bits behind its codeword tell one. */
typedef struct {
    uint16_t base;
    uint8_t n_extra;
} fj_symbol_range;

/* From the symbol FJ_END_OF_BLOCK + 1 on; behind the last, where another one
 * would begin. */
extern const fj_symbol_range fj_length_ranges[FJ_LENGTH_SYMBOLS + 1];
extern const fj_symbol_range fj_distance_ranges[FJ_DISTANCE_SYMBOLS];

/* The order in which a block's header tells the lengths of the precode. */
extern const uint8_t fj_precode_order[FJ_N_PRECODE];

static inline unsigned
fj_precode_extra_nbits(unsigned symbol)
{
    return symbol < FJ_REPEAT_LAST    ? 0
           : symbol == FJ_REPEAT_LAST ? 2
           : symbol == FJ_REPEAT_ZERO ? 3
                                      : 7;
}

#endif
