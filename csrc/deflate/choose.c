/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fastest coder that keeps a block as small as joblib would have it is
 * found by trying: joblib's own, which is zlib at the level that was asked for,
 * and the others code samples of the block, and one whose samples become about
 * as small as zlib's gets the block.  Where there is none, zlib does.
 *
 * What is measured are sizes, and never times, which would make the bytes of a
 * file depend on the machine.  That the coders come in the order of their
 * speed is known from measurements (benchmarks/results_grid.md).
 *
 * A sample that begins with nothing before it is kind to coders that search
 * little: the matches that zlib would find far back are not there yet, which
 * hides up to 9 % (int8 below 10).  So what counts is what a coder adds from
 * the end of a short sample, the head, to that of a long one, while the window
 * fills.  By that it differs from zlib as it does by whole blocks, to within
 * 1.5 % for nearly all data, whichever coder it is.
 */
#include "deflate/choose.h"

#include <string.h>

#include "deflate/encode.h"

enum {
    /* Blocks below this go to zlib without a trial: they take no time by any
     * coder, and small files stay as small as joblib's.  Raised, files of
     * middle size are written more slowly; lowered, trials take as long as
     * they can save. */
    SMALL_BLOCK = 128 << 10,

    /* The levels below are for speed; from there on zlib looks for longer
     * matches than the first one found. */
    LEVEL_FOR_SIZE = 4,

    /* The samples: the head, the long head, and one that is gathered from
     * FAR_PIECES places that are as far apart as can be, for blocks that are
     * not the same everywhere.  The second and third are looked at only where
     * the one before speaks for a coder.  Where zlib gets the block, it goes
     * on from where it is; otherwise what it has done is in vain, and what the
     * other coders did is in any case.  So larger samples make fewer mistakes,
     * and cost more: 64 KiB for 48 take 5 % of the time of a dump at level 3.
     * At the levels for size zlib is slower and the coders differ less, and
     * half a dozen of the files that tests/unit/test_compressed_size.py makes
     * would be too large with 48, so they have the larger ones. */
    HEAD = 16 << 10,
    LONG_HEAD = 48 << 10,
    LONG_HEAD_FOR_SIZE = 64 << 10,
    FAR = 16 << 10,
    FAR_FOR_SIZE = 32 << 10,
    FAR_PIECES = 8,

    /* By what fraction samples may be larger than by zlib: a 128th.  Raised,
     * faster coders get more blocks, and files grow beyond the 2 % by which
     * they may be larger than joblib's; lowered, slower coders do for nothing.
     * - Our own coder, of which samples show less than what it does for trees,
     *   has twice as much at the levels for speed, and half from level 6 on.
     * - ISA-L has none at the levels for size: what it misses is too much.
     * - The head alone, which is kind to both, may be larger by a 64th, and by
     *   a 32nd for our own coder at the levels for speed, if zlib takes more
     *   than half of it away: trees look worse there than they are. */
    TOLERANCE = 128,
    SCREEN = 64,

    /* Behind the head zlib has begun a deflate block that it would not have
     * begun by itself.  The header of one is about this long, or where little
     * is left at all, this fraction of it.  Raised, zlib gets more blocks. */
    HEADER = 64,
    HEADER_SHARE = 16,

    /* From here on zlib looks at a hundred places or more.  At the levels below
     * libdeflate is not asked where zlib leaves less than an eighth of the
     * head: there zlib is about as fast.  With a smaller share libdeflate gets
     * blocks and is slower; with a larger one zlib gets some that libdeflate
     * would do in half the time. */
    LEVEL_OF_LONG_SEARCH = 6,
    FEW_LITERALS = 8,

    /* Where hardly anything is left, a 64th, headers are most of it: libdeflate
     * is not asked at any level, and zlib starts anew, as if there had been no
     * trial. */
    ALL_MATCHES = 64,

    /* Data is noise where the fastest coder does not take more than an
     * eighth away from the samples, nor our own from a span of twice the
     * window, so that nothing is repeated from far away: rows of 24,000 bytes,
     * say, in which ISA-L finds no match.  At the levels for size zlib is asked
     * about the far sample too, of which it gets more.  With a sixteenth, floats
     * from measurements would be no noise, and take twice as long to load. */
    NOISE = 8,
    NOISE_SPAN = 64 << 10,

