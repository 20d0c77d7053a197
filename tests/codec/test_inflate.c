/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decoding of zlib and gzip streams and of single blocks, against what zlib
 * writes and reads.  Exits with an error at the first thing that is not as it
 * should be.
 */
#define _POSIX_C_SOURCE 200809L // setenv
#include "check.h"
#include "deflate/enabled.h"
#include "codec/zlib_stream.h"
#include "deflate/inflate_block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { ZLIB = 15, GZIP = 15 + 16, RAW = -15 };

typedef struct {
    uint8_t *data;
    size_t nbytes;
} bytes;

static bytes
bytes_new(size_t nbytes)
{
    bytes b = {malloc(nbytes > 0 ? nbytes : 1), nbytes};
    CHECK(b.data != NULL);
    return b;
}

enum { ZEROS, TEXT, NOISE, STEPS, N_KINDS };

static bytes
make_data(int kind, size_t nbytes)
{
    static const char *const words[] = {"tree ", "leaf ", "gain ", "node ",
                                        "split at "};
    bytes b = bytes_new(nbytes);
    uint64_t random = 88172645463325252u;
    size_t at = 0;
    while (at < nbytes) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if (kind == TEXT) {
            const char *word = words[random % 5];
            while (*word != '\0' && at < nbytes) {
                b.data[at++] = (uint8_t)*word++;
            }
        }
        else {
            b.data[at] = kind == ZEROS   ? 0
                         : kind == NOISE ? (uint8_t)random
                                         : (uint8_t)(at % 7 * (at >> 12));
            at++;
        }
    }
    return b;
}

static gz_header a_header = {
    .text = 1,
    .time = 7,
    .os = 3,
    .extra = (Bytef *)"extra\0field",
    .extra_len = 11,
    .name = (Bytef *)"a name",
    .comment = (Bytef *)"a comment",
    .hcrc = 1,
};

/* Compressed by zlib, flushed after every `flush_nbytes` where not 0. */
static bytes
compress_as(bytes data, int wrap, int level, int strategy, size_t flush_nbytes,
            gz_header *header)
{
    z_stream z = {0};
    CHECK(deflateInit2(&z, level, Z_DEFLATED, wrap, 8, strategy) == Z_OK);
    if (header != NULL) {
        CHECK(deflateSetHeader(&z, header) == Z_OK);
    }
    bytes to = bytes_new(2 * data.nbytes + 1000);
    z.next_out = to.data;
    z.avail_out = (uInt)to.nbytes;
    z.next_in = data.data;
    size_t left = data.nbytes;
    while (flush_nbytes > 0 && left > flush_nbytes) {
        z.avail_in = (uInt)flush_nbytes;
        left -= flush_nbytes;
        CHECK(deflate(&z, Z_FULL_FLUSH) == Z_OK && z.avail_in == 0);
    }
    z.avail_in = (uInt)left;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    to.nbytes = z.total_out;
    deflateEnd(&z);
    return to;
}

/* A stream decoded in pieces; returns the last status. */
typedef struct {
    fj_status status;
    size_t used, gave;
    char message[200];
} outcome;

static outcome
decode_with(void *s, bytes coded, uint8_t *dst, size_t room, size_t in_piece,
            size_t out_piece)
{
    outcome o = {FJ_OK, 0, 0, ""};
    for (;;) {
        size_t used = coded.nbytes - o.used, gave = room - o.gave;
        used = used < in_piece ? used : in_piece;
        gave = gave < out_piece ? gave : out_piece;
        size_t used_max = used, gave_max = gave;
        /* Copies of their own, for what is read or written too much. */
        uint8_t *in = malloc(used + 1), *out = malloc(gave + 1);
        memcpy(in + 1, coded.data + o.used, used);
        o.status = fj_inflate_stream(s, in + 1, &used, out + 1, &gave);
        CHECK(used <= used_max && gave <= gave_max);
        memcpy(dst + o.gave, out + 1, gave);
        free(in);
        free(out);
        o.used += used;
        o.gave += gave;
        if (o.status != FJ_OK || (used == 0 && gave == 0)) {
            snprintf(o.message, sizeof o.message, "%s", fj_inflate_message(s));
            return o;
        }
    }
}

