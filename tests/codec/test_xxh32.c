/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The 32-bit xxHash: values that were published, and pieces against the whole.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xxh32.h"

enum { PRIME = 0x9E3779B1, MOST = 101 };

static const struct {
    size_t nbytes;
    uint32_t seed, value;
} published[] = {
    {0, 0, 0x02CC5D05},     {0, PRIME, 0x36B78AE7},    {1, 0, 0xB85CBEE5},
    {1, PRIME, 0xD5845D64}, {14, 0, 0xE5AA0AB4},       {14, PRIME, 0x4481951D},
    {MOST, 0, 0x1F1AA412},  {MOST, PRIME, 0x498EC8E2},
};

/* What those values are of. */
static void
fill(uint8_t data[MOST])
{
    uint32_t word = PRIME;
    for (size_t i = 0; i < MOST; i++) {
        data[i] = (uint8_t)(word >> 24);
        word *= word;
    }
}

static void
test_published_values(void)
{
    uint8_t data[MOST];
    fill(data);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        assert(fj_xxh32(data, published[i].nbytes, published[i].seed) ==
               published[i].value);
    }
    assert(fj_xxh32("a", 1, 0) == 0x550D7456);
    assert(fj_xxh32("abc", 3, 0) == 0x32D153FF);
    assert(fj_xxh32("Nobody inspects the spammish repetition", 39, 0) ==
           0xE2293B2F);
    assert(fj_xxh32(NULL, 0, 0) == 0x02CC5D05);
}

/* Every length, cut in three at every two places, and at any alignment. */
static void
test_pieces(void)
{
    uint8_t data[MOST];
    fill(data);
    for (size_t nbytes = 0; nbytes <= 70; nbytes++) {
        uint8_t *exact = malloc(nbytes + 1);
        assert(exact != NULL);
        memcpy(exact + 1, data, nbytes);
        uint32_t whole = fj_xxh32(data, nbytes, PRIME);
        assert(fj_xxh32(exact + 1, nbytes, PRIME) == whole);
        for (size_t a = 0; a <= nbytes; a++) {
            for (size_t b = a; b <= nbytes; b++) {
                fj_xxh32_state state;
                fj_xxh32_begin(&state, PRIME);
                fj_xxh32_update(&state, exact + 1, a);
                assert(fj_xxh32_value(&state) == fj_xxh32(data, a, PRIME));
                fj_xxh32_update(&state, exact + 1 + a, b - a);
                fj_xxh32_update(&state, NULL, 0);
                fj_xxh32_update(&state, exact + 1 + b, nbytes - b);
                assert(fj_xxh32_value(&state) == whole);
                assert(fj_xxh32_value(&state) == whole);
            }
        }
        free(exact);
    }
}

int
main(void)
{
    test_published_values();
    test_pieces();
    puts("xxh32: ok");
    return 0;
}
