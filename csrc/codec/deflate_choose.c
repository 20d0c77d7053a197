/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fastest coder that keeps a block's size by that of zlib at joblib's
 * level is found by trying coders, zlib itself among them, on samples.
 *
 * ISA-L is five to fifteen times as fast as zlib, and as small where matches
 * are rare, as in floats from measurements.  Where they are common it is up
 * to half as large again, and libdeflate takes zlib's place, as small and
 * one and a half to three times as fast; but for some data it is larger too,
 * and then zlib codes the block.  Without ISA-L its place is taken by zlib
 * with Huffman codes alone.
 *
 * Samples are short, so they show too little of matches from far away, which
 * ISA-L misses more often than the others do.  Hence the margin, and the look
 * at one longer span before ISA-L gets a whole block.
 */
#include "codec/deflate_choose.h"

#include <string.h>

enum {
    /* Blocks below are quick by any coder, and to be as small as joblib's. */
    SMALL_BLOCK = 64 << 10,
    PEEK_PIECES = 8,
    PEEK_PIECE = 1 << 10,
    PEEK = PEEK_PIECES * PEEK_PIECE,
    SAMPLE = 16 << 10,
    SPAN = 48 << 10,
};

typedef struct {
    fj_coders *coders;
    const uint8_t *src;
    size_t nbytes;
    uint8_t *sample; // SAMPLE bytes twice over
    uint8_t *output;
    size_t room;
    fj_coder fast;
    fj_coder deep; // finds matches from all of the window
    fj_coder thorough;
    fj_codec_status status;
} sampling;

/* How many bytes become of these; as many as they are where not fewer. */
static size_t
size_by(sampling *s, fj_coder coder, const uint8_t *data, size_t nbytes)
{
    size_t written = 0;
    if (s->status == FJ_CODEC_OK) {
        s->status = fj_coders_run(s->coders, coder, data, nbytes, false,
                                  s->output, s->room, &written);
    }
    return written == 0 || written > nbytes ? nbytes : written;
}

/* Puts pieces from places that are as far apart as can be, one behind the
 * other. */
static void
gather(const sampling *s, size_t n_pieces, size_t piece, uint8_t *dst)
{
    for (size_t i = 0; i < n_pieces; i++) {
        size_t at = (s->nbytes - piece) * (2 * i + 1) / (2 * n_pieces);
        memcpy(dst + i * piece, s->src + at, piece);
    }
}

/* Whether a span as long as the window, and more, shows matches that short
 * samples of `ratio` = size / nbytes did not. */
static bool
has_far_matches(sampling *s, size_t size, size_t nbytes)
{
    size_t expected = size * (SPAN / PEEK) / (nbytes / PEEK);
    size_t found =
        size_by(s, s->deep, s->src + (s->nbytes - SPAN) / 2, SPAN);
    return found < expected - expected / 32;
}

/* Whether the block looks like noise: little to gain, and nothing of that by
 * matches. */
static bool
is_noise(sampling *s)
{
    gather(s, PEEK_PIECES, PEEK_PIECE, s->sample);
    size_t fast = size_by(s, s->fast, s->sample, PEEK);
    return fast >= PEEK - PEEK / 8 &&
           fast <= size_by(s, FJ_CODER_ZLIB, s->sample, PEEK) &&
           !has_far_matches(s, fast, PEEK);
}

/* How much of the block to code fast, so that its size stays by the target.
 * Less than a quarter is not worth the matches lost in between. */
static size_t
fast_part(const sampling *s, size_t fast, size_t thorough, size_t target)
{
    if (fast <= target) {
        return s->nbytes;
    }
    if (thorough >= target) {
        return 0;
    }
    uint64_t part =
        (uint64_t)s->nbytes * (target - thorough) / (fast - thorough);
    return part < s->nbytes / 4 ? 0 : (size_t)part;
}

static void
choose_by_samples(sampling *s, fj_deflate_choice *choice)
{
    size_t n = SAMPLE;
    gather(s, 1, SAMPLE, s->sample);
    size_t zlib = size_by(s, FJ_CODER_ZLIB, s->sample, n);
    size_t fast = size_by(s, s->fast, s->sample, n);
    bool may_be_fast = fast <= zlib + zlib / 24;
    if (may_be_fast || zlib > n / 2) {
        gather(s, 2, SAMPLE / 2, s->sample + n);
        zlib += size_by(s, FJ_CODER_ZLIB, s->sample + n, SAMPLE);
        fast += size_by(s, s->fast, s->sample + n, SAMPLE);
        n += SAMPLE;
    }
    size_t thorough = zlib;
    if (s->thorough == FJ_CODER_LIBDEFLATE) {
        if (zlib < n / 8) {
            /* Where much is gained the speed is high, so there is time. */
            s->thorough = FJ_CODER_LIBDEFLATE_DEEP;
        }
        thorough = 0;
        for (size_t at = 0; at < n; at += SAMPLE) {
            thorough += size_by(s, s->thorough, s->sample + at, SAMPLE);
        }
        /* Headers weigh more in a sample than they will in the block. */
        if (thorough > zlib + zlib / 100 + n / 512) {
            s->thorough = FJ_CODER_ZLIB;
            thorough = zlib;
        }
    }
    choice->thorough = s->thorough;
    size_t target = zlib - zlib / 64;
    if (target < thorough) {
        target = thorough;
    }
    if (may_be_fast) {
        choice->fast_nbytes = fast_part(s, fast, thorough, target);
        if (choice->fast_nbytes != 0 && has_far_matches(s, fast, n)) {
            choice->fast_nbytes = 0;
        }
    }
}

fj_codec_status
fj_deflate_choose(fj_coders *coders, const uint8_t *src, size_t nbytes,
                  uint8_t *scratch, fj_deflate_choice *choice)
{
    fj_codec_libraries enabled = fj_coders_enabled(coders);
    choice->fast = enabled.isal ? FJ_CODER_ISAL : FJ_CODER_HUFFMAN;
    choice->thorough = FJ_CODER_ZLIB;
    choice->fast_nbytes = 0;
    if (nbytes < SMALL_BLOCK) {
        return FJ_CODEC_OK;
    }
    sampling s = {
        .coders = coders,
        .src = src,
        .nbytes = nbytes,
        .sample = scratch,
        .output = scratch + 2 * SAMPLE,
        .room = FJ_CHOOSE_SCRATCH - 2 * SAMPLE,
        .fast = choice->fast,
        .deep = enabled.isal ? FJ_CODER_ISAL_DEEP : FJ_CODER_ZLIB,
        .thorough =
            enabled.libdeflate ? FJ_CODER_LIBDEFLATE : FJ_CODER_ZLIB,
        .status = FJ_CODEC_OK,
    };
    if (is_noise(&s)) {
        choice->fast_nbytes = nbytes;
    } else {
        choose_by_samples(&s, choice);
    }
    return s.status;
}
