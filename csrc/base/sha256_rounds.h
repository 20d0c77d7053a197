/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to sha256.c, sha256_x86.c and sha256_avx512.c.
 */
#ifndef FJ_BASE_SHA256_ROUNDS_H
#define FJ_BASE_SHA256_ROUNDS_H

#include "base/sha256.h"

extern const uint32_t fj_sha256_constants[64];

#if defined(__x86_64__) && defined(__GNUC__)
#define FJ_HAVE_SHA256_X86

#include <stdbool.h>

/* Whether this processor has the instructions. */
bool fj_sha256_x86_works(void);
bool fj_sha256_avx512_works(void);

void fj_sha256_blocks_x86(uint32_t states[][8], const uint8_t *const data[],
                          unsigned n, size_t n_blocks);

/* Without instructions for SHA-256, and with both. */
void fj_sha256_blocks_avx512(uint32_t states[][8], const uint8_t *const data[],
                             unsigned n, size_t n_blocks);
void fj_sha256_blocks_avx512_x86(uint32_t states[][8],
                                 const uint8_t *const data[], unsigned n,
                                 size_t n_blocks);
#endif

#endif
