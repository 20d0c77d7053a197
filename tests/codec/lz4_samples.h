/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Data and frames for the tests of LZ4.  What a function under test may read
 * or write is always allocated to the byte, for AddressSanitizer to see.
 */
#ifndef FJ_TESTS_LZ4_SAMPLES_H
#define FJ_TESTS_LZ4_SAMPLES_H

#undef NDEBUG
#include <assert.h>
#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "codec/lz4.h"

typedef enum { ZEROS, TEXT, FLOATS, RANDOM, MIXED, N_KINDS } sample_kind;

typedef struct {
    uint8_t *data;
    size_t nbytes;
} sample;

/* The same numbers everywhere; the low bits of the state would repeat. */
static inline uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static inline sample
new_sample(size_t nbytes)
{
    sample s = {malloc(nbytes), nbytes}; // of 0 bytes, too
    assert(s.data != NULL);
    return s;
}

static inline sample
copy_sample(const uint8_t *data, size_t nbytes)
{
    sample s = new_sample(nbytes);
    if (nbytes > 0) {
        memcpy(s.data, data, nbytes);
    }
    return s;
}

static inline bool
same(sample a, const uint8_t *data, size_t nbytes)
{
    return a.nbytes == nbytes &&
           (nbytes == 0 || memcmp(a.data, data, nbytes) == 0);
}

static inline sample
make_sample(sample_kind kind, size_t nbytes)
{
    sample s = new_sample(nbytes);
    uint32_t seed = 7;
    double number = 0;
    for (size_t i = 0; i < nbytes; i++) {
        /* The mixed one is of all the others, 1000 bytes at a time. */
        switch (kind == MIXED ? (sample_kind)(i / 1000 % MIXED) : kind) {
        case ZEROS:
            s.data[i] = 0;
            break;
        case TEXT:
            s.data[i] =
                (uint8_t) "the rain in spain "[next_random(&seed) % 18];
            if (i >= 400 && i % 50 < 40) {
                s.data[i] = s.data[i - 400];
            }
            break;
        case FLOATS:
            if (i % 8 == 0) {
                number = next_random(&seed) % 1000 / 8.0;
            }
            s.data[i] = ((uint8_t *)&number)[i % 8];
            break;
        default:
            s.data[i] = (uint8_t)(next_random(&seed) >> 8);
        }
    }
    return s;
}

/* A frame as the library's own writer makes it, in pieces as they come. */
static inline sample
library_frame(sample content, const LZ4F_preferences_t *preferences)
{
    LZ4F_cctx *context;
    assert(
        !LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)));
    size_t room = LZ4F_HEADER_SIZE_MAX + 64 +
                  LZ4F_compressBound(content.nbytes, preferences);
    uint8_t *frame = malloc(room);
    assert(frame != NULL);
    size_t used = LZ4F_compressBegin(context, frame, room, preferences);
    assert(!LZ4F_isError(used));
    size_t n = LZ4F_compressUpdate(context, frame + used, room - used,
                                   content.data, content.nbytes, NULL);
    assert(!LZ4F_isError(n));
    used += n;
    n = LZ4F_compressEnd(context, frame + used, room - used, NULL);
    assert(!LZ4F_isError(n));
    used += n;
    LZ4F_freeCompressionContext(context);
    sample exact = copy_sample(frame, used);
    free(frame);
    return exact;
}

/* A frame as the pipeline makes it. */
static inline sample
our_frame(sample content, int level, bool sized)
{
    const fj_codec *codec = &fj_codec_lz4;
    void *encoder = codec->encoder_new(level);
    assert(encoder != NULL);
    size_t n_blocks = content.nbytes / FJ_BLOCK_NBYTES + 1;
    uint8_t *frame = malloc(2 * FJ_CODEC_FRAME + content.nbytes +
                            n_blocks * codec->bound(0));
    assert(frame != NULL);
    size_t used = sized ? codec->begin_sized(0, content.nbytes, frame)
                        : codec->begin(level, frame);
    for (size_t at = 0; at < content.nbytes; at += FJ_BLOCK_NBYTES) {
        size_t left = content.nbytes - at;
        bool last = left <= FJ_BLOCK_NBYTES;
        size_t written;
        assert(codec->encode(encoder, content.data + at,
                             last ? left : FJ_BLOCK_NBYTES, last, frame + used,
                             &written) == FJ_OK);
        used += written;
    }
    used += codec->end(0, content.nbytes, true, frame + used);
    codec->encoder_free(encoder);
    sample exact = copy_sample(frame, used);
    free(frame);
    return exact;
}

#endif
