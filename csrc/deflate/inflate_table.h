/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables to decode the Huffman codes of deflate (RFC 1951, 3.2).
 *
 * A table is indexed with the next bits of the data.  Codewords longer than
 * that are finished in a second table behind the first.  An entry tells all
 * about a symbol at once:
 *
 *    0..7   how many bits the codeword and the extra bits behind it have
 *    8..11  how many of these are the codeword's; or, of a second table, how
 *           many bits index it
 *   13..15  what it is, if neither a literal nor a length nor a distance
 *   16..30  the literal; the base that the extra bits are added to; or where
 *           the second table begins
 *   31      a literal
 */
#ifndef FJ_DEFLATE_INFLATE_TABLE_H
#define FJ_DEFLATE_INFLATE_TABLE_H

#include "deflate/format.h"

#include <stdbool.h>
#include <stdint.h>

#define FJ_ENTRY_LITERAL (UINT32_C(1) << 31)
#define FJ_ENTRY_SPECIAL (UINT32_C(1) << 15) // one of the next two, or invalid
#define FJ_ENTRY_SECOND (UINT32_C(1) << 14)
#define FJ_ENTRY_END (UINT32_C(1) << 13) // of the block

static inline unsigned
fj_entry_nbits(uint32_t entry)
{
    return entry & 0xff;
}

static inline unsigned
fj_entry_code_nbits(uint32_t entry)
{
    return (entry >> 8) & 0xf;
}

static inline unsigned
fj_entry_value(uint32_t entry)
{
    return (entry >> 16) & 0x7fff;
}

enum {
    /* How many bits index the first table. */
    FJ_LITLEN_BITS = 11,
    FJ_DISTANCE_BITS = 8,
    FJ_PRECODE_BITS = FJ_MAX_PRECODEWORD,

    /* The most entries that any complete code of so many symbols needs with
     * its second tables, found by going through all codes. */
    FJ_LITLEN_ENTRIES = 2342,
    FJ_DISTANCE_ENTRIES = 402,
    FJ_PRECODE_ENTRIES = 1 << FJ_PRECODE_BITS,
};

typedef enum {
    FJ_CODE_LITLEN,
    FJ_CODE_DISTANCE,
    FJ_CODE_PRECODE,
} fj_code_kind;

/* Makes the table of the code whose codewords have these lengths.  False
 * where there is no such code, or it is incomplete: that is only allowed of
 * one codeword of one bit, and of no distances at all (as zlib has it). */
bool fj_inflate_make_table(fj_code_kind kind, const uint8_t *lengths,
                           unsigned n_symbols, uint32_t *table);

/* The lengths of the fixed codes. */
void fj_inflate_fixed_lengths(uint8_t litlen[FJ_N_LITLEN],
                              uint8_t distance[FJ_N_DISTANCE]);

#endif