static void *
stream_of(int wrap)
{
    void *s = wrap == ZLIB ? fj_inflate_zlib_new() : fj_inflate_gzip_new();
    CHECK(s != NULL);
    return s;
}

static outcome
decode(int wrap, bytes coded, uint8_t *dst, size_t room)
{
    void *s = stream_of(wrap);
    outcome o = decode_with(s, coded, dst, room, SIZE_MAX, SIZE_MAX);
    fj_inflate_stream_free(s);
    return o;
}

/* Two streams, one behind the other, in pieces of all sizes. */
static void
check_pieces(int wrap, bytes data, bytes coded)
{
    static const size_t sizes[] = {1, 2, 3, 7, 31, 300, 5000, 70000, SIZE_MAX};
    enum { N = sizeof sizes / sizeof *sizes };
    bytes twice = bytes_new(2 * coded.nbytes);
    memcpy(twice.data, coded.data, coded.nbytes);
    memcpy(twice.data + coded.nbytes, coded.data, coded.nbytes);
    uint8_t *dst = malloc(data.nbytes + 1);
    /* Smaller pieces are slow, and the same as for less data. */
    size_t least = data.nbytes > 100000 ? 5000 : data.nbytes > 2000 ? 300 : 1;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            if (sizes[i] < least || sizes[j] < least) {
                continue;
            }
            void *s = stream_of(wrap);
            outcome o = decode_with(s, twice, dst, data.nbytes + 1, sizes[i],
                                    sizes[j]);
            CHECK(o.status == FJ_END);
            CHECK(o.used == coded.nbytes && o.gave == data.nbytes);
            CHECK(memcmp(dst, data.data, data.nbytes) == 0);
            /* Again, in a context that was used, with no room but for the data. */
            bytes rest = {twice.data + o.used, coded.nbytes};
            o = decode_with(s, rest, dst, data.nbytes, sizes[i], sizes[j]);
            CHECK(o.status == FJ_END);
            CHECK(o.used == coded.nbytes && o.gave == data.nbytes);
            CHECK(memcmp(dst, data.data, data.nbytes) == 0);
            fj_inflate_stream_free(s);
        }
    }
    free(dst);
    free(twice.data);
}

static void
test_streams(void)
{
    static const size_t sizes[] = {0, 1, 2, 100, 2000, 66000, 300000};
    static const int levels[] = {0, 1, 3, 9};
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_RLE,
                                     Z_HUFFMAN_ONLY};
    for (int wrap = ZLIB; wrap <= GZIP; wrap += GZIP - ZLIB) {
        for (int kind = 0; kind < N_KINDS; kind++) {
            for (int i = 0; i < 7; i++) {
                bytes data = make_data(kind, sizes[i]);
                for (int j = 0; j < 4; j++) {
                    bytes coded = compress_as(
                        data, wrap, levels[j], strategies[(kind + i + j) % 4],
                        j == 2 ? 1000 : 0,
                        wrap == GZIP && j == 1 ? &a_header : NULL);
                    check_pieces(wrap, data, coded);
                    free(coded.data);
                }
                free(data.data);
            }
        }
    }
}

static void
test_truncated_and_flipped(void)
{
    bytes data = make_data(TEXT, 300);
    uint8_t dst[400];
    for (int wrap = ZLIB; wrap <= GZIP; wrap += GZIP - ZLIB) {
        bytes coded = compress_as(data, wrap, 6, Z_DEFAULT_STRATEGY, 0,
                                  wrap == GZIP ? &a_header : NULL);
        for (size_t n = 0; n < coded.nbytes; n++) {
            bytes cut = {coded.data, n};
            outcome o = decode(wrap, cut, dst, sizeof dst);
            CHECK(o.status == FJ_OK && o.used == n);
            for (int bit = 0; bit < 8; bit++) {
                coded.data[n] ^= (uint8_t)(1 << bit);
                o = decode(wrap, coded, dst, sizeof dst);
                if (o.status == FJ_END) { // a bit without meaning
                    CHECK(o.gave == data.nbytes &&
                          memcmp(dst, data.data, o.gave) == 0);
                }
                CHECK((o.status == FJ_DAMAGED) == (o.message[0] != 0));
                coded.data[n] ^= (uint8_t)(1 << bit);
            }
        }
        free(coded.data);
    }
    free(data.data);
}

