/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Coding blocks for zlib and gzip streams: what comes of it is read by zlib,
 * through every coder and whatever FASTJOBLIB_DISABLE leaves on.  Exits with
 * an error at the first thing that is not as it should be.
 */
#define _POSIX_C_SOURCE 200809L // setenv
#include "check.h"
#include "codec/codec.h"
#include "deflate/encode.h"
#include "deflate/choose.h"
#include "deflate/backends.h"
#include "deflate/splice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { ROOM = 3 * FJ_BLOCK_NBYTES };

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

enum { NOISE, ZEROS, TEXT, STEPS, CHANGING, N_KINDS };

static void
fill(uint8_t *data, size_t nbytes, int kind, uint64_t seed)
{
    static const uint8_t words[] = "the forest of trees and a tree of leaves ";
    uint64_t state = seed * 2654435761u + 1;
    size_t word = 0;
    for (size_t i = 0; i < nbytes; i++) {
        uint64_t r = next_random(&state) >> 32;
        int now = kind == CHANGING ? (int)((i >> 14) % CHANGING) : kind;
        if (r % 7 == 0) {
            word = r % (sizeof words - 1);
        }
        data[i] = (uint8_t)(now == NOISE   ? r
                            : now == ZEROS ? 0
                            : now == TEXT  ? words[word++ % (sizeof words - 1)]
                            : i % 8 == 7   ? 0x3f
                            : i % 8 == 6   ? 0xf0 + r % 3
                                           : r >> 8);
    }
}

/* Inflates all of a raw stream, which must be these bytes and end as said. */
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
    CHECK(zlib.avail_in == 0);
    CHECK(zlib.avail_out == 1);
    CHECK(memcmp(output, data, nbytes) == 0);
    inflateEnd(&zlib);
    free(output);
}

static bool
ends_in_flush(const uint8_t *coded, size_t nbytes)
{
    static const uint8_t flush[] = {0, 0, 255, 255};
    return nbytes >= 4 && memcmp(coded + nbytes - 4, flush, 4) == 0;
}

/* One block by itself, followed by others, and as the last. */
static void
test_blocks(const uint8_t *data, uint8_t *coded)
{
    static const size_t sizes[] = {
        0,
        1,
        2,
        100,
        4095,
        65535,
        65536,
        131071,
        131072,
        131073,
        300000,
        FJ_BLOCK_NBYTES - 1,
        FJ_BLOCK_NBYTES,
    };
    /* 0 is the default; from 7 on little differs but the time it takes. */
    for (int level = 0; level <= 9; level += level < 7 ? 1 : 2) {
        void *encoder = fj_deflate_new(level);
        CHECK(encoder != NULL);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t n = sizes[i];
            size_t a, b;
            CHECK(fj_deflate_block(encoder, data, n, false, coded, &a) ==
                  FJ_OK);
            CHECK(a <= fj_deflate_bound(n));
            CHECK(ends_in_flush(coded, a));
            check_inflates(coded, a, data, n, false);
            CHECK(fj_deflate_block(encoder, data + n, n, true, coded + a,
                                   &b) == FJ_OK);
            CHECK(b <= fj_deflate_bound(n));
            check_inflates(coded + a, b, data + n, n, true);
            check_inflates(coded, a + b, data, 2 * n, true);
        }
        fj_deflate_free(encoder);
    }
}

/* A block's bytes do not tell what the encoder coded before. */
static void
test_no_memory_of_earlier_blocks(const uint8_t *a, const uint8_t *b,
                                 uint8_t *coded)
{
    enum { N = FJ_BLOCK_NBYTES };
    uint8_t *again = malloc(ROOM);
    CHECK(again != NULL);
    for (int level = 1; level <= 7; level += 3) {
        size_t n_a, n_fresh, n_used;
        void *fresh = fj_deflate_new(level);
        void *used = fj_deflate_new(level);
        CHECK(fresh != NULL && used != NULL);
        CHECK(fj_deflate_block(used, a, N, false, again, &n_a) == 0);
        CHECK(fj_deflate_block(used, b, N, false, again, &n_used) == 0);
        CHECK(fj_deflate_block(fresh, b, N, false, coded, &n_fresh) == 0);
        CHECK(n_used == n_fresh && memcmp(coded, again, n_used) == 0);
        fj_deflate_free(fresh);
        fj_deflate_free(used);
    }
    free(again);
}

