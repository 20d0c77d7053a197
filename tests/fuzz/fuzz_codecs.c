/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A fuzzer of all that is decoded: fuzz_codecs SEED COUNT.
 *
 * It makes valid streams and blocks with the libraries, damages them, and has
 * them decoded in pieces of random sizes.  To be built with sanitizers, which
 * see what is read or written where it should not be.  What is accepted must
 * be what the libraries' own serial decoders read.  A finding is printed with
 * the seed and number of its case, and ends the run.
 */
#include "codec/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <lz4frame.h>
#include <zlib.h>

enum {
    MAX_INPUT = 1 << 17,
    MAX_OUTPUT = 1 << 18, // what is decoded of one input, at most
    N_SAMPLES = 240,      // of each kind
};

typedef enum {
    ZLIB_STREAM,
    GZIP_STREAM,
    LZ4_STREAM,
    DEFLATE_BLOCK,
    LZ4_BLOCK,
    N_KINDS
} input_kind;

typedef struct {
    uint8_t *data;
    size_t nbytes;
    size_t output_nbytes;
} sample;

static uint64_t random_state;
static uint64_t case_number, seed;
static const char *case_kind = "making samples";
static sample samples[N_KINDS][N_SAMPLES];
static const char *const names[N_KINDS] = {"zlib streams", "gzip streams",
                                           "lz4 frames", "deflate blocks",
                                           "lz4 blocks"};
static uint8_t input[MAX_INPUT], ours[MAX_OUTPUT], theirs[MAX_OUTPUT];
static uint64_t n_accepted[N_KINDS], n_cases[N_KINDS];

static void
fail(const char *what)
{
    fprintf(stderr, "fuzz_codecs: seed %llu, case %llu, %s: %s\n",
            (unsigned long long)seed, (unsigned long long)case_number,
            case_kind, what);
    abort();
}

static void
check(bool condition, const char *what)
{
    if (!condition) {
        fail(what);
    }
}

static uint64_t
next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

/* From 0 to n - 1. */
static size_t
below(size_t n)
{
    return (size_t)(next_random() % n);
}

/* Small sizes mostly, but now and then of many. */
static size_t
some_size(size_t max)
{
    size_t size = below((size_t)1 << below(18));
    return size < max ? size : max;
}

/* Each kind of data in stretches, so that a block has several. */
static void
make_data(uint8_t *data, size_t nbytes)
{
    size_t at = 0;
    while (at < nbytes) {
        size_t end = at + 1 + some_size(2000);
        end = end < nbytes ? end : nbytes;
        unsigned kind = (unsigned)below(5);
        size_t distance = 1 + below(at + 1);
        for (; at < end; at++) {
            data[at] = kind == 0        ? (uint8_t)next_random()
                       : kind == 1      ? (uint8_t) "aeinrst "[below(8)]
                       : kind == 2      ? 0
                       : kind == 3      ? (uint8_t)(at >> 3)
                       : at >= distance ? data[at - distance]
                                        : 1;
        }
    }
}

static size_t
deflate_sample(const uint8_t *data, size_t nbytes, int window_bits,
               uint8_t *dst, size_t room)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_DEFAULT_STRATEGY,
                                     Z_FIXED, Z_RLE, Z_HUFFMAN_ONLY};
    z_stream z = {0};
    check(deflateInit2(&z, (int)below(10), Z_DEFLATED, window_bits,
                       1 + (int)below(9), strategies[below(5)]) == Z_OK,
          "deflateInit2");
    gz_header header = {.extra = (Bytef *)"\0extra",
                        .extra_len = 6,
                        .name = below(2) ? (Bytef *)"name" : NULL,
                        .comment = below(2) ? (Bytef *)"comment" : NULL,
                        .hcrc = (int)below(2)};
    if (below(2)) {
        header.extra = NULL;
    }
    if (window_bits > 15 && below(2)) {
        deflateSetHeader(&z, &header);
    }
    z.next_out = dst;
    z.avail_out = (uInt)room;
    z.next_in = (Bytef *)data;
    bool flushes = window_bits < 0 || below(3) == 0;
    while (flushes && nbytes > 0) {
        z.avail_in = (uInt)(1 + below(nbytes));
        nbytes -= z.avail_in;
        check(deflate(&z, below(4) == 0 ? Z_SYNC_FLUSH : Z_FULL_FLUSH) == Z_OK,
              "deflate");
    }
    if (window_bits > 0) {
        z.avail_in = (uInt)nbytes;
        check(deflate(&z, Z_FINISH) == Z_STREAM_END, "deflate at the end");
    }
    deflateEnd(&z);
    return room - z.avail_out;
}