static void
check_message(int wrap, const char *coded, size_t nbytes, const char *message)
{
    uint8_t dst[100];
    bytes b = {(uint8_t *)coded, nbytes};
    outcome o = decode(wrap, b, dst, sizeof dst);
    CHECK(o.status == FJ_DAMAGED);
    if (strcmp(o.message, message) != 0) {
        fprintf(stderr, "\"%s\" instead of \"%s\"\n", o.message, message);
        exit(1);
    }
}

#define MESSAGE(wrap, coded, message) \
    check_message(wrap, coded, sizeof coded - 1, message)

static void
test_messages(void)
{
    MESSAGE(ZLIB, "\x78\x9d", "its header is wrong");
    MESSAGE(ZLIB, "\x77\x85", "it is not compressed with deflate");
    MESSAGE(ZLIB, "\x88\x1c", "its window is larger than 32 KiB");
    MESSAGE(ZLIB, "\x78\xbb", "it needs a preset dictionary");
    MESSAGE(ZLIB, "\x78\x9c\x03\x00\x00\x00\x00\x02",
            "the check value of the data is 0x00000001 instead of 0x00000002");
    MESSAGE(ZLIB, "\x78\x9c\x07", "a block is of no known type");
    MESSAGE(ZLIB, "\x78\x9c\x01\x01\x00\xff\xff",
            "the length of a stored block and its complement do not match");
    MESSAGE(ZLIB, "\x78\x9c\xfd\xff\xff",
            "a block has more symbols than there are");
    MESSAGE(ZLIB, "\x78\x9c\x03\x02\x00\x00\x00",
            "a match refers to before the beginning");
#define HEAD "\x1f\x8b\x08\0\0\0\0\0\0\xff"
    MESSAGE(GZIP, "\x1f\x8c\x08\0\0\0\0\0\0\xff", "its header is wrong");
    MESSAGE(GZIP, "\x1f\x8b\x07\0\0\0\0\0\0\xff",
            "it is not compressed with deflate");
    MESSAGE(GZIP, "\x1f\x8b\x08\x20\0\0\0\0\0\xff",
            "its header has unknown flags");
    MESSAGE(GZIP, "\x1f\x8b\x08\x02\0\0\0\0\0\xff\1\2",
            "the check value of its header is wrong");
    MESSAGE(GZIP, HEAD "\x03\0\1\0\0\0\0\0\0\0",
            "the check value of the data is 0x00000000 instead of 0x00000001");
    MESSAGE(GZIP, HEAD "\x03\0\0\0\0\0\2\0\0\0",
            "the data has 0 bytes (modulo 2^32) instead of 2");
}

static fj_status
decode_block(const uint8_t *src, size_t nbytes, uint8_t *dst, size_t *gave)
{
    void *d = fj_inflate_block_new();
    uint8_t *copy = malloc(nbytes + 1);
    CHECK(d != NULL && copy != NULL);
    memcpy(copy + 1, src, nbytes);
    fj_status status = fj_inflate_block(d, copy + 1, nbytes, dst, gave);
    free(copy);
    fj_inflate_block_free(d);
    return status;
}

/* Every range that begins where a block does is right if it ends where one
 * does, and no other. */
static void
test_ranges(void)
{
    enum { EACH = 500, N = 5 };
    bytes data = make_data(TEXT, N * EACH);
    uint8_t *dst = malloc(data.nbytes + FJ_DECODE_SLACK);
    for (int level = 0; level <= 9; level += 3) {
        bytes coded =
            compress_as(data, RAW, level, Z_DEFAULT_STRATEGY, EACH, NULL);
        size_t n_right = 0;
        for (size_t end = 0; end <= coded.nbytes; end++) {
            size_t gave = data.nbytes;
            if (decode_block(coded.data, end, dst, &gave) != FJ_OK) {
                continue;
            }
            n_right++;
            CHECK(memcmp(dst, data.data, gave) == 0);
            if (gave > 0) { // neither with one byte less of room
                size_t less = gave - 1;
                CHECK(decode_block(coded.data, end, dst, &less) ==
                          FJ_DAMAGED &&
                      less <= gave - 1);
            }
        }
        /* Nothing at all; and where data was flushed, before and after the
         * empty stored block if the one before ended on a byte boundary. */
        CHECK(n_right >= N && n_right <= 1 + 2 * (N - 1));
        free(coded.data);
    }
    free(dst);
    free(data.data);
}

