/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Deflating by matches from three hash tables.
 */
#ifndef FJ_DEFLATE_MATCHES_H
#define FJ_DEFLATE_MATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Working memory for one thread at a time. */
typedef struct fj_matcher fj_matcher;

fj_matcher *fj_matcher_new(void); // NULL: no memory
void fj_matcher_free(fj_matcher *matcher);

/* Codes as raw deflate, at most FJ_DEFLATE_BLOCK_MAX of data, whatever was coded
 * before.  `last`: ended by the final bit, else by an empty stored block.
 * Returns the number of bytes, or 0 where there may be too little room. */
size_t fj_matcher_deflate(fj_matcher *matcher, const uint8_t *src,
                          size_t nbytes, bool last, uint8_t *dst, size_t room);

#endif
