/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The data is divided into stripes of four 32-bit words, each of which is
 * mixed into its own lane.  At the end the lanes are combined with the number
 * of bytes and with the rest after the last whole stripe.
 */
#include "base/xxh32.h"

#include "base/bytes.h"

enum { STRIPE = 16 };

static const uint32_t P1 = 0x9E3779B1;
static const uint32_t P2 = 0x85EBCA77;
static const uint32_t P3 = 0xC2B2AE3D;
static const uint32_t P4 = 0x27D4EB2F;
static const uint32_t P5 = 0x165667B1;

static inline uint32_t
rotate_left(uint32_t word, int n_bits)
{
    return (word << n_bits) | (word >> (32 - n_bits));
}

/* Compilers put the four lanes into one vector register, where multiplying
 * takes several times as long as four scalar multiplications (SSE2 has no
 * 32-bit multiplication).  An empty assembly statement that claims to change a
 * lane keeps it in a register of its own: 10 GB/s instead of 1 to 2. */
#if defined(__GNUC__)
#define KEEP_SCALAR(word) __asm__("" : "+r"(word))
#else
#define KEEP_SCALAR(word) ((void)0)
#endif

static inline uint32_t
stir(uint32_t lane, const uint8_t *word)
{
    lane = rotate_left(lane + fj_load_le32(word) * P2, 13) * P1;
    KEEP_SCALAR(lane);
    return lane;
}

static void
begin_lanes(uint32_t lanes[4], uint32_t seed)
{
    lanes[0] = seed + P1 + P2;
    lanes[1] = seed + P2;
    lanes[2] = seed;
    lanes[3] = seed - P1;
}

/* Hashes whole stripes, and returns the end of the last. */
static const uint8_t *
take_stripes(uint32_t lanes[4], const uint8_t *next, size_t n_stripes)
{
    uint32_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3];
    for (; n_stripes > 0; n_stripes--, next += STRIPE) {
        a = stir(a, next);
        b = stir(b, next + 4);
        c = stir(c, next + 8);
        d = stir(d, next + 12);
    }
    lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d;
    return next;
}

/* `rest`: the last nbytes % STRIPE bytes, which are in no lane. */
static uint32_t
finish(const uint32_t lanes[4], uint64_t nbytes, const uint8_t *rest)
{
    /* Without a whole stripe there is only the seed, which is in lane 2. */
    uint32_t value = lanes[2] + P5;
    if (nbytes >= STRIPE) {
        value = rotate_left(lanes[0], 1) + rotate_left(lanes[1], 7) +
                rotate_left(lanes[2], 12) + rotate_left(lanes[3], 18);
    }
    value += (uint32_t)nbytes;

    size_t left = (size_t)(nbytes % STRIPE);
    for (; left >= 4; left -= 4, rest += 4) {
        value = rotate_left(value + fj_load_le32(rest) * P3, 17) * P4;
    }
    for (; left > 0; left--, rest++) {
        value = rotate_left(value + *rest * P5, 11) * P1;
    }

    value = (value ^ (value >> 15)) * P2;
    value = (value ^ (value >> 13)) * P3;
    return value ^ (value >> 16);
}

uint32_t
fj_xxh32(const void *data, size_t nbytes, uint32_t seed)
{
    uint32_t lanes[4];
    begin_lanes(lanes, seed);
    const uint8_t *rest = take_stripes(lanes, data, nbytes / STRIPE);
    return finish(lanes, nbytes, rest);
}

void
fj_xxh32_begin(fj_xxh32_state *state, uint32_t seed)
{
    state->nbytes = 0;
    begin_lanes(state->lanes, seed);
}

void
fj_xxh32_update(fj_xxh32_state *state, const void *data, size_t nbytes)
{
    if (nbytes == 0) {
        return; // `data` may be NULL
    }
    const uint8_t *next = data;
    size_t n_pending = (size_t)(state->nbytes % STRIPE);
    state->nbytes += nbytes;

    if (n_pending > 0) {
        size_t missing = STRIPE - n_pending;
        if (nbytes < missing) {
            memcpy(state->pending + n_pending, next, nbytes);
            return;
        }
        memcpy(state->pending + n_pending, next, missing);
        take_stripes(state->lanes, state->pending, 1);
        next += missing;
        nbytes -= missing;
    }
    next = take_stripes(state->lanes, next, nbytes / STRIPE);
    memcpy(state->pending, next, nbytes % STRIPE);
}

uint32_t
fj_xxh32_value(const fj_xxh32_state *state)
{
    return finish(state->lanes, state->nbytes, state->pending);
}