/* Writes bits as deflate has them. */
typedef struct {
    uint8_t data[1000];
    size_t n_bits;
} bit_writer;

static void
put(bit_writer *w, unsigned value, unsigned n_bits)
{
    for (unsigned i = 0; i < n_bits; i++, w->n_bits++) {
        w->data[w->n_bits / 8] |= (uint8_t)((value >> i & 1) << w->n_bits % 8);
    }
}

static void
put_codeword(bit_writer *w, unsigned code, unsigned n_bits)
{
    while (n_bits-- > 0) {
        put(w, code >> n_bits & 1, 1);
    }
}

/* The head of a dynamic block with these lengths, written one by one. */
static void
put_head(bit_writer *w, bool final, const uint8_t *lengths, unsigned n_litlen,
         unsigned n_distance)
{
    static const uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
    put(w, final, 1);
    put(w, 2, 2);
    put(w, n_litlen - 257, 5);
    put(w, n_distance - 1, 5);
    put(w, 19 - 4, 4);
    for (int i = 0; i < 19; i++) {
        put(w, order[i] < 16 ? 4 : 0, 3);
    }
    for (unsigned i = 0; i < n_litlen + n_distance; i++) {
        put_codeword(w, lengths[i], 4);
    }
}

/* What a whole-stream decoder makes of the range with something behind it:
 * the output's size if all of it is one complete stream, else -1. */
static long
decode_appended(const uint8_t *src, size_t nbytes, const char *suffix,
                size_t suffix_nbytes, uint8_t *dst, size_t room)
{
    uint8_t whole[2000];
    memcpy(whole, src, nbytes);
    memcpy(whole + nbytes, suffix, suffix_nbytes);
    z_stream z = {.next_in = whole,
                  .avail_in = (uInt)(nbytes + suffix_nbytes),
                  .next_out = dst,
                  .avail_out = (uInt)room};
    CHECK(inflateInit2(&z, RAW) == Z_OK);
    int result = inflate(&z, Z_FINISH);
    long gave =
        result == Z_STREAM_END && z.avail_in == 0 ? (long)z.total_out : -1;
    inflateEnd(&z);
    return gave;
}

/* A range that ends within a final block, whose code swallows an appended
 * empty stored block (1, 23 zeros, 16 ones) and ends with it: A is 0, B 10,
 * C 110 ... I 111111110, and the end of the block 111111111. */
static void
test_range_that_swallows(void)
{
    uint8_t lengths[258] = {0}, dst[500];
    for (int i = 0; i < 9; i++) {
        lengths['A' + i] = (uint8_t)(i + 1);
    }
    lengths[256] = 9;
    bit_writer w = {{0}, 0};
    put_head(&w, true, lengths, 257, 1);
    do {
        put_codeword(&w, 0, 1);
    } while (w.n_bits % 8 != 0);
    size_t nbytes = w.n_bits / 8, gave = sizeof dst - FJ_DECODE_SLACK;

    long appended =
        decode_appended(w.data, nbytes, "\1\0\0\xff\xff", 5, dst, sizeof dst);
    CHECK(appended > 23 && dst[appended - 23] == 'B');
    CHECK(decode_block(w.data, nbytes, dst, &gave) == FJ_DAMAGED);

    /* The same of a block that is not final, and so within the contract but
     * for where it ends; with its end it is right. */
    w.data[0] &= (uint8_t)~1u;
    gave = sizeof dst - FJ_DECODE_SLACK;
    CHECK(decode_block(w.data, nbytes, dst, &gave) == FJ_DAMAGED);
    put_codeword(&w, 0x1ff, 9);
    put(&w, 0, 3); // an empty stored block
    w.n_bits = (w.n_bits + 7) / 8 * 8;
    put(&w, 0xffff0000, 32);
    gave = sizeof dst - FJ_DECODE_SLACK;
    CHECK(decode_block(w.data, w.n_bits / 8, dst, &gave) == FJ_OK);
    CHECK(gave > 0 && dst[gave - 1] == 'A');
}

