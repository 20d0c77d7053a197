/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making a complete deflate stream one that more can follow.
 *
 * libdeflate only makes complete streams: the last of its deflate blocks says
 * so in its header.  Where that header is, and at which bit the stream ends,
 * only shows when the stream is decoded from its beginning.
 */
#ifndef FJ_DEFLATE_SPLICE_H
#define FJ_DEFLATE_SPLICE_H

#include <stddef.h>
#include <stdint.h>

/* What splicing adds at most. */
enum { FJ_SPLICE_NBYTES = 5 };

/* Working memory for one thread at a time; needs no preparation. */
typedef struct fj_splice fj_splice;

fj_splice *fj_splice_new(void); // NULL: no memory
void fj_splice_free(fj_splice *splice);

/* Clears the final bit of the stream that is exactly these bytes, and appends
 * an empty stored block, for which there must be room.  Returns the new
 * length, or 0 where the bytes are no complete stream (they are as before). */
size_t fj_splice_open_end(fj_splice *splice, uint8_t *stream, size_t nbytes);

#endif
