/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Coding one block of data as raw deflate, for zlib and gzip streams.
 *
 * What comes of a block refers to no byte before it and ends on a byte
 * boundary with an empty stored block (a full flush), so that coded blocks
 * join to one stream.  Which encoder a block gets is told by its bytes and
 * the level alone (see choose.h), so a stream's bytes depend neither
 * on the number of threads nor on what an encoder coded before.
 */
#ifndef FJ_DEFLATE_ENCODE_H
#define FJ_DEFLATE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* The most that is coded at a time, in bytes. */
enum { FJ_DEFLATE_BLOCK_MAX = 1 << 20 };

/* joblib's level for zlib and gzip where none is asked for. */
enum { FJ_DEFLATE_DEFAULT_LEVEL = 3 };

/* For one thread at a time.  `level` is 1 to 9, or 0 for the default.  NULL:
 * no memory. */
void *fj_deflate_new(int level);
void fj_deflate_free(void *encoder);
void fj_deflate_watch(void *encoder, fj_watch *watch);

/* The most that fj_deflate_block() writes for so many bytes. */
size_t fj_deflate_bound(size_t nbytes);

/* As fj_codec.encode: at most FJ_DEFLATE_BLOCK_MAX bytes at a time. */
fj_status fj_deflate_block(void *encoder, const uint8_t *src, size_t nbytes,
                           bool last, uint8_t *dst, size_t *written_ret);

#endif