/* A range that ends within a stored block, which takes an appended block for
 * its content, whatever random bytes that has: they come out at the end. */
static void
test_range_that_copies(void)
{
    static const char suffix[] = "\1\x08\0\xf7\xff"
                                 "secret!!";
    enum { NBYTES = sizeof suffix - 1 };
    const uint8_t range[] = {1, NBYTES, 0, 0xff - NBYTES, 0xff};
    uint8_t dst[500];
    long appended =
        decode_appended(range, sizeof range, suffix, NBYTES, dst, sizeof dst);
    CHECK(appended == NBYTES && memcmp(dst + 5, "secret!!", 8) == 0);
    size_t gave = sizeof dst - FJ_DECODE_SLACK;
    CHECK(decode_block(range, sizeof range, dst, &gave) == FJ_DAMAGED);
}

/* Codes that zlib refuses, and others accept. */
static void
test_strictness(void)
{
    static const struct {
        const char *what;
        uint8_t lengths[4]; // of the literal 0, the end, two distances
        unsigned n_litlen, n_distance, body, body_nbits;
        bool ok;
    } cases[] = {
        {"one literal, no distance", {1, 1, 0, 0}, 257, 1, 2, 2, true},
        {"only the end", {0, 1, 0, 0}, 257, 1, 0, 1, true},
        {"only the end, another codeword", {0, 1, 0, 0}, 257, 1, 1, 1, false},
        {"incomplete literals", {2, 2, 0, 0}, 257, 1, 2, 4, false},
        {"too many literals", {1, 1, 0, 0}, 287, 1, 2, 2, false},
        {"too many distances", {1, 1, 0, 0}, 257, 31, 2, 2, false},
        {"incomplete distances", {1, 1, 2, 0}, 257, 1, 2, 2, false},
        {"one distance", {1, 1, 1, 0}, 257, 1, 2, 2, true},
        {"no end", {1, 0, 0, 0}, 257, 1, 0, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t lengths[330] = {0}, dst[100 + FJ_DECODE_SLACK];
        lengths[0] = cases[i].lengths[0];
        lengths[256] = cases[i].lengths[1];
        lengths[cases[i].n_litlen] = cases[i].lengths[2];
        bit_writer w = {{0}, 0};
        put_head(&w, false, lengths, cases[i].n_litlen, cases[i].n_distance);
        put(&w, cases[i].body, cases[i].body_nbits);
        put(&w, 0, 3);
        w.n_bits = (w.n_bits + 7) / 8 * 8;
        put(&w, 0xffff0000, 32);
        size_t gave = 100;
        bool ok = decode_block(w.data, w.n_bits / 8, dst, &gave) == FJ_OK;
        bool zlib_ok =
            decode_appended(w.data, w.n_bits / 8, "\3\0", 2, dst, 100) >= 0;
        if (ok != cases[i].ok || zlib_ok != ok) {
            fprintf(stderr, "%s: %d, and zlib %d\n", cases[i].what, ok,
                    zlib_ok);
            exit(1);
        }
    }
}

static void
test_all(void)
{
    test_streams();
    test_truncated_and_flipped();
    test_messages();
    test_ranges();
    test_range_that_swallows();
    test_range_that_copies();
    test_strictness();
}

int
main(void)
{
    /* By the portable loop, and by that for the processor at hand. */
    SET_VARIABLE("FASTJOBLIB_DISABLE", "bmi2");
    CHECK(!fj_bmi2_enabled());
    test_all();
    SET_VARIABLE("FASTJOBLIB_DISABLE", "");
#ifdef FJ_HAVE_BMI2
    CHECK(fj_bmi2_enabled() == (__builtin_cpu_supports("bmi2") != 0));
#endif
    test_all();
    puts("inflate: all as it should be");
    return 0;
}