static size_t
lz4_sample(const uint8_t *data, size_t nbytes, uint8_t *dst, size_t room)
{
    size_t at = 0;
    if (below(6) == 0) { // a skippable frame first
        uint32_t n = (uint32_t)below(20);
        uint32_t head[] = {LZ4F_MAGIC_SKIPPABLE_START + (uint32_t)below(16),
                           n};
        for (; at < 8 + n; at++) {
            dst[at] = at < 8 ? (uint8_t)(head[at / 4] >> at % 4 * 8) : 0xab;
        }
    }
    LZ4F_preferences_t preferences = {
        .frameInfo =
            {
                .blockSizeID = LZ4F_max64KB + below(2),
                .blockMode =
                    below(2) ? LZ4F_blockLinked : LZ4F_blockIndependent,
                .contentChecksumFlag = below(2),
                .blockChecksumFlag = below(2),
                .contentSize = below(2) ? nbytes : 0,
            },
        .compressionLevel = (int)below(10),
        .autoFlush = (unsigned)below(2),
    };
    LZ4F_cctx *context;
    check(!LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)),
          "LZ4F_createCompressionContext");
    size_t n = LZ4F_compressBegin(context, dst + at, room - at, &preferences);
    check(!LZ4F_isError(n), "LZ4F_compressBegin");
    at += n;
    while (nbytes > 0) {
        size_t piece = 1 + below(nbytes);
        n = LZ4F_compressUpdate(context, dst + at, room - at, data, piece,
                                NULL);
        check(!LZ4F_isError(n), "LZ4F_compressUpdate");
        at += n;
        data += piece;
        nbytes -= piece;
        if (below(2)) {
            n = LZ4F_flush(context, dst + at, room - at, NULL);
            check(!LZ4F_isError(n), "LZ4F_flush");
            at += n;
        }
    }
    n = LZ4F_compressEnd(context, dst + at, room - at, NULL);
    check(!LZ4F_isError(n), "LZ4F_compressEnd");
    LZ4F_freeCompressionContext(context);
    return at + n;
}

static size_t
encoded_block(const fj_codec *codec, const uint8_t *data, size_t nbytes,
              uint8_t *dst, size_t room)
{
    check(codec->bound(nbytes) <= room, "bound() of little data");
    void *encoder = codec->encoder_new(1 + (int)below(9));
    size_t written = 0;
    check(encoder != NULL &&
              codec->encode(encoder, data, nbytes, false, dst, &written) ==
                  FJ_OK &&
              written <= codec->bound(nbytes),
          "encode");
    codec->encoder_free(encoder);
    return written;
}

static void
make_samples(void)
{
    static uint8_t data[MAX_OUTPUT / 2], coded[2 * MAX_OUTPUT];
    for (int kind = 0; kind < N_KINDS; kind++) {
        for (int i = 0; i < N_SAMPLES; i++) {
            size_t nbytes =
                i % 40 == 0 ? 66000 + below(4000) : some_size(3000);
            size_t n = 0, room = sizeof coded;
            make_data(data, nbytes);
            switch (kind) {
            case ZLIB_STREAM:
                n = deflate_sample(data, nbytes, 9 + (int)below(7), coded,
                                   room);
                break;
            case GZIP_STREAM:
                n = deflate_sample(data, nbytes, 15 + 16, coded, room);
                break;
            case LZ4_STREAM:
                n = lz4_sample(data, nbytes, coded, room);
                break;
            case DEFLATE_BLOCK:
                n = below(2) ? deflate_sample(data, nbytes, -15, coded, room)
                             : encoded_block(&fj_codec_zlib, data, nbytes,
                                             coded, room);
                break;
            default:
                n = encoded_block(&fj_codec_lz4, data, nbytes, coded, room);
            }
            n = n < MAX_INPUT / 2 ? n : MAX_INPUT / 2; // cut, but seldom
            sample *s = &samples[kind][i];
            s->data = malloc(n + 1);
            check(s->data != NULL, "no memory");
            memcpy(s->data, coded, n);
            s->nbytes = n;
            s->output_nbytes = nbytes;
        }
    }
}