/* Each coder by itself, into as much room as there is, and too little. */
static void
test_coders(const uint8_t *data, uint8_t *coded)
{
    static const size_t sizes[] = {0, 1, 70000, FJ_BLOCK_NBYTES};
    fj_coders *coders = fj_coders_new(9); // which has all of them
    CHECK(coders != NULL);
    for (int coder = 0; coder < FJ_N_CODERS; coder++) {
        if (!fj_coders_has(coders, coder)) {
            continue; // never asked for
        }
        for (int i = 0; i < 8; i++) {
            bool last = i % 2 != 0;
            size_t n = sizes[i / 2], full, less;
            CHECK(fj_coders_run(coders, coder, data, n, last, coded, ROOM,
                                &full) == FJ_OK);
            CHECK(full > 0);
            CHECK(last || ends_in_flush(coded, full));
            check_inflates(coded, full, data, n, last);
            for (size_t room = full > 20 ? full - 20 : 0; room < full + 20;
                 room++) {
                memset(coded, 0xa5, full + 40);
                CHECK(fj_coders_run(coders, coder, data, n, last, coded, room,
                                    &less) == FJ_OK);
                CHECK(less == 0 || less <= room);
                CHECK(coded[room] == 0xa5);
                if (less != 0) {
                    check_inflates(coded, less, data, n, last);
                }
                if (n > 1000) {
                    room += 12; // each of these takes its time
                }
            }
        }
    }
    fj_coders_free(coders);
}

static size_t
complete_stream(const uint8_t *data, size_t nbytes, int level, int strategy,
                uint8_t *coded)
{
    z_stream zlib = {.next_in = (Bytef *)(uintptr_t)data,
                     .avail_in = (uInt)nbytes,
                     .next_out = coded,
                     .avail_out = ROOM};
    CHECK(deflateInit2(&zlib, level, Z_DEFLATED, -15, 1, strategy) == Z_OK);
    CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
    size_t written = ROOM - zlib.avail_out;
    deflateEnd(&zlib);
    return written;
}

/* Streams of stored, fixed and dynamic blocks, few and many. */
static void
test_splice(const uint8_t *data, uint8_t *coded)
{
    static const size_t sizes[] = {0, 1, 5, 33, 1000, 70000, 500000};
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED,
                                     Z_HUFFMAN_ONLY, Z_RLE};
    fj_splice *splice = fj_splice_new();
    CHECK(splice != NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int level = 0; level <= 9; level += 3) {
            for (int k = 0; k < 4; k++) {
                size_t n = complete_stream(data, sizes[i], level,
                                           strategies[k], coded);
                size_t opened = fj_splice_open_end(splice, coded, n);
                CHECK(opened >= n + 4 && opened <= n + FJ_SPLICE_NBYTES);
                CHECK(ends_in_flush(coded, opened));
                check_inflates(coded, opened, data, sizes[i], false);
            }
        }
    }
    fj_splice_free(splice);
}

/* Cuts of a stream are refused and left alone; a stream with something wrong
 * in it is refused, or opened as what it has become.  Each stands by itself
 * in memory, so that a sanitizer sees what is read beyond it. */
static void
test_splice_refuses(const uint8_t *data, size_t nbytes, uint8_t *coded)
{
    int n_cases = nbytes > 10000 ? 300 : 3000;
    uint64_t state = 88172645463325252u;
    fj_splice *splice = fj_splice_new();
    CHECK(splice != NULL);
    for (int k = 0; k < 3; k++) {
        size_t n = complete_stream(data, nbytes, k == 2 ? 0 : 6,
                                   k == 1 ? Z_FIXED : 0, coded);
        for (size_t cut = 0; cut < n; cut += 1 + n / 1000) {
            uint8_t *exact = malloc(cut + FJ_SPLICE_NBYTES);
            CHECK(exact != NULL);
            memcpy(exact, coded, cut);
            CHECK(fj_splice_open_end(splice, exact, cut) == 0);
            CHECK(memcmp(exact, coded, cut) == 0);
            free(exact);
        }
        coded[n] = 0;
        CHECK(fj_splice_open_end(splice, coded, n + 1) == 0);
        size_t n_refused = 0;
        for (int i = 0; i < n_cases; i++) {
            uint8_t *exact = malloc(n + FJ_SPLICE_NBYTES);
            CHECK(exact != NULL);
            memcpy(exact, coded, n);
            exact[next_random(&state) % (i % 2 == 0 && n > 60 ? 60 : n)] ^=
                (uint8_t)(1 << next_random(&state) % 8);
            n_refused += fj_splice_open_end(splice, exact, n) == 0;
            free(exact);
        }
        CHECK(n_refused > 0);
    }
    fj_splice_free(splice);
}

