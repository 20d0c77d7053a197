/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/inflate_table.h"

#include <string.h>

/* The fields of an entry hold all that is put into them. */
_Static_assert(FJ_LITLEN_ENTRIES <= 1 << 15 && FJ_DISTANCE_ENTRIES <= 1 << 15,
               "where a second table begins fits into 15 bits");
_Static_assert(FJ_MAX_DISTANCE < 1 << 16 && FJ_MAX_MATCH < 1 << 15,
               "so do bases");
_Static_assert(FJ_MAX_CODEWORD < 1 << 4, "the length of a codeword, 4 bits");
_Static_assert((int)FJ_PRECODE_BITS == FJ_MAX_PRECODEWORD,
               "the precode has no second tables");

static uint32_t
make_entry(uint32_t value, unsigned n_extra, unsigned code_nbits)
{
    return value << 16 | code_nbits << 8 | (code_nbits + n_extra);
}

static uint32_t
entry_of_symbol(fj_code_kind kind, unsigned symbol, unsigned code_nbits)
{
    const fj_symbol_range *range = NULL;
    switch (kind) {
    case FJ_CODE_LITLEN:
        if (symbol < FJ_END_OF_BLOCK) {
            return make_entry(symbol, 0, code_nbits) | FJ_ENTRY_LITERAL;
        }
        if (symbol == FJ_END_OF_BLOCK) {
            return make_entry(0, 0, code_nbits) | FJ_ENTRY_SPECIAL |
                   FJ_ENTRY_END;
        }
        symbol -= FJ_END_OF_BLOCK + 1;
        range = symbol < FJ_LENGTH_SYMBOLS ? &fj_length_ranges[symbol] : NULL;
        break;
    case FJ_CODE_DISTANCE:
        range =
            symbol < FJ_DISTANCE_SYMBOLS ? &fj_distance_ranges[symbol] : NULL;
        break;
    case FJ_CODE_PRECODE:
        return make_entry(symbol, 0, code_nbits);
    }
    return range != NULL ? make_entry(range->base, range->n_extra, code_nbits)
                         : make_entry(0, 0, code_nbits) | FJ_ENTRY_SPECIAL;
}

static unsigned
index_nbits(fj_code_kind kind)
{
    return kind == FJ_CODE_LITLEN     ? FJ_LITLEN_BITS
           : kind == FJ_CODE_DISTANCE ? FJ_DISTANCE_BITS
                                      : FJ_PRECODE_BITS;
}

/* Deflate packs codewords from their highest bit on into bytes from their
 * lowest, so that tables are indexed with the codeword turned round.  The
 * next codeword of as many bits is one more, which carries downwards. */
static unsigned
next_codeword(unsigned reversed, unsigned code_nbits)
{
    unsigned bit = 1u << (code_nbits - 1);
    while (reversed & bit) {
        reversed ^= bit;
        bit >>= 1;
    }
    return reversed | bit;
}

/* Codes that are incomplete, but allowed. */
static bool
make_sparse_table(fj_code_kind kind, unsigned n_used, unsigned symbol,
                  uint32_t *table)
{
    if (kind == FJ_CODE_PRECODE || (kind == FJ_CODE_LITLEN && n_used == 0)) {
        return false;
    }
    uint32_t invalid = make_entry(0, 0, 1) | FJ_ENTRY_SPECIAL;
    uint32_t only = n_used == 0 ? invalid : entry_of_symbol(kind, symbol, 1);
    for (unsigned i = 0; i < 1u << index_nbits(kind); i += 2) {
        table[i] = only;
        table[i + 1] = invalid;
    }
    return true;
}

/* Codewords that the first table cannot hold, from `sorted` on; `reversed`
 * is the first of them. */