/* Changes the input in one way; returns its new size. */
static size_t
mutate(size_t nbytes, const sample *other)
{
    size_t at = nbytes > 0 ? below(nbytes) : 0;
    if (below(3) == 0) {
        at = below(nbytes < 40 ? nbytes + 1 : 40); // heads matter most
        at = at < nbytes ? at : 0;
    }
    size_t n = 1 + some_size(64);
    n = n < nbytes - at ? n : nbytes - at;
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        if (nbytes > 0) {
            input[at] ^= (uint8_t)(1 << below(8));
        }
        return nbytes;
    case 3:
        if (nbytes > 0) {
            input[at] = (uint8_t)(below(2)   ? next_random()
                                  : below(2) ? 0
                                             : 0xff);
        }
        return nbytes;
    case 4: // cut
        return at;
    case 5: // left out
        memmove(input + at, input + at + n, nbytes - at - n);
        return nbytes - n;
    case 6: // twice
        if (nbytes + n > MAX_INPUT) {
            return nbytes;
        }
        memmove(input + at + n, input + at, nbytes - at);
        return nbytes + n;
    default: // goes on as another one does
        n = other->nbytes > 0 ? below(other->nbytes) : 0;
        if (other->nbytes - n > MAX_INPUT - at) {
            return nbytes;
        }
        memcpy(input + at, other->data + n, other->nbytes - n);
        return at + other->nbytes - n;
    }
}

typedef struct {
    fj_status status;
    size_t used, gave;
} outcome;

static outcome
decode_in_pieces(const fj_codec *codec, size_t nbytes, size_t room)
{
    outcome o = {FJ_OK, 0, 0};
    void *stream = codec->stream_new();
    /* In memory of its own, whose ends are watched. */
    uint8_t *src = malloc(nbytes + 1);
    check(stream != NULL && src != NULL, "no memory");
    memcpy(src + 1, input, nbytes);
    size_t in_max = below(4) == 0 ? 1 + some_size(100) : nbytes;
    size_t out_max = below(4) == 0 ? 1 + some_size(1000) : room;
    for (int idle = 0; o.status == FJ_OK && idle < 3;) {
        size_t used = nbytes - o.used, gave = room - o.gave;
        used = used < in_max ? used : in_max;
        gave = gave < out_max ? gave : out_max;
        size_t used_max = used, gave_max = gave;
        uint8_t *dst = malloc(gave + 1);
        check(dst != NULL, "no memory");
        o.status = codec->decode_stream(stream, src + 1 + o.used, &used,
                                        dst + 1, &gave);
        check(used <= used_max, "more used than there is");
        check(gave <= gave_max, "more given than there is room");
        memcpy(ours + o.gave, dst + 1, gave);
        free(dst);
        o.used += used;
        o.gave += gave;
        idle = used == 0 && gave == 0 ? idle + 1 : 0;
    }
    check(o.status == FJ_OK || o.status == FJ_END || o.status == FJ_DAMAGED ||
              o.status == FJ_NO_MEMORY,
          "a status of no meaning here");
    if (o.status == FJ_DAMAGED) {
        const char *message = codec->stream_message(stream);
        check(message != NULL && message[0] != '\0', "no message");
    }
    codec->stream_free(stream);
    free(src);
    return o;
}