    /* What a flush adds to what other coders make of a sample. */
    FLUSH = 4,
};

_Static_assert(
    NOISE_SPAN + NOISE_SPAN / 2 + FAR_FOR_SIZE <= FJ_CHOOSE_SCRATCH &&
        LONG_HEAD_FOR_SIZE <= NOISE_SPAN,
    "scratch holds the far sample, and what coders make of the longest");

typedef struct {
    fj_coders *coders;
    const uint8_t *src;
    size_t nbytes;
    bool for_size;
    size_t long_head; // bytes of it
    size_t far_nbytes;
    uint8_t *far;
    uint8_t *output;
    /* By zlib: so many bytes of the block so far, and what became of the head,
     * of what the long head adds, and of the far sample; 0: not tried yet. */
    size_t added;
    size_t zlib_head;
    size_t zlib_rest;
    size_t zlib_far;
    fj_status status;
} trial;

/* How many bytes become of these; as many as they are where not fewer. */
static size_t
size_by(trial *t, fj_coder coder, const uint8_t *data, size_t nbytes)
{
    size_t written = 0;
    if (t->status == FJ_OK) {
        t->status =
            fj_coders_run(t->coders, coder, data, nbytes, false, t->output,
                          FJ_CHOOSE_SCRATCH - FAR_FOR_SIZE, &written);
    }
    return written == 0 || written > nbytes ? nbytes : written;
}

/* Has zlib go on to there; returns what all of it so far has become. */
static size_t
add_to_zlib(trial *t, size_t end)
{
    size_t written = 0;
    if (t->status == FJ_OK) {
        t->status = fj_coders_zlib_add(t->coders, t->src + t->added,
                                       end - t->added, &written);
        t->added = end;
    }
    return written + FLUSH;
}

static void
gather_far(const trial *t)
{
    size_t piece = t->far_nbytes / FAR_PIECES;
    for (size_t i = 0; i < FAR_PIECES; i++) {
        size_t at = (t->nbytes - piece) * (2 * i + 1) / (2 * FAR_PIECES);
        memcpy(t->far + i * piece, t->src + at, piece);
    }
}

static size_t
zlib_rest(trial *t)
{
    if (t->zlib_rest == 0) {
        size_t rest = add_to_zlib(t, t->long_head) - t->zlib_head;
        size_t header = rest / HEADER_SHARE;
        t->zlib_rest = rest - (header < HEADER ? header : HEADER);
    }
    return t->zlib_rest;
}

static size_t
zlib_far(trial *t)
{
    if (t->zlib_far == 0) {
        t->zlib_far = size_by(t, FJ_CODER_ZLIB, t->far, t->far_nbytes);
    }
    return t->zlib_far;
}

/* Zlib's sizes are right to within a byte. */
static bool
is_within(size_t size, size_t zlib, size_t fraction)
{
    return size <= zlib + zlib / fraction + 1;
}

static size_t
tolerance(const trial *t, fj_coder coder)
{
    if (coder == FJ_CODER_ISAL && t->for_size) {
        return SIZE_MAX;
    }
    if (coder != FJ_CODER_MATCHES) {
        return TOLERANCE;
    }
    bool is_long = fj_coders_level(t->coders) >= LEVEL_OF_LONG_SEARCH;
    return is_long ? 2 * TOLERANCE : t->for_size ? TOLERANCE : TOLERANCE / 2;
}

static bool
is_small_enough(trial *t, fj_coder coder)
{
    size_t head = size_by(t, coder, t->src, HEAD);
    size_t fraction = tolerance(t, coder);
    size_t screen = coder < FJ_CODER_LIBDEFLATE ? SCREEN : TOLERANCE;
    if (fraction < TOLERANCE && t->zlib_head < HEAD / 2) {
        screen = SCREEN / 2;
    }
    if (!is_within(head, t->zlib_head, screen)) {
        return false;
    }
    size_t rest = size_by(t, coder, t->src, t->long_head) - head;
    if (!is_within(rest, zlib_rest(t), fraction)) {
        return false;
    }
    size_t far = size_by(t, coder, t->far, t->far_nbytes);
    return is_within(rest + far, zlib_rest(t) + zlib_far(t), fraction);
}

