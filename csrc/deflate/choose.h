/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which coders a block gets.
 */
#ifndef FJ_DEFLATE_CHOOSE_H
#define FJ_DEFLATE_CHOOSE_H

#include "deflate/backends.h"

/* The first `fast_nbytes` by one coder, the others by another. */
typedef struct {
    fj_coder fast;
    fj_coder thorough;
    size_t fast_nbytes;
    /* All is coded fast and gains little, at a level that is for speed: some
     * of it may as well be stored. */
    bool may_store;
} fj_deflate_choice;

enum { FJ_CHOOSE_SCRATCH = 200 << 10 };

/* Looks at the block's bytes only.  `scratch` has FJ_CHOOSE_SCRATCH bytes. */
fj_status fj_deflate_choose(fj_coders *coders, const uint8_t *src,
                                  size_t nbytes, uint8_t *scratch,
                                  fj_deflate_choice *choice_ret);

#endif