static outcome
zlib_decodes(int window_bits, size_t nbytes, size_t room)
{
    z_stream z = {.next_in = input,
                  .avail_in = (uInt)nbytes,
                  .next_out = theirs,
                  .avail_out = (uInt)room};
    check(inflateInit2(&z, window_bits) == Z_OK, "inflateInit2");
    int result = inflate(&z, Z_SYNC_FLUSH);
    outcome o = {result == Z_STREAM_END                    ? FJ_END
                 : result == Z_OK || result == Z_BUF_ERROR ? FJ_OK
                                                           : FJ_DAMAGED,
                 nbytes - z.avail_in, room - z.avail_out};
    inflateEnd(&z);
    return o;
}

static outcome
lz4f_decodes(size_t nbytes, size_t room)
{
    outcome o = {FJ_OK, 0, 0};
    LZ4F_dctx *context;
    check(
        !LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)),
        "LZ4F_createDecompressionContext");
    size_t used, gave, hint;
    do {
        used = nbytes - o.used;
        gave = room - o.gave;
        hint = LZ4F_decompress(context, theirs + o.gave, &gave, input + o.used,
                               &used, NULL);
        if (LZ4F_isError(hint)) {
            o.status = FJ_DAMAGED;
            break;
        }
        o.used += used;
        o.gave += gave;
        o.status = hint == 0 ? FJ_END : FJ_OK;
    } while (o.used < nbytes && (used > 0 || gave > 0));
    LZ4F_freeDecompressionContext(context);
    return o;
}

/* Returns whether it was accepted. */
static bool
try_stream(input_kind kind, const fj_codec *codec, size_t nbytes, size_t room)
{
    outcome o = decode_in_pieces(codec, nbytes, room);
    /* zlib's windows may be smaller here, but its decoder's is not. */
    outcome t =
        kind == LZ4_STREAM
            ? lz4f_decodes(o.status == FJ_END ? o.used : nbytes, room)
            : zlib_decodes(kind == ZLIB_STREAM ? 15 : 31, nbytes, room);
    if (o.status == FJ_END) {
        check(t.status == FJ_END, "we accept, the library does not");
        check(t.used == o.used, "we use other bytes than the library");
        check(t.gave == o.gave, "we give more or less than the library");
    }
    else if (kind != LZ4_STREAM) {
        check(t.status != FJ_END, "zlib accepts, we do not");
        /* In gzip it sees damage to head and trailer some bytes earlier. */
        check(kind == GZIP_STREAM || t.status != FJ_DAMAGED ||
                  o.status == FJ_DAMAGED || o.gave == room,
              "zlib sees damage, we do not");
    }
    size_t both = o.gave < t.gave ? o.gave : t.gave;
    check(memcmp(ours, theirs, both) == 0, "we give other bytes");
    return o.status == FJ_END;
}

/* Whether the range is what decode() is to accept: see inflate.h. */
static outcome
zlib_decodes_range(size_t nbytes, size_t room)
{
    if (nbytes == 0) { // no blocks at all, of which zlib does not tell
        return (outcome){FJ_OK, 0, 0};
    }
    z_stream z = {.next_in = input,
                  .avail_in = (uInt)nbytes,
                  .next_out = theirs,
                  .avail_out = (uInt)room};
    check(inflateInit2(&z, -15) == Z_OK, "inflateInit2");
    int result;
    do {
        result = inflate(&z, Z_BLOCK);
    } while (result == Z_OK && (z.data_type & 64) == 0 &&
             ((z.data_type & 128) == 0 || z.avail_in > 0));
    outcome o = {(result == Z_OK || result == Z_BUF_ERROR) &&
                         z.data_type == 128 && z.avail_in == 0
                     ? FJ_OK
                     : FJ_DAMAGED,
                 nbytes - z.avail_in, room - z.avail_out};
    inflateEnd(&z);
    return o;
}