static bool
has_hardly_shrunk(size_t size, size_t nbytes)
{
    return size >= nbytes - nbytes / NOISE;
}

static bool
hardly_shrinks(trial *t, fj_coder coder, const uint8_t *data, size_t nbytes)
{
    return has_hardly_shrunk(size_by(t, coder, data, nbytes), nbytes);
}

static bool
is_noise(trial *t, fj_coder fastest)
{
    const uint8_t *span = t->src + (t->nbytes - NOISE_SPAN) / 2;
    return has_hardly_shrunk(t->zlib_head, HEAD) &&
           is_within(size_by(t, fastest, t->src, HEAD), t->zlib_head,
                     TOLERANCE) &&
           hardly_shrinks(t, fastest, t->far, t->far_nbytes) &&
           hardly_shrinks(t, FJ_CODER_MATCHES, span, NOISE_SPAN) &&
           (!t->for_size || has_hardly_shrunk(zlib_far(t), t->far_nbytes));
}

/* The first from `coder` to before `end` that there is and that is small
 * enough; `end` where there is none. */
static fj_coder
first_small_enough(trial *t, fj_coder coder, fj_coder end)
{
    while (coder < end &&
           !(fj_coders_has(t->coders, coder) && is_small_enough(t, coder))) {
        coder++;
    }
    return coder;
}

/* The deepest goes first: where it does not do, no other does. */
static fj_coder
choose_libdeflate(trial *t)
{
    fj_coder deepest = fj_coders_deepest(t->coders);
    int level = fj_coders_level(t->coders);
    int share = level < LEVEL_OF_LONG_SEARCH ? FEW_LITERALS : ALL_MATCHES;
    if (deepest == FJ_CODER_ZLIB || t->zlib_head < HEAD / (size_t)share ||
        !is_small_enough(t, deepest)) {
        return FJ_CODER_ZLIB;
    }
    return first_small_enough(t, FJ_CODER_LIBDEFLATE, deepest);
}

static void
choose(trial *t, fj_deflate_choice *choice)
{
    t->for_size = fj_coders_level(t->coders) >= LEVEL_FOR_SIZE;
    t->long_head = t->for_size ? LONG_HEAD_FOR_SIZE : LONG_HEAD;
    t->far_nbytes = t->for_size ? FAR_FOR_SIZE : FAR;
    gather_far(t);
    t->zlib_head = add_to_zlib(t, HEAD);
    fj_coder fastest = fj_coders_has(t->coders, FJ_CODER_ISAL)
                           ? FJ_CODER_ISAL
                           : FJ_CODER_MATCHES;
    if (is_noise(t, fastest)) {
        choice->coder = fastest;
        choice->may_store = !t->for_size;
        return;
    }
    choice->coder = first_small_enough(t, FJ_CODER_ISAL, FJ_CODER_LIBDEFLATE);
    if (choice->coder == FJ_CODER_LIBDEFLATE) {
        choice->coder = choose_libdeflate(t);
    }
    if (choice->coder == FJ_CODER_ZLIB && t->zlib_head >= HEAD / ALL_MATCHES) {
        choice->added = t->added;
    }
}

fj_status
fj_deflate_choose(fj_coders *coders, const uint8_t *src, size_t nbytes,
                  uint8_t *scratch, uint8_t *dst, size_t room,
                  fj_deflate_choice *choice)
{
    *choice = (fj_deflate_choice){.coder = FJ_CODER_ZLIB};
    trial t = {
        .coders = coders,
        .src = src,
        .nbytes = nbytes,
        .far = scratch,
        .output = scratch + FAR_FOR_SIZE,
        .status = FJ_OK,
    };
    if (nbytes >= SMALL_BLOCK) {
        t.status = fj_coders_zlib_begin(coders, dst, room);
        choose(&t, choice);
    }
    return t.status;
}
