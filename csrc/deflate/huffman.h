/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Huffman codes from how often each symbol occurs.
 */
#ifndef FJ_DEFLATE_HUFFMAN_H
#define FJ_DEFLATE_HUFFMAN_H

#include <stdint.h>

enum { FJ_HUFFMAN_SYMBOLS = 288 }; // in a code, at most

/* Gives each of the first `n_symbols` (2 to FJ_HUFFMAN_SYMBOLS) that occurs a
 * codeword of at most `max_nbits` bits, and the others the length 0.  A code
 * is always complete, so it has at least two codewords: where fewer symbols
 * occur, of such as do not.  `codewords` are those that RFC 1951 (3.2.2) has
 * for these lengths, first bit lowest.  The counts add up to less than 2^23.
 */
void fj_huffman_code(const uint32_t *counts, unsigned n_symbols,
                     unsigned max_nbits, uint8_t *lengths,
                     uint16_t *codewords);

#endif
