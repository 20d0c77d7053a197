/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a block can be coded by.  Each coder is made when it is first asked
 * for, and starts afresh with each call: its bytes follow from the data.
 */
#ifndef FJ_DEFLATE_BACKENDS_H
#define FJ_DEFLATE_BACKENDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "deflate/enabled.h"

/* Behind zlib, the fastest first. */
typedef enum {
    FJ_CODER_ZLIB,    // at joblib's own level
    FJ_CODER_ISAL,    // at its level 2
    FJ_CODER_MATCHES, // our own, by three hash tables
    /* At up to three levels, by joblib's. */
    FJ_CODER_LIBDEFLATE,
    FJ_CODER_LIBDEFLATE_DEEP,
    FJ_CODER_LIBDEFLATE_DEEPER,
    FJ_N_CODERS,
} fj_coder;

typedef struct fj_coders fj_coders;

fj_coders *fj_coders_new(int level); // NULL: no memory
void fj_coders_free(fj_coders *coders);

/* Of the coders zlib is the one that takes long, and asks it; NULL: no one. */
void fj_coders_watch(fj_coders *coders, fj_watch *watch);

int fj_coders_level(const fj_coders *coders);

/* Whether there is such a coder at this level: what the build and
 * FASTJOBLIB_DISABLE left on when they were made. */
bool fj_coders_has(const fj_coders *coders, fj_coder coder);

/* The last of libdeflate's that there is; FJ_CODER_ZLIB: none. */
fj_coder fj_coders_deepest(const fj_coders *coders);

/* Codes as raw deflate, at most FJ_DEFLATE_BLOCK_MAX of data.  `last`: ended by
 * the final bit, else by a full flush.  *written_ret is 0 where the coder
 * needs more than `room`, or something went wrong within it. */
fj_status fj_coders_run(fj_coders *coders, fj_coder coder, const uint8_t *src,
                        size_t nbytes, bool last, uint8_t *dst, size_t room,
                        size_t *written_ret);

/* The same by zlib, bit by bit: begin, add, add more, end.  add() and end() set
 * *written_ret to what all of it so far has become, to within a byte after
 * add().  Other blocks may be run meanwhile.  It searches a little less than
 * joblib's does, to make up for the trials. */
fj_status fj_coders_zlib_begin(fj_coders *coders, uint8_t *dst, size_t room);
fj_status fj_coders_zlib_add(fj_coders *coders, const uint8_t *src,
                             size_t nbytes, size_t *written_ret);
fj_status fj_coders_zlib_end(fj_coders *coders, const uint8_t *src,
                             size_t nbytes, bool last, size_t *written_ret);

#endif
