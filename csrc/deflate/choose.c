/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fastest coder that keeps a block's size by that of zlib at joblib's
 * level is found by trying coders, zlib itself among them, on samples.
 *
 * ISA-L is five to fifteen times as fast as zlib, and as small where matches
 * are rare, as in floats from measurements.  Where they are common it is up
 * to half as large again.  To level 3 our own coder (deflate_matches.h) then
 * takes zlib's place, as small and four to six times as fast; and the
 * noise's, where there is no ISA-L.  Where it finds too little, as where all
 * matches are short, and at the levels above, libdeflate is as small as zlib
 * and one and a half to three times as fast; but for some data it is larger
 * too, and then zlib codes the block.
 *
 * Samples are short, so they show too little of matches from far away, which
 * ISA-L misses more often than the others do.  Hence the margin, and the look
 * at one longer span before ISA-L gets a whole block.
 */
#include "deflate/choose.h"
#include "deflate/encode.h"

#include <string.h>

enum {
    /* Blocks below are quick by any coder, and to be as small as joblib's. */
    SMALL_BLOCK = 128 << 10,
    PEEK_PIECES = 8,
    PEEK_PIECE = 1 << 10,
    PEEK = PEEK_PIECES * PEEK_PIECE,
    SAMPLE = 16 << 10,
    MAX_SAMPLES = 6 * SAMPLE,
    SPAN = 32 << 10,
    /* How many times smaller samples become where matches abound, and where
     * there is hardly anything else. */
    MANY_MATCHES = 8,
    ALL_MATCHES = 64,
    FEW_LITERALS = 6,
    /* By how much of a sample our own coder may be behind zlib, and where a
     * longer one tells. */
    MATCHES_MARGIN = 384,
    UNCLEAR_MARGIN = 128,
    /* From here on zlib looks for longer matches than the first one found,
     * and is so slow that larger samples cost little by comparison. */
    LAZY_LEVEL = 4,
};

typedef struct {
    fj_coders *coders;
    const uint8_t *src;
    size_t nbytes;
    uint8_t *sample; // MAX_SAMPLES bytes
    uint8_t *output;
    int level; // joblib's
    bool lazy; // it is LAZY_LEVEL or above
    fj_coder fast;
    fj_coder deep; // finds matches from all of the window
    fj_coder thorough;
    fj_status status;
} sampling;

