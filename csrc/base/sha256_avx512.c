/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SHA-256 of 16 messages side by side, one in each 32-bit lane of AVX-512's
 * registers.  Processors that have instructions for SHA-256 too (AMD's from
 * Zen 4, Intel's from Ice Lake on) are 1.6 times as fast as by those, and ones
 * that do not (Intel's servers before) are spared the portable code.
 */
#include "base/sha256_rounds.h"

#ifdef FJ_HAVE_SHA256_X86

#include <immintrin.h>
#include <string.h>

#define WITH_AVX512 __attribute__((target("avx512f,avx512bw")))
/* All loops must be unrolled, or nothing stays in registers. */
#define INLINED __attribute__((always_inline)) static inline

enum { LANES = FJ_SHA256_LANES };

/* From so many messages on, 16 lanes are faster than two at a time by SHA's
 * own instructions. */
enum { WORTH_ALL_LANES = 10 };

bool
fj_sha256_avx512_works(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw");
}

/* Word j of row i becomes word i of row j. */
WITH_AVX512 INLINED void
transpose(__m512i rows[LANES])
{
    __m512i t[LANES];
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i += 2) {
        t[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < LANES; i += 4) {
        rows[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        rows[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        rows[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        rows[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    /* Now each register is a row of four 4x4 blocks, to be transposed as
     * these. */
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(rows[i], rows[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(rows[i], rows[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_i32x4(rows[8 + i], rows[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(rows[8 + i], rows[12 + i], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        rows[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        rows[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
        rows[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        rows[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
    }
}

WITH_AVX512 INLINED __m512i
add3(__m512i a, __m512i b, __m512i c)
{
    return _mm512_add_epi32(_mm512_add_epi32(a, b), c);
}

/* The tables of three inputs that _mm512_ternarylogic_epi32() takes. */
enum { XOR = 0x96, CHOICE = 0xca, MAJORITY = 0xe8 };

/* The words of the schedule that take the place of the `i`-th ones. */
WITH_AVX512 INLINED __m512i
next_words(const __m512i w[16], int i)
{
    __m512i a = w[(i + 1) & 15], b = w[(i + 14) & 15];
    __m512i small_a = _mm512_ternarylogic_epi32(_mm512_ror_epi32(a, 7),
                                                _mm512_ror_epi32(a, 18),
                                                _mm512_srli_epi32(a, 3), XOR);
    __m512i small_b = _mm512_ternarylogic_epi32(_mm512_ror_epi32(b, 17),
                                                _mm512_ror_epi32(b, 19),
                                                _mm512_srli_epi32(b, 10), XOR);
    return _mm512_add_epi32(add3(w[i & 15], small_a, small_b),
                            w[(i + 9) & 15]);
}

/* The `i`-th round.  What FIPS 180-4 calls a is v[-i & 7], and so on, so that
 * no value has to move. */
WITH_AVX512 INLINED void
run_round(__m512i v[8], __m512i w, int i)
{
    __m512i a = v[-i & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
    __m512i e = v[(4 - i) & 7], f = v[(5 - i) & 7], g = v[(6 - i) & 7];
    __m512i sum_e = _mm512_ternarylogic_epi32(_mm512_ror_epi32(e, 6),
                                              _mm512_ror_epi32(e, 11),
                                              _mm512_ror_epi32(e, 25), XOR);
    __m512i sum_a = _mm512_ternarylogic_epi32(_mm512_ror_epi32(a, 2),
                                              _mm512_ror_epi32(a, 13),
                                              _mm512_ror_epi32(a, 22), XOR);
    __m512i k = _mm512_set1_epi32((int)fj_sha256_constants[i]);
    __m512i t1 = _mm512_add_epi32(
        add3(v[(7 - i) & 7], k, w),
        _mm512_add_epi32(sum_e, _mm512_ternarylogic_epi32(e, f, g, CHOICE)));
    v[(3 - i) & 7] = _mm512_add_epi32(v[(3 - i) & 7], t1);
    v[(7 - i) & 7] =
        add3(t1, sum_a, _mm512_ternarylogic_epi32(a, b, c, MAJORITY));
}

WITH_AVX512 static void
run_blocks(uint32_t states[LANES][8], const uint8_t *const data[LANES],
           size_t n_blocks)
{
    const __m512i big_endian = _mm512_broadcast_i32x4(
        _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
    __m512i s[LANES];
    for (int l = 0; l < LANES; l++) {
        s[l] = _mm512_maskz_loadu_epi32(0xff, states[l]);
    }
    transpose(s);
    for (size_t k = 0; k < n_blocks; k++) {
        __m512i w[16], v[8];
#pragma GCC unroll 16
        for (int l = 0; l < LANES; l++) {
            w[l] = _mm512_shuffle_epi8(
                _mm512_loadu_si512(data[l] + k * FJ_SHA256_BLOCK), big_endian);
        }
        transpose(w);
        memcpy(v, s, sizeof v);
#pragma GCC unroll 64
        for (int i = 0; i < 64; i++) {
            run_round(v, w[i & 15], i);
            if (i < 48) {
                w[i & 15] = next_words(w, i);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            s[i] = _mm512_add_epi32(s[i], v[i]);
        }
    }
    transpose(s);
    for (int l = 0; l < LANES; l++) {
        _mm512_mask_storeu_epi32(states[l], 0xff, s[l]);
    }
}

/* Lanes without a message of their own run the first one. */
void
fj_sha256_blocks_avx512(uint32_t states[][8], const uint8_t *const data[],
                        unsigned n, size_t n_blocks)
{
    uint32_t all_states[LANES][8];
    const uint8_t *all_data[LANES];
    for (unsigned l = 0; l < LANES; l++) {
        memcpy(all_states[l], states[l < n ? l : 0], sizeof all_states[l]);
        all_data[l] = data[l < n ? l : 0];
    }
    run_blocks(all_states, all_data, n_blocks);
    memcpy(states, all_states, n * sizeof *states);
}

/* SHA's instructions are slow (by half, measured on an AMD EPYC) while the
 * upper halves of the registers hold what others have left there, as ISA-L's
 * CRC-32 does. */
WITH_AVX512 void
fj_sha256_blocks_avx512_x86(uint32_t states[][8], const uint8_t *const data[],
                            unsigned n, size_t n_blocks)
{
    if (n < WORTH_ALL_LANES) {
        _mm256_zeroupper();
        fj_sha256_blocks_x86(states, data, n, n_blocks);
    }
    else {
        fj_sha256_blocks_avx512(states, data, n, n_blocks);
    }
}

#else

/* ISO C wants something in every file. */
typedef int fj_sha256_avx512_is_not_here;

#endif
