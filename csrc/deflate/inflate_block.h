/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decoding single blocks of deflate data (RFC 1951), each by itself.
 */
#ifndef FJ_DEFLATE_INFLATE_BLOCK_H
#define FJ_DEFLATE_INFLATE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* A block here is a run of deflate blocks none of which is final, and which
 * refer to nothing before it.  It begins with a deflate block and ends
 * behind one, on a byte boundary: OK says that all of this is so, and that
 * any decoder of the stream that comes to `src` gives the same bytes. */
void *fj_inflate_block_new(void);
void fj_inflate_block_free(void *decoder);
fj_status fj_inflate_block(void *decoder, const uint8_t *src,
                           size_t src_nbytes, uint8_t *dst, size_t *nbytes);

#endif
