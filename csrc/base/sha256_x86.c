/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SHA-256 with the SHA extensions of x86-64 processors: each instruction runs
 * two rounds, on a state that is kept in two registers as (a, b, e, f) and
 * (c, d, g, h).
 */
#include "base/sha256_rounds.h"

#ifdef FJ_HAVE_SHA256_X86

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))
/* The loops over the messages must be unrolled, or the states do not stay in
 * registers. */
#define INLINED __attribute__((always_inline)) static inline

bool
fj_sha256_x86_works(void)
{
    enum { SHA_IN_EBX = 1 << 29 };
    unsigned eax, ebx = 0, ecx, edx;
    return __builtin_cpu_supports("sse4.1") &&
           __builtin_cpu_supports("ssse3") &&
           __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) &&
           (ebx & SHA_IN_EBX) != 0;
}

typedef struct {
    __m128i abef, cdgh;
} lane;

WITH_SHA INLINED lane
load_state(const uint32_t state[8])
{
    __m128i abcd = _mm_loadu_si128((const __m128i *)state);
    __m128i efgh = _mm_loadu_si128((const __m128i *)(state + 4));
    __m128i badc = _mm_shuffle_epi32(abcd, 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(efgh, 0x1b);
    return (lane){_mm_alignr_epi8(badc, hgfe, 8),
                  _mm_blend_epi16(hgfe, badc, 0xf0)};
}

WITH_SHA INLINED void
store_state(uint32_t state[8], lane s)
{
    __m128i feba = _mm_shuffle_epi32(s.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(s.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Four rounds with the words `w`, the `i`-th four of the schedule. */
WITH_SHA INLINED void
run_rounds(lane *s, __m128i w, int i)
{
    const __m128i *constants = (const __m128i *)fj_sha256_constants;
    __m128i sum = _mm_add_epi32(w, _mm_loadu_si128(constants + i));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
    sum = _mm_shuffle_epi32(sum, 0x0e);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, sum);
}

/* The next four words of the schedule, from the 16 before. */
WITH_SHA INLINED __m128i
next_words(const __m128i w[4], int i)
{
    __m128i first = w[i & 3], last = w[(i + 3) & 3];
    __m128i words = _mm_sha256msg1_epu32(first, w[(i + 1) & 3]);
    words = _mm_add_epi32(words, _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
    return _mm_sha256msg2_epu32(words, last);
}

WITH_SHA INLINED void
run_blocks(uint32_t states[][8], const uint8_t *const data[], const unsigned n,
           size_t n_blocks)
{
    const __m128i big_endian =
        _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    lane lanes[2];
    for (unsigned l = 0; l < n; l++) {
        lanes[l] = load_state(states[l]);
    }
    for (size_t k = 0; k < n_blocks; k++) {
        lane before[2];
        __m128i w[2][4];
        for (unsigned l = 0; l < n; l++) {
            const __m128i *block =
                (const __m128i *)(data[l] + k * FJ_SHA256_BLOCK);
            before[l] = lanes[l];
            for (int i = 0; i < 4; i++) {
                w[l][i] =
                    _mm_shuffle_epi8(_mm_loadu_si128(block + i), big_endian);
            }
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
#pragma GCC unroll 2
            for (unsigned l = 0; l < n; l++) {
                run_rounds(&lanes[l], w[l][i & 3], i);
                if (i < 12) {
                    w[l][i & 3] = next_words(w[l], i);
                }
            }
        }
        for (unsigned l = 0; l < n; l++) {
            lanes[l].abef = _mm_add_epi32(lanes[l].abef, before[l].abef);
            lanes[l].cdgh = _mm_add_epi32(lanes[l].cdgh, before[l].cdgh);
        }
    }
    for (unsigned l = 0; l < n; l++) {
        store_state(states[l], lanes[l]);
    }
}

WITH_SHA void
fj_sha256_blocks_x86(uint32_t states[][8], const uint8_t *const data[],
                     unsigned n, size_t n_blocks)
{
    unsigned l = 0;
    for (; l + 2 <= n; l += 2) {
        run_blocks(states + l, data + l, 2, n_blocks);
    }
    if (l < n) {
        run_blocks(states + l, data + l, 1, n_blocks);
    }
}

#else

/* ISO C wants something in every file. */
typedef int fj_sha256_x86_is_not_here;

#endif