static void
test_frame(const uint8_t *data)
{
    static const uint8_t second[] = {0x5e, 0x01, 0x5e, 0x5e, 0x5e,
                                     0x5e, 0x9c, 0xda, 0xda, 0xda};
    uint8_t frame[FJ_CODEC_FRAME];
    uint8_t theirs[FJ_CODEC_FRAME];
    for (int level = 0; level <= 9; level++) {
        CHECK(fj_codec_zlib.begin(level, frame) == 2);
        CHECK(frame[0] == 0x78 && frame[1] == second[level]);
        for (int gzip = 0; gzip < 2; gzip++) {
            const fj_codec *codec = gzip ? &fj_codec_gzip : &fj_codec_zlib;
            z_stream zlib = {.next_out = theirs, .avail_out = sizeof theirs};
            CHECK(deflateInit2(&zlib, level == 0 ? 3 : level, Z_DEFLATED,
                               gzip ? 31 : 15, 8, 0) == Z_OK);
            CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
            if (gzip) {
                theirs[9] = 3; // the system, which is Unix in all of ours
            }
            size_t n = codec->begin(level, frame);
            CHECK(memcmp(frame, theirs, n) == 0);
            CHECK(codec->begins(frame));
            uint32_t none = codec->check(data, 0);
            CHECK(codec->end(none, 0, true, frame) == zlib.total_out - n - 2);
            CHECK(memcmp(frame, theirs + n + 2, zlib.total_out - n - 2) == 0);
            CHECK(codec->end(none, 0, false, frame) ==
                  zlib.total_out - n - 2 + 5);
            CHECK(memcmp(frame, "\1\0\0\377\377", 5) == 0);
            deflateEnd(&zlib);
        }
    }
}

static void
test_checks(const uint8_t *data)
{
    for (size_t n = 0; n < 40000; n = 3 * n + 1) {
        uint32_t adler = (uint32_t)adler32(1, data, (uInt)n);
        uint32_t crc = (uint32_t)crc32(0, data, (uInt)n);
        CHECK(fj_codec_zlib.check(data, n) == adler);
        CHECK(fj_codec_gzip.check(data, n) == crc);
        for (size_t m = 0; m <= n; m += n / 5 + 1) {
            CHECK(fj_codec_zlib.combine(fj_codec_zlib.check(data, m),
                                        fj_codec_zlib.check(data + m, n - m),
                                        n - m) == adler);
            CHECK(fj_codec_gzip.combine(fj_codec_gzip.check(data, m),
                                        fj_codec_gzip.check(data + m, n - m),
                                        n - m) == crc);
        }
    }
    /* 5 GiB of zeros in two ways: by doubling, and in one step from 1 GiB. */
    for (int gzip = 0; gzip < 2; gzip++) {
        const fj_codec *codec = gzip ? &fj_codec_gzip : &fj_codec_zlib;
        uint8_t zero = 0;
        uint32_t check = codec->check(&zero, 1);
        for (uint64_t n = 1; n < (uint64_t)1 << 30; n *= 2) {
            check = codec->combine(check, check, n);
        }
        uint64_t gib = (uint64_t)1 << 30;
        uint32_t two = codec->combine(check, check, gib);
        uint32_t four = codec->combine(two, two, 2 * gib);
        uint32_t one_by_one = check;
        for (int i = 0; i < 4; i++) {
            one_by_one = codec->combine(one_by_one, check, gib);
        }
        CHECK(codec->combine(check, four, 4 * gib) == one_by_one);
    }
}

static void
run_splice(void)
{
    uint8_t *data = malloc(FJ_BLOCK_NBYTES);
    uint8_t *coded = malloc(ROOM);
    CHECK(data != NULL && coded != NULL);
    for (int kind = 0; kind < N_KINDS; kind++) {
        fill(data, FJ_BLOCK_NBYTES, kind, 1);
        test_splice(data, coded);
        test_splice_refuses(data, 3000, coded);
        test_splice_refuses(data, 100000, coded);
    }
    free(data);
    free(coded);
}

static void
run_all(const char *disabled)
{
    SET_VARIABLE("FASTJOBLIB_DISABLE", disabled);
    uint8_t *data = malloc(2 * FJ_BLOCK_NBYTES);
    uint8_t *other = malloc(FJ_BLOCK_NBYTES);
    uint8_t *coded = malloc(ROOM);
    CHECK(data != NULL && other != NULL && coded != NULL);
    for (int kind = 0; kind < N_KINDS; kind++) {
        fill(data, 2 * FJ_BLOCK_NBYTES, kind, 1);
        test_blocks(data, coded);
        test_coders(data, coded);
        fill(other, FJ_BLOCK_NBYTES, (kind + 1) % N_KINDS, 2);
        test_no_memory_of_earlier_blocks(data, other, coded);
    }
    test_frame(data);
    test_checks(data);
    free(data);
    free(other);
    free(coded);
    printf("deflate, without \"%s\": ok\n", disabled);
}

int
main(int argc, char **argv)
{
    static const char *const all[] = {"", "isal", "libdeflate",
                                      "isal,libdeflate"};
    run_splice();
    for (int i = 0; i < 4; i++) {
        if (argc < 2 || strcmp(argv[1], all[i]) == 0) {
            run_all(all[i]);
        }
    }
    return 0;
}
