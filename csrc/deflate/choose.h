/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which coder a block gets.
 */
#ifndef FJ_DEFLATE_CHOOSE_H
#define FJ_DEFLATE_CHOOSE_H

#include "deflate/backends.h"

typedef struct {
    fj_coder coder;
    /* Zlib only: so many bytes of the block have been added (see
     * fj_coders_zlib_add()) already. */
    size_t added;
    /* The block is noise, and the level is one for speed: some of it may as
     * well be stored. */
    bool may_store;
} fj_deflate_choice;

enum { FJ_CHOOSE_SCRATCH = 160 << 10 };

/* Looks at the block's bytes only.  `scratch` has FJ_CHOOSE_SCRATCH bytes;
 * `dst` has `room` for the block, the beginning of which may be coded there. */
fj_status fj_deflate_choose(fj_coders *coders, const uint8_t *src,
                            size_t nbytes, uint8_t *scratch, uint8_t *dst,
                            size_t room, fj_deflate_choice *choice_ret);

#endif