/* How many bytes become of these; as many as they are where not fewer. */
static size_t
size_by(sampling *s, fj_coder coder, const uint8_t *data, size_t nbytes)
{
    size_t written = 0;
    if (s->status == FJ_OK) {
        s->status = fj_coders_run(s->coders, coder, data, nbytes, false,
                                  s->output,
                                  FJ_CHOOSE_SCRATCH - MAX_SAMPLES, &written);
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

/* Whether a span as long as the window becomes much smaller than its parts
 * do one by one.  Then matches come from further away than samples show, and
 * what samples say of a coder that looks for them less hard is not to be
 * trusted.  Where there is little but matches, another coder that finds more
 * of them is the sign. */
static bool
has_far_matches(sampling *s, bool all_matches)
{
    const uint8_t *span = s->src + (s->nbytes - SPAN) / 2;
    size_t whole = size_by(s, s->deep, span, SPAN);
    if (all_matches) {
        size_t fast = size_by(s, s->fast, span, SPAN);
        return whole < fast - fast / 16;
    }
    size_t parts = size_by(s, s->deep, span, SPAN / 2) +
                   size_by(s, s->deep, span + SPAN / 2, SPAN / 2);
    return whole < parts - parts / (s->level > 1 ? 16 : 8);
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
           !has_far_matches(s, false);
}

/* How much of the block to code fast, so that all of it becomes no larger
 * than by zlib.  Two parts lose the matches between them, so that has to be
 * worth it. */
static size_t
fast_part(const sampling *s, size_t n, size_t fast, size_t thorough,
          size_t zlib)
{
    bool all_matches = zlib < n / ALL_MATCHES;
    bool many_matches = zlib < n / MANY_MATCHES;
    /* A second coder with long matches, or a sample that is all matches,
     * shows that there is nothing to miss; at the levels that are for size
     * that is not enough. */
    bool certain = s->fast == FJ_CODER_ISAL && !s->lazy &&
                   (s->thorough != FJ_CODER_ZLIB || all_matches);
    if (!certain || fast > thorough || fast > zlib) {
        /* What zlib will gain from matches that the samples did not show:
         * the more, the harder it looks for them. */
        fast += fast / (many_matches   ? 8
                        : s->lazy      ? 16
                        : s->level > 1 ? 32
                                       : 128);
    }
    if (s->level == 1) {
        zlib += zlib / 128; // level 1 is for speed
    }
    if (fast <= zlib) {
        return s->nbytes;
    }
    if (s->lazy || many_matches || thorough >= zlib ||
        s->nbytes < FJ_DEFLATE_BLOCK_MAX / 2) {
        return 0;
    }
    uint64_t part =
        (uint64_t)s->nbytes * (zlib - thorough) / (fast - thorough);
    return part < s->nbytes / 4 ? 0 : (size_t)part;
}

/* Settles on the coder for what is not coded fast, and returns what the
 * samples become by it. */
static size_t
choose_thorough(sampling *s, size_t first, size_t second, size_t zlib)
{
    size_t n = first + second;
    if (s->thorough == FJ_CODER_ZLIB) {
        return zlib;
    }
    if (s->lazy && zlib < n / (2 * MANY_MATCHES)) {
        s->thorough = FJ_CODER_ZLIB;
        return zlib;
    }
    size_t size = size_by(s, s->thorough, s->sample, first);
    if (second != 0) {
        size += size_by(s, s->thorough, s->sample + first, second);
    }
    /* Headers weigh more in a sample than they will in the block, but the
     * searches of the upper levels gain more in the block. */
    size_t limit = !s->lazy        ? zlib + zlib / 100 + n / 256
                   : s->level <= 6 ? zlib + zlib / 200 + n / 1024
                                   : zlib - zlib / 64;
    if (size > limit) {
        s->thorough = FJ_CODER_ZLIB;
        return zlib;
    }
    return size;
}

/* The most that our own coder may make of a sample to get the block.  It gains
 * on zlib in longer data, but not where there is little but matches. */
static size_t
matches_limit(size_t n, size_t zlib)
{
    return zlib < n / FEW_LITERALS ? zlib : zlib + n / MATCHES_MARGIN;
}

/* Takes a sample from the middle, and sets what becomes of it by zlib and by
 * our own coder.  Returns its size. */
static size_t
sample_middle(sampling *s, size_t *zlib_ret, size_t *matches_ret)
{
    size_t n = s->lazy ? 4 * SAMPLE : SAMPLE;
    for (;;) {
        gather(s, 1, n, s->sample);
        size_t zlib = size_by(s, FJ_CODER_ZLIB, s->sample, n);
        size_t matches = SIZE_MAX;
        if (!s->lazy) {
            matches = size_by(s, FJ_CODER_MATCHES, s->sample, n);
        }
        /* Few matches, many of them short ones, which coders look for in
         * ways that differ: see more of the window.  So where our own is
         * just behind. */
        bool unclear = zlib > n / 2 || (matches > matches_limit(n, zlib) &&
                                        matches <= zlib + n / UNCLEAR_MARGIN);
        if (s->lazy || n > SAMPLE || !unclear) {
            *zlib_ret = zlib;
            *matches_ret = matches;
            return n;
        }
        n = 2 * SAMPLE;
    }
}

static void
choose_by_samples(sampling *s, fj_deflate_choice *choice)
{
    size_t zlib, matches;
    size_t first = sample_middle(s, &zlib, &matches);
    size_t fast = size_by(s, s->fast, s->sample, first);
    bool by_matches = matches <= matches_limit(first, zlib);
    /* Which is not so slow itself. */
    bool may_be_fast = fast <= (by_matches ? matches + matches / 64
                                           : zlib + zlib / 12);
    size_t second = s->lazy       ? 2 * SAMPLE
                    : may_be_fast ? SAMPLE
                    : by_matches  ? SAMPLE / 2
                                  : 0;
    if (second != 0) {
        gather(s, 4, second / 4, s->sample + first);
        zlib += size_by(s, FJ_CODER_ZLIB, s->sample + first, second);
        fast += size_by(s, s->fast, s->sample + first, second);
    }
    if (by_matches) {
        matches +=
            size_by(s, FJ_CODER_MATCHES, s->sample + first, second);
        by_matches = matches <= matches_limit(first + second, zlib);
    }
    if (by_matches) {
        s->thorough = FJ_CODER_MATCHES;
    }
    size_t thorough = by_matches
                          ? matches
                          : choose_thorough(s, first, second, zlib);
    if (may_be_fast) {
        size_t n = first + second;
        choice->fast_nbytes = fast_part(s, n, fast, thorough, zlib);
        if (choice->fast_nbytes != 0 &&
            has_far_matches(s, zlib < n / ALL_MATCHES)) {
            choice->fast_nbytes = 0;
        }
    }
}

fj_status
fj_deflate_choose(fj_coders *coders, const uint8_t *src, size_t nbytes,
                  uint8_t *scratch, fj_deflate_choice *choice)
{
    fj_libraries enabled = fj_coders_enabled(coders);
    choice->fast = enabled.isal ? FJ_CODER_ISAL : FJ_CODER_MATCHES;
    choice->thorough = FJ_CODER_ZLIB;
    choice->fast_nbytes = 0;
    choice->may_store = false;
    if (nbytes < SMALL_BLOCK) {
        return FJ_OK;
    }
    sampling s = {
        .coders = coders,
        .src = src,
        .nbytes = nbytes,
        .sample = scratch,
        .output = scratch + MAX_SAMPLES,
        .level = fj_coders_level(coders),
        .lazy = fj_coders_level(coders) >= LAZY_LEVEL,
        .fast = choice->fast,
        .deep = enabled.isal ? FJ_CODER_ISAL_DEEP : FJ_CODER_ZLIB,
        .thorough =
            enabled.libdeflate ? FJ_CODER_LIBDEFLATE : FJ_CODER_ZLIB,
        .status = FJ_OK,
    };
    if (is_noise(&s)) {
        choice->fast_nbytes = nbytes;
        choice->may_store = !s.lazy;
    } else {
        choose_by_samples(&s, choice);
        choice->thorough = s.thorough;
    }
    return s.status;
}
