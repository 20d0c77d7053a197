/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sha256.h"

#include <string.h>

#include "base/sha256_rounds.h"

const uint32_t fj_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t
load_be32(const uint8_t *src)
{
    return (uint32_t)src[0] << 24 | (uint32_t)src[1] << 16 |
           (uint32_t)src[2] << 8 | src[3];
}

static inline void
store_be32(uint8_t *dst, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        dst[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static inline uint32_t
rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* Words 16 to 63 of the schedule, from the block's own 16. */
static void
expand(uint32_t w[64], const uint8_t *block)
{
    for (int i = 0; i < 16; i++) {
        w[i] = load_be32(block + 4 * i);
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void
run_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], v[8];
    expand(w, block);
    memcpy(v, state, sizeof v);
    /* What the standard calls a is v[-i & 7], and so on: nothing moves. */
#pragma GCC unroll 8
    for (int i = 0; i < 64; i++) {
        uint32_t a = v[-i & 7], e = v[(4 - i) & 7];
        uint32_t b = v[(1 - i) & 7], c = v[(2 - i) & 7];
        uint32_t chosen = (e & v[(5 - i) & 7]) ^ (~e & v[(6 - i) & 7]);
        uint32_t sum_e = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t sum_a = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t t1 =
            v[(7 - i) & 7] + sum_e + chosen + fj_sha256_constants[i] + w[i];
        v[(3 - i) & 7] += t1;
        v[(7 - i) & 7] = t1 + sum_a + ((a & b) ^ (a & c) ^ (b & c));
    }
    for (int i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

void
fj_sha256_blocks_portable(uint32_t states[][8], const uint8_t *const data[],
                          unsigned n, size_t n_blocks)
{
    for (unsigned i = 0; i < n; i++) {
        for (size_t k = 0; k < n_blocks; k++) {
            run_block(states[i], data[i] + k * FJ_SHA256_BLOCK);
        }
    }
}

fj_sha256_blocks
fj_sha256_choose(void)
{
#ifdef FJ_HAVE_SHA256_X86
    bool has_avx512 = fj_sha256_avx512_works();
    if (fj_sha256_x86_works()) {
        return has_avx512 ? fj_sha256_blocks_avx512_x86 : fj_sha256_blocks_x86;
    }
    if (has_avx512) {
        return fj_sha256_blocks_avx512;
    }
#endif
    return fj_sha256_blocks_portable;
}

/* What is left of a message, a bit that is set, zeros, and the message's
 * length in bits, big-endian: one block or two. */
static size_t
pad(uint8_t dst[2 * FJ_SHA256_BLOCK], const uint8_t *rest, size_t nbytes,
    uint64_t total_nbytes)
{
    size_t n_blocks = nbytes < FJ_SHA256_BLOCK - 8 ? 1 : 2;
    uint8_t *end = dst + n_blocks * FJ_SHA256_BLOCK;
    memset(dst, 0, n_blocks * FJ_SHA256_BLOCK);
    memcpy(dst, rest, nbytes);
    dst[nbytes] = 0x80;
    store_be32(end - 8, (uint32_t)(total_nbytes >> 29));
    store_be32(end - 4, (uint32_t)(total_nbytes << 3));
    return n_blocks;
}

void
fj_sha256_of(fj_sha256_blocks blocks, const uint8_t *const data[], unsigned n,
             size_t nbytes, uint8_t digests[][FJ_SHA256_NBYTES])
{
    static const uint32_t initial[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    uint32_t states[FJ_SHA256_LANES][8];
    uint8_t ends[FJ_SHA256_LANES][2 * FJ_SHA256_BLOCK];
    const uint8_t *end_of[FJ_SHA256_LANES];
    size_t whole = nbytes / FJ_SHA256_BLOCK, n_ends = 0;
    for (unsigned i = 0; i < n; i++) {
        memcpy(states[i], initial, sizeof initial);
        end_of[i] = ends[i];
        n_ends = pad(ends[i], data[i] + whole * FJ_SHA256_BLOCK,
                     nbytes % FJ_SHA256_BLOCK, nbytes);
    }
    blocks(states, data, n, whole);
    blocks(states, end_of, n, n_ends);
    for (unsigned i = 0; i < n; i++) {
        for (int k = 0; k < 8; k++) {
            store_be32(digests[i] + 4 * k, states[i][k]);
        }
    }
}
