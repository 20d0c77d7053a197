/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fastest coder that keeps a block as small as joblib would have it is
 * found by trying: joblib's own, which is zlib at the level that was asked for,
 * and the others, the fastest first, code samples of the block, and the first
 * whose samples become about as small as zlib's gets the block.  Where there
 * is none, zlib does.
 *
 * What is measured are sizes, and never times, which would make the bytes of a
 * file depend on the machine.  That the coders come in the order of their
 * speed is known from measurements (benchmarks/results_grid.md).
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

    /* The two samples: the block's head, and one that is gathered from
     * FAR_PIECES places that are as far apart as can be, for blocks that are
     * not the same everywhere.  The second is looked at only where the first
     * speaks for a coder.  What zlib makes of the head is kept: where zlib gets
     * the block, it goes on from there.  Larger samples tell more of matches
     * from further away, and make fewer mistakes; but zlib codes them at a
     * tenth of the other coders' speed, in vain if one of these is chosen.
     * At the levels for size zlib is slower and the coders differ less, so they
     * are twice as large, and so is the head where zlib takes less than half of
     * it away: then matches are few, and their distances matter. */
    HEAD = 32 << 10,
    FAR = 16 << 10,
    FEW_MATCHES = 2,
    FAR_PIECES = 8,

    /* How much larger than by zlib samples may become by a coder that gets the
     * block: a 128th.  Raised, faster coders get more blocks, and files grow
     * beyond the 2 % by which they may be larger than joblib's; lowered, slower
     * coders do for nothing.  What samples do not show is what zlib gains from
     * matches that are further away, the more the fewer literals there are:
     * - ISA-L, which misses most of these, has to be ahead by a 32nd, but at
     *   level 1, where zlib hardly looks for them either;
     * - libdeflate has to be ahead where zlib takes half of the data away, or
     *   more, and by a 64th from level 7 on;
     * - our own coder, which does not look for short ones, may be behind by
     *   half of that at the levels for size;
     * - where hardly anything is left, the sample's headers are most of it:
     *   ISA-L, which is by far the fastest there, may be behind by a byte or
     *   two, a 32768th, our own has to be ahead by a 64th, and libdeflate,
     *   which is not faster than zlib there, is not asked.
     * All measured as the difference between samples and whole blocks, over
     * the kinds of data in tests/unit/test_compressed_size.py. */
    TOLERANCE = 128,
    ISAL_MARGIN = 32,
    SLOW_LEVEL = 7,
    SLOW_MARGIN = 64,
    FEW_LITERALS = 2,
    HEADERS = 32768,
    ALL_MATCHES = 64,

    /* Data is noise where the fastest coder does not take more than an
     * eighth away from the samples and from a span of twice the window, so that
     * there are no matches from far away either.  With a sixteenth, floats from measurements
     * would be no noise, and would take twice as long to load. */
    NOISE = 8,
    NOISE_SPAN = 64 << 10,

    /* What a flush adds to what other coders make of the head. */
    FLUSH = 4,

    SECOND_MAX = 2 * FAR,
};

_Static_assert(
    NOISE_SPAN + NOISE_SPAN / 2 + SECOND_MAX <= FJ_CHOOSE_SCRATCH,
    "scratch holds the second sample, and what coders make of the longest");

/* The fastest first. */
static const fj_coder LADDER[] = {
    FJ_CODER_ISAL,       FJ_CODER_MATCHES,         FJ_CODER_ISAL_DEEP,
    FJ_CODER_LIBDEFLATE, FJ_CODER_LIBDEFLATE_DEEP, FJ_CODER_LIBDEFLATE_DEEPER,
};

typedef struct {
    fj_coders *coders;
    const uint8_t *src;
    size_t nbytes;
    size_t head_nbytes;   // the first sample
    size_t second_nbytes; // the second one, in scratch
    uint8_t *second;
    uint8_t *output;
    size_t zlib_head;
    size_t zlib_second; // 0: not tried yet
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
                          FJ_CHOOSE_SCRATCH - SECOND_MAX, &written);
    }
    return written == 0 || written > nbytes ? nbytes : written;
}

/* Has zlib go on to where the head is to end. */
static void
add_to_head(trial *t, size_t end)
{
    if (t->status == FJ_OK) {
        t->status = fj_coders_zlib_add(t->coders, t->src + t->head_nbytes,
                                       end - t->head_nbytes, &t->zlib_head);
        t->zlib_head += FLUSH;
        t->head_nbytes = end;
    }
}

