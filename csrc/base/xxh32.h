/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The 32-bit xxHash, which LZ4 frames use for their check values (there with
 * the seed 0).  Plain C11.
 */
#ifndef FJ_BASE_XXH32_H
#define FJ_BASE_XXH32_H

#include <stddef.h>
#include <stdint.h>

/* Hashes `nbytes` at once. */
uint32_t fj_xxh32(const void *data, size_t nbytes, uint32_t seed);

/* Piece by piece: begin, update any number of times, and get the value for the
 * data so far, at any time. */
typedef struct {
    uint64_t nbytes;
    uint32_t lanes[4];
    uint8_t pending[16]; // the last nbytes % 16 bytes
} fj_xxh32_state;

void fj_xxh32_begin(fj_xxh32_state *state, uint32_t seed);
void fj_xxh32_update(fj_xxh32_state *state, const void *data, size_t nbytes);
uint32_t fj_xxh32_value(const fj_xxh32_state *state);

#endif