/* A head of 4 bytes: the size, and whether it is stored. */
static outcome
lz4_decodes_block(size_t nbytes, size_t room)
{
    outcome o = {FJ_DAMAGED, nbytes, 0};
    if (nbytes < 4) {
        return o;
    }
    uint32_t head = input[0] | (uint32_t)input[1] << 8 |
                    (uint32_t)input[2] << 16 | (uint32_t)input[3] << 24;
    if ((head & 0x7fffffff) != nbytes - 4) {
        return o;
    }
    int gave = -1;
    if ((head & 0x80000000) == 0) {
        gave = LZ4_decompress_safe((const char *)input + 4, (char *)theirs,
                                   (int)(nbytes - 4), (int)room);
    }
    else if (nbytes - 4 <= room) {
        memcpy(theirs, input + 4, nbytes - 4);
        gave = (int)(nbytes - 4);
    }
    if (gave >= 0) {
        o.status = FJ_OK;
        o.gave = (size_t)gave;
    }
    return o;
}

static bool
try_block(input_kind kind, const fj_codec *codec, size_t nbytes, size_t room)
{
    void *decoder = codec->decoder_new();
    uint8_t *src = malloc(nbytes + 1);
    uint8_t *dst = malloc(room + FJ_DECODE_SLACK);
    check(decoder != NULL && src != NULL && dst != NULL, "no memory");
    memcpy(src + 1, input, nbytes);
    outcome o = {FJ_OK, nbytes, room};
    o.status = codec->decode(decoder, src + 1, nbytes, dst, &o.gave);
    check(o.status == FJ_OK || o.status == FJ_DAMAGED,
          "a status of no meaning here");
    check(o.gave <= room, "more given than there is room");
    outcome t = kind == DEFLATE_BLOCK ? zlib_decodes_range(nbytes, room)
                                      : lz4_decodes_block(nbytes, room);
    check(o.status == t.status, "only one of us and the library accepts");
    if (o.status == FJ_OK) {
        check(o.gave == t.gave && memcmp(dst, theirs, o.gave) == 0,
              "we give other bytes");
    }
    free(dst);
    free(src);
    codec->decoder_free(decoder);
    return o.status == FJ_OK;
}

static void
run_case(void)
{
    static const fj_codec *const codecs[N_KINDS] = {
        &fj_codec_zlib, &fj_codec_gzip, &fj_codec_lz4,
        &fj_codec_zlib, &fj_codec_lz4,
    };
    input_kind kind = (input_kind)below(N_KINDS);
    case_kind = names[kind];
    const sample *s = &samples[kind][below(N_SAMPLES)];
    if (s->nbytes > 4000 && below(8) != 0) {
        s = &samples[kind][1 + below(39)]; // the large ones are slow
    }
    size_t nbytes = s->nbytes, room = s->output_nbytes;
    memcpy(input, s->data, nbytes);
    if (kind == DEFLATE_BLOCK && below(4) == 0 && nbytes > 0) {
        size_t from = below(nbytes); // as a forged table has it
        nbytes = 1 + below(nbytes - from);
        memmove(input, input + from, nbytes);
    }
    for (size_t n = below(8) == 0 ? 0 : 1 + below(3); n > 0; n--) {
        nbytes = mutate(nbytes, &samples[kind][below(N_SAMPLES)]);
    }
    if (below(4) == 0) {
        room = some_size(MAX_OUTPUT);
    }
    n_cases[kind]++;
    n_accepted[kind] += kind < DEFLATE_BLOCK
                            ? try_stream(kind, codecs[kind], nbytes, room)
                            : try_block(kind, codecs[kind], nbytes, room);
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s SEED COUNT\n", argv[0]);
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    uint64_t count = strtoull(argv[2], NULL, 10);
    random_state = seed * 2 + 1;
    make_samples();
    for (case_number = 0; case_number < count; case_number++) {
        /* So that each case can be run by itself. */
        random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
                       (case_number + 1) * UINT64_C(0xbf58476d1ce4e5b9);
        run_case();
    }
    for (int kind = 0; kind < N_KINDS; kind++) {
        printf("%-15s %9llu cases, %9llu accepted\n", names[kind],
               (unsigned long long)n_cases[kind],
               (unsigned long long)n_accepted[kind]);
        for (int i = 0; i < N_SAMPLES; i++) {
            free(samples[kind][i].data);
        }
    }
    return 0;
}
