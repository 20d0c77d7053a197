/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SHA-256 (FIPS 180-4), with the processor's instructions for it where there
 * are any.  Of our own, because hashlib needs Python's objects and OpenSSL
 * hashes one message at a time: a processor's rounds wait for each other, and
 * two messages side by side take little longer than one, or 16 where AVX-512
 * does the same arithmetic in all its lanes (measured on an AMD EPYC: 1.55,
 * 3.0 and 4.8 GB/s).
 */
#ifndef FJ_BASE_SHA256_H
#define FJ_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum {
    FJ_SHA256_NBYTES = 32,
    FJ_SHA256_BLOCK = 64,
    FJ_SHA256_LANES = 16, // the most messages side by side
};

/* Runs `n_blocks` blocks of each of `n` messages (1 to FJ_SHA256_LANES)
 * through their states. */
typedef void (*fj_sha256_blocks)(uint32_t states[][8],
                                 const uint8_t *const data[], unsigned n,
                                 size_t n_blocks);

/* The fastest for this processor.  Asks the processor, so it is to be called
 * once for many messages. */
fj_sha256_blocks fj_sha256_choose(void);

/* The one for every processor, for tests. */
void fj_sha256_blocks_portable(uint32_t states[][8],
                               const uint8_t *const data[], unsigned n,
                               size_t n_blocks);

/* The digests of `n` (1 to FJ_SHA256_LANES) whole messages of the same
 * length.  They may be written over the messages. */
void fj_sha256_of(fj_sha256_blocks blocks, const uint8_t *const data[],
                  unsigned n, size_t nbytes,
                  uint8_t digests[][FJ_SHA256_NBYTES]);

#endif
