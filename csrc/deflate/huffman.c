/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/huffman.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    MAX_SYMBOLS = FJ_HUFFMAN_SYMBOLS,
    MAX_NBITS = 15,
    /* A symbol below its count, so that numbers sort by count. */
    SYMBOL_BITS = 9,
    SYMBOL_MASK = (1 << SYMBOL_BITS) - 1,
};

static int
compare(const void *a_, const void *b_)
{
    uint32_t a = *(const uint32_t *)a_;
    uint32_t b = *(const uint32_t *)b_;
    return (a > b) - (a < b);
}

/* The symbols that get a codeword, rarest first. */
static unsigned
sort_symbols(const uint32_t *counts, unsigned n_symbols, uint32_t *sorted)
{
    unsigned n = 0;
    for (unsigned i = 0; i < n_symbols; i++) {
        if (counts[i] != 0) {
            sorted[n++] = counts[i] << SYMBOL_BITS | i;
        }
    }
    for (unsigned i = 0; n < 2; i++) {
        if (counts[i] == 0) {
            sorted[n++] = 1 << SYMBOL_BITS | i;
        }
    }
    qsort(sorted, n, sizeof *sorted, compare);
    return n;
}

/* How many codewords of each length an optimal code has.  What becomes of the
 * two lightest nodes that are left is never lighter than what became of those
 * before, so the new nodes are sorted as they come. */
static void
count_lengths(const uint32_t *sorted, unsigned n, unsigned max_nbits,
              unsigned *n_of_length)
{
    uint32_t weights[2 * MAX_SYMBOLS];
    uint16_t parents[2 * MAX_SYMBOLS];
    uint16_t depths[2 * MAX_SYMBOLS];
    unsigned root = 2 * n - 2;
    for (unsigned i = 0; i < n; i++) {
        weights[i] = sorted[i] >> SYMBOL_BITS;
    }
    unsigned leaf = 0, inner = n;
    for (unsigned node = n; node <= root; node++) {
        weights[node] = 0;
        for (int child = 0; child < 2; child++) {
            bool take_leaf =
                inner == node || (leaf < n && weights[leaf] <= weights[inner]);
            unsigned lightest = take_leaf ? leaf++ : inner++;
            weights[node] += weights[lightest];
            parents[lightest] = (uint16_t)node;
        }
    }
    depths[root] = 0;
    for (unsigned node = root; node-- > 0;) {
        // cppcheck-suppress uninitvar ; all but the root have got a parent
        depths[node] = (uint16_t)(depths[parents[node]] + 1);
        if (node < n) {
            n_of_length[depths[node] < max_nbits ? depths[node] : max_nbits]++;
        }
    }
}

/* Makes a code complete again of which codewords have been cut to the longest
 * length.  Of all codewords of that length there are 2^max_nbits, of which
 * each of the others stands for several, and too many are in use.  One comes
 * free where two codewords take the place of a shorter one: that and one of
 * the longest. */
static void
make_complete(unsigned *n_of_length, unsigned max_nbits)
{
    uint32_t in_use = 0;
    for (unsigned length = 1; length <= max_nbits; length++) {
        in_use += (uint32_t)n_of_length[length] << (max_nbits - length);
    }
    for (; in_use > UINT32_C(1) << max_nbits; in_use--) {
        unsigned shorter = max_nbits - 1;
        while (n_of_length[shorter] == 0) {
            shorter--;
        }
        n_of_length[shorter]--;
        n_of_length[shorter + 1] += 2;
        n_of_length[max_nbits]--;
    }
}

static uint16_t
reversed(unsigned codeword, unsigned nbits)
{
    unsigned result = 0;
    for (unsigned i = 0; i < nbits; i++) {
        result = result << 1 | (codeword >> i & 1);
    }
    return (uint16_t)result;
}

void
fj_huffman_code(const uint32_t *counts, unsigned n_symbols, unsigned max_nbits,
                uint8_t *lengths, uint16_t *codewords)
{
    uint32_t sorted[MAX_SYMBOLS];
    unsigned n_of_length[MAX_NBITS + 1] = {0};
    unsigned next[MAX_NBITS + 1];
    unsigned n = sort_symbols(counts, n_symbols, sorted);
    count_lengths(sorted, n, max_nbits, n_of_length);
    make_complete(n_of_length, max_nbits);
    for (unsigned i = 0; i < n_symbols; i++) {
        lengths[i] = 0;
    }
    unsigned at = 0;
    for (unsigned length = max_nbits; length > 0; length--) {
        for (unsigned i = 0; i < n_of_length[length]; i++) {
            lengths[sorted[at++] & SYMBOL_MASK] = (uint8_t)length;
        }
    }
    unsigned codeword = 0;
    for (unsigned length = 1; length <= max_nbits; length++) {
        next[length] = codeword;
        codeword = (codeword + n_of_length[length]) << 1;
    }
    for (unsigned i = 0; i < n_symbols; i++) {
        codewords[i] =
            lengths[i] == 0 ? 0 : reversed(next[lengths[i]]++, lengths[i]);
    }
}
