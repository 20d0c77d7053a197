/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Our own deflate: what it writes is read by zlib, whatever the data and the
 * size; it keeps to the room that it has; and its bytes tell nothing of what
 * was coded before.  Exits with an error at the first thing that is not as it
 * should be.
 */
#include "check.h"
#include "codec/codec.h"
#include "deflate/huffman.h"
#include "deflate/matches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { SLACK = 1 << 12 };

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

enum { NOISE, ZEROS, FEW, RECORDS, DISTANT, STRETCHES, N_KINDS };

/* Data that is periodic: so many bytes, again and again. */
static void
repeat(uint8_t *data, size_t nbytes, size_t period)
{
    for (size_t i = 0; i < nbytes; i++) {
        data[i] =
            i < period ? (uint8_t)(i * i * 31 + (i >> 8)) : data[i - period];
    }
}

static void
fill(uint8_t *data, size_t nbytes, int kind, uint64_t seed)
{
    uint64_t state = seed * 2654435761u + 1;
    size_t at = 0;
    while (at < nbytes) {
        int now =
            kind == STRETCHES ? (int)(next_random(&state) % STRETCHES) : kind;
        size_t end = at + 1 + next_random(&state) % 3000;
        size_t distance = 1 + next_random(&state) % (at + 1);
        for (end = end < nbytes ? end : nbytes; at < end; at++) {
            uint8_t r = (uint8_t)next_random(&state);
            data[at] = now == NOISE     ? r
                       : now == ZEROS   ? 0
                       : now == FEW     ? r & 3
                       : now == RECORDS ? (at % 64 < 9 ? r : at % 64 >> 3)
                       : at >= distance ? data[at - distance]
                                        : r;
        }
    }
}

static void
check_inflates(const uint8_t *coded, size_t coded_nbytes, const uint8_t *data,
               size_t nbytes, bool ends)
{
    uint8_t *output = malloc(nbytes + 1);
    CHECK(output != NULL);
    z_stream zlib = {.next_in = (Bytef *)(uintptr_t)coded,
                     .avail_in = (uInt)coded_nbytes,
                     .next_out = output,
                     .avail_out = (uInt)nbytes + 1};
    CHECK(inflateInit2(&zlib, -15) == Z_OK);
    int status = inflate(&zlib, Z_SYNC_FLUSH);
    CHECK(ends ? status == Z_STREAM_END
               : status == Z_OK || (status == Z_BUF_ERROR && nbytes == 0));
    CHECK(zlib.avail_in == 0 && zlib.avail_out == 1);
    CHECK(memcmp(output, data, nbytes) == 0);
    inflateEnd(&zlib);
    free(output);
}

/* The data and the room stand by themselves in memory, so that a sanitizer
 * sees what is read or written beyond them. */
static size_t
deflate_exactly(fj_matcher *matcher, const uint8_t *data, size_t nbytes,
                bool last, size_t room, uint8_t *coded)
{
    uint8_t *exact = malloc(nbytes == 0 ? 1 : nbytes);
    uint8_t *output = malloc(room == 0 ? 1 : room);
    CHECK(exact != NULL && output != NULL);
    memcpy(exact, data, nbytes);
    size_t n = fj_matcher_deflate(matcher, exact, nbytes, last, output, room);
    CHECK(n <= room);
    memcpy(coded, output, n);
    free(exact);
    free(output);
    return n;
}

static void
test_data(fj_matcher *matcher, const uint8_t *data, size_t nbytes,
          uint8_t *coded)
{
    size_t room = nbytes + nbytes / 4 + SLACK;
    for (int last = 0; last < 2; last++) {
        size_t n = deflate_exactly(matcher, data, nbytes, last, room, coded);
        CHECK(n > 0);
        check_inflates(coded, n, data, nbytes, last);
        CHECK(last || memcmp(coded + n - 4, "\0\0\377\377", 4) == 0);
    }
}

static void
test_sizes(const uint8_t *data, uint8_t *coded)
{
    /* With what can be looked up, and what shares Huffman codes. */
    static const size_t around[] = {66, 258, 32768, 65536, 1 << 18, 1 << 19};
    fj_matcher *matcher = fj_matcher_new();
    CHECK(matcher != NULL);
    for (size_t n = 0; n < 64; n++) {
        test_data(matcher, data, n, coded);
    }
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        for (size_t n = around[i] - 20; n <= around[i] + 20; n += 1 + i) {
            test_data(matcher, data, n, coded);
        }
    }
    test_data(matcher, data, FJ_BLOCK_NBYTES - 1, coded);
    test_data(matcher, data, FJ_BLOCK_NBYTES, coded);
    fj_matcher_free(matcher);
}

static void
test_random(uint8_t *data, uint8_t *coded)
{
    uint64_t state = 88172645463325252u;
    fj_matcher *matcher = fj_matcher_new();
    CHECK(matcher != NULL);
    for (uint64_t i = 0; i < 400; i++) {
        size_t n = next_random(&state) % (1u << next_random(&state) % 19);
        fill(data, n, (int)(i % N_KINDS), i);
        test_data(matcher, data, n, coded);
    }
    fj_matcher_free(matcher);
}