static void
make_second_tables(fj_code_kind kind, const uint16_t *sorted,
                   uint16_t count[FJ_MAX_CODEWORD + 1], unsigned reversed,
                   uint32_t *table)
{
    const unsigned n_index = index_nbits(kind);
    const unsigned mask = (1u << n_index) - 1;
    unsigned begin = 0, end = 1u << n_index;
    unsigned prefix = mask + 1; // none so far
    unsigned n_second = 0;
    for (unsigned nbits = n_index + 1; nbits <= FJ_MAX_CODEWORD; nbits++) {
        for (; count[nbits] > 0; count[nbits]--) {
            if ((reversed & mask) != prefix) {
                /* As large as the longest codeword with this prefix needs:
                 * it is filled when as many codewords are taken as fit. */
                prefix = reversed & mask;
                n_second = nbits - n_index;
                unsigned n_taken = count[nbits];
                while (n_taken < 1u << n_second) {
                    n_second++;
                    n_taken = (n_taken << 1) + count[n_index + n_second];
                }
                begin = end;
                end += 1u << n_second;
                table[prefix] = FJ_ENTRY_SPECIAL | FJ_ENTRY_SECOND |
                                begin << 16 | n_second << 8 | n_index;
            }
            uint32_t entry = entry_of_symbol(kind, *sorted++, nbits - n_index);
            for (unsigned i = reversed >> n_index; i < 1u << n_second;
                 i += 1u << (nbits - n_index)) {
                table[begin + i] = entry;
            }
            reversed = next_codeword(reversed, nbits);
        }
    }
}

bool
fj_inflate_make_table(fj_code_kind kind, const uint8_t *lengths,
                      unsigned n_symbols, uint32_t *table)
{
    uint16_t count[FJ_MAX_CODEWORD + 1] = {0};
    for (unsigned symbol = 0; symbol < n_symbols; symbol++) {
        count[lengths[symbol]]++;
    }
    /* Each codeword takes its share of what is left of the code. */
    unsigned left = 1;
    uint16_t first[FJ_MAX_CODEWORD + 2] = {0};
    for (unsigned nbits = 1; nbits <= FJ_MAX_CODEWORD; nbits++) {
        left <<= 1;
        if (count[nbits] > left) {
            return false;
        }
        left -= count[nbits];
        first[nbits + 1] = (uint16_t)(first[nbits] + count[nbits]);
    }
    unsigned n_used = first[FJ_MAX_CODEWORD + 1];

    uint16_t sorted[FJ_N_LITLEN] = {0}; // by length, then by symbol
    for (unsigned symbol = 0; symbol < n_symbols; symbol++) {
        if (lengths[symbol] != 0) {
            sorted[first[lengths[symbol]]++] = (uint16_t)symbol;
        }
    }
    if (left > 0) {
        return (n_used == 0 || (n_used == 1 && count[1] == 1)) &&
               make_sparse_table(kind, n_used, sorted[0], table);
    }

    /* A table for codewords of up to n bits is twice the one for up to n - 1,
     * with those of n bits in the places that are still free. */
    const unsigned n_index = index_nbits(kind);
    const uint16_t *symbol = sorted;
    unsigned reversed = 0;
    for (unsigned nbits = 1; nbits <= n_index; nbits++) {
        size_t half = (size_t)1 << (nbits - 1);
        if (nbits > 1) {
            memcpy(table + half, table, half * sizeof *table);
        }
        for (unsigned i = 0; i < count[nbits]; i++) {
            table[reversed] = entry_of_symbol(kind, *symbol++, nbits);
            reversed = next_codeword(reversed, nbits);
        }
    }
    make_second_tables(kind, symbol, count, reversed, table);
    return true;
}

void
fj_inflate_fixed_lengths(uint8_t litlen[FJ_N_LITLEN],
                         uint8_t distance[FJ_N_DISTANCE])
{
    memset(litlen, 8, 144);
    memset(litlen + 144, 9, 112);
    memset(litlen + 256, 7, 24);
    memset(litlen + 280, 8, 8);
    memset(distance, 5, FJ_N_DISTANCE);
}