static void
gather_second(const trial *t)
{
    size_t piece = t->second_nbytes / FAR_PIECES;
    for (size_t i = 0; i < FAR_PIECES; i++) {
        size_t at = (t->nbytes - piece) * (2 * i + 1) / (2 * FAR_PIECES);
        memcpy(t->second + i * piece, t->src + at, piece);
    }
}

/* The most that a coder may make of a sample of which zlib makes `zlib`. */
static size_t
limit(const trial *t, fj_coder coder, size_t sample_nbytes, size_t zlib)
{
    bool is_isal = coder == FJ_CODER_ISAL || coder == FJ_CODER_ISAL_DEEP;
    if (zlib < sample_nbytes / ALL_MATCHES) {
        return is_isal                       ? zlib + sample_nbytes / HEADERS
               : coder < FJ_CODER_LIBDEFLATE ? zlib - zlib / ALL_MATCHES
                                             : 0;
    }
    if (is_isal && fj_coders_level(t->coders) > 1) {
        return zlib - zlib / ISAL_MARGIN;
    }
    if (coder >= FJ_CODER_LIBDEFLATE && zlib < sample_nbytes / FEW_LITERALS) {
        bool is_slow = fj_coders_level(t->coders) >= SLOW_LEVEL;
        return is_slow ? zlib - zlib / SLOW_MARGIN : zlib;
    }
    bool is_lenient = fj_coders_level(t->coders) < LEVEL_FOR_SIZE ||
                      coder >= FJ_CODER_LIBDEFLATE;
    return zlib + zlib / TOLERANCE / (is_lenient ? 1 : 2);
}

static bool
is_small_enough(trial *t, fj_coder coder)
{
    size_t head = size_by(t, coder, t->src, t->head_nbytes);
    if (head > limit(t, coder, t->head_nbytes, t->zlib_head)) {
        return false;
    }
    if (t->zlib_second == 0) {
        t->zlib_second =
            size_by(t, FJ_CODER_ZLIB, t->second, t->second_nbytes);
    }
    size_t both = head + size_by(t, coder, t->second, t->second_nbytes);
    return both <= limit(t, coder, t->head_nbytes + t->second_nbytes,
                         t->zlib_head + t->zlib_second);
}

static bool
hardly_shrinks(trial *t, fj_coder coder, const uint8_t *data, size_t nbytes)
{
    return size_by(t, coder, data, nbytes) >= nbytes - nbytes / NOISE;
}

static bool
is_noise(trial *t, fj_coder fastest)
{
    if (t->zlib_head < t->head_nbytes - t->head_nbytes / NOISE ||
        size_by(t, fastest, t->src, t->head_nbytes) >
            t->zlib_head + t->zlib_head / TOLERANCE) {
        return false;
    }
    const uint8_t *span = t->src + (t->nbytes - NOISE_SPAN) / 2;
    return hardly_shrinks(t, fastest, t->second, t->second_nbytes) &&
           hardly_shrinks(t, fastest, span, NOISE_SPAN);
}

static void
choose(trial *t, fj_deflate_choice *choice)
{
    int level = fj_coders_level(t->coders);
    bool for_speed = level < LEVEL_FOR_SIZE;
    t->second_nbytes = for_speed ? FAR : SECOND_MAX;
    gather_second(t);
    fj_coder fastest =
        fj_coders_has(t->coders, LADDER[0]) ? LADDER[0] : LADDER[1];
    add_to_head(t, for_speed ? HEAD : 2 * HEAD);
    if (is_noise(t, fastest)) {
        *choice = (fj_deflate_choice){fastest, .may_store = for_speed};
        return;
    }
    if (for_speed && t->zlib_head > t->head_nbytes / FEW_MATCHES) {
        add_to_head(t, 2 * HEAD);
    }
    for (size_t i = 0; i < sizeof LADDER / sizeof *LADDER; i++) {
        if (fj_coders_has(t->coders, LADDER[i]) &&
            is_small_enough(t, LADDER[i])) {
            choice->coder = LADDER[i];
            return;
        }
    }
    /* A second deflate block would be much of what is left of this one. */
    bool is_tiny = t->zlib_head < t->head_nbytes / ALL_MATCHES;
    choice->added = is_tiny ? 0 : t->head_nbytes;
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
        .second = scratch,
        .output = scratch + SECOND_MAX,
        .status = FJ_OK,
    };
    if (nbytes >= SMALL_BLOCK) {
        t.status = fj_coders_zlib_begin(coders, dst, room);
        choose(&t, choice);
    }
    return t.status;
}