static void
test_periods(uint8_t *data, uint8_t *coded)
{
    static const size_t periods[] = {1,  2,   3,   5,     7,     8,    9,
                                     64, 255, 257, 32767, 32768, 32769};
    fj_matcher *matcher = fj_matcher_new();
    CHECK(matcher != NULL);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        repeat(data, 200000, periods[i]);
        test_data(matcher, data, 200000, coded);
    }
    fj_matcher_free(matcher);
}

/* Too little room gives nothing, and what is given keeps to it. */
static void
test_room(const uint8_t *data, uint8_t *coded)
{
    static const size_t sizes[] = {0, 1, 300, 20000, 300000};
    fj_matcher *matcher = fj_matcher_new();
    CHECK(matcher != NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t nbytes = sizes[i];
        size_t full = deflate_exactly(matcher, data, nbytes, false,
                                      2 * nbytes + SLACK, coded);
        CHECK(full > 0);
        for (size_t room = 0; room < full + 40;
             room += room < 40 || room + 40 > full ? 1 : 1 + full / 20) {
            size_t n =
                deflate_exactly(matcher, data, nbytes, false, room, coded);
            CHECK(n == 0 || n == full);
            CHECK(n == full || room < full + 32);
        }
    }
    fj_matcher_free(matcher);
}

static void
test_no_memory_of_earlier_data(const uint8_t *data, uint8_t *coded)
{
    enum { N = 150000, ROOM = 2 * N + SLACK };
    fj_matcher *fresh = fj_matcher_new(), *used = fj_matcher_new();
    uint8_t *again = malloc(ROOM);
    CHECK(fresh != NULL && used != NULL && again != NULL);
    CHECK(fj_matcher_deflate(used, data + N, N, false, again, ROOM) > 0);
    CHECK(fj_matcher_deflate(used, data + 2 * N, N, false, again, 30) == 0);
    size_t n = fj_matcher_deflate(fresh, data, N, true, coded, ROOM);
    CHECK(fj_matcher_deflate(used, data, N, true, again, ROOM) == n);
    CHECK(memcmp(coded, again, n) == 0);
    free(again);
    fj_matcher_free(fresh);
    fj_matcher_free(used);
}

/* A code is complete, has no longer codewords than it may, and gives none to
 * a rarer symbol that is shorter. */
static void
check_code(const uint32_t *counts, unsigned n_symbols, unsigned max_nbits)
{
    uint8_t lengths[FJ_HUFFMAN_SYMBOLS];
    uint16_t codewords[FJ_HUFFMAN_SYMBOLS];
    fj_huffman_code(counts, n_symbols, max_nbits, lengths, codewords);
    uint32_t in_use = 0;
    for (unsigned i = 0; i < n_symbols; i++) {
        CHECK(lengths[i] <= max_nbits);
        CHECK(counts[i] == 0 || lengths[i] > 0);
        in_use += lengths[i] == 0 ? 0 : 1u << (max_nbits - lengths[i]);
        CHECK(codewords[i] >> lengths[i] == 0);
        for (unsigned j = 0; j < i; j++) {
            CHECK(counts[i] <= counts[j] || lengths[i] <= lengths[j] ||
                  counts[j] == 0);
            unsigned both = lengths[i] < lengths[j] ? lengths[i] : lengths[j];
            CHECK(both == 0 ||
                  ((codewords[i] ^ codewords[j]) & ((1u << both) - 1)) != 0);
        }
    }
    CHECK(in_use == 1u << max_nbits);
}

static void
test_huffman(void)
{
    uint32_t counts[FJ_HUFFMAN_SYMBOLS] = {0};
    uint64_t state = 88172645463325252u;
    check_code(counts, 2, 7);
    check_code(counts, 19, 7);
    counts[18] = 1;
    check_code(counts, 19, 7);
    /* As deep as it gets: each count is the sum of the two before. */
    for (unsigned n = 2; n <= 30; n++) {
        counts[0] = counts[1] = 1;
        for (unsigned i = 2; i < n; i++) {
            counts[i] = counts[i - 1] + counts[i - 2];
        }
        check_code(counts, n, 15);
        check_code(counts, n < 19 ? n : 19, 7);
    }
    for (unsigned n = 0; n < 300; n++) {
        unsigned n_symbols = n % 3 == 0 ? 19 : n % 3 == 1 ? 30 : 286;
        for (unsigned i = 0; i < n_symbols; i++) {
            counts[i] = (uint32_t)(next_random(&state) &
                                   ((1u << next_random(&state) % 14) - 1));
        }
        check_code(counts, n_symbols, n_symbols == 19 ? 7 : 15);
    }
}

int
main(void)
{
    uint8_t *data = malloc(FJ_BLOCK_NBYTES);
    uint8_t *coded = malloc(2 * FJ_BLOCK_NBYTES);
    CHECK(data != NULL && coded != NULL);
    test_huffman();
    for (int kind = 0; kind < N_KINDS; kind++) {
        fill(data, FJ_BLOCK_NBYTES, kind, 1);
        test_sizes(data, coded);
        test_room(data, coded);
        test_no_memory_of_earlier_data(data, coded);
    }
    test_periods(data, coded);
    test_random(data, coded);
    free(data);
    free(coded);
    printf("own deflate: ok\n");
    return 0;
}
