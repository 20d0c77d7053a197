/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Most of what is worth compressing in a model's file is arrays of records
 * (the nodes of trees) and of numbers.  Their matches are many, of 5 to 30
 * bytes, and from anywhere in the window, and few places among thousands of
 * similar ones have the longest.  A chain of all places with the same first
 * bytes finds that one after many comparisons, whose outcomes are hard to
 * predict.
 *
 * So there is no chain.  Three tables hold, by a hash of the next 16, 8 and 5
 * bytes, the last place that had these bytes.  One look at each finds most of
 * what a chain would: of two places, the one with 16 bytes in common is in
 * another table than the one with 8.  What is lost is more than made up by
 * looking at the next byte too, as long as its match is longer, and by moving
 * a match's beginning back over literals.  Only places that were looked up
 * are entered: in records these are where something begins to differ or to be
 * the same.  Matches of 3 and 4 bytes are not found, so this is no coder for
 * data whose matches are all as short as that; choose.c sees to it.
 *
 * A table holds the low 16 bits of a place.  What is taken for a distance is
 * computed modulo the window: for a place out of the window that gives some
 * other distance, but never one that reaches before the data.  As no match is
 * believed before its bytes are compared, an entry needs no check at all, nor
 * does an empty one, which stands for the first byte of the data.  Such checks
 * were about a quarter of the time.
 */
#include "deflate/matches.h"
#include "base/bytes.h"
#include "deflate/writer.h"

#include <stdlib.h>

enum {
    TABLE_BITS = 14,
    /* A match of the table of 16 bytes, which may have found others. */
    LEAST_BY_16 = 12,
    /* Longer matches are taken without a look at the next byte. */
    LONG_MATCH = 32,
    /* How far a look ahead reads. */
    AHEAD = 1 + 16,
    /* What shares Huffman codes: about as many literals and matches as in
     * zlib. */
    BLOCK_SYMBOLS = 16 << 10,
};

struct fj_matcher {
    uint16_t by_5[1 << TABLE_BITS];
    uint16_t by_8[1 << TABLE_BITS];
    uint16_t by_16[1 << TABLE_BITS];
    unsigned full_distance; // of the last match, if it could not be longer
    fj_match matches[BLOCK_SYMBOLS + 1];
    fj_match_counts counts;
    fj_deflate_writer writer;
};

typedef struct {
    unsigned length; // 0: no match
    unsigned distance;
} found;

fj_matcher *
fj_matcher_new(void)
{
    fj_matcher *matcher = malloc(sizeof *matcher);
    if (matcher != NULL) {
        fj_writer_init(&matcher->writer);
    }
    return matcher;
}

void
fj_matcher_free(fj_matcher *matcher)
{
    free(matcher);
}

/* How many of the lowest bytes are zero, of a number that is not. */
static inline unsigned
zero_bytes(uint64_t bits)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits) >> 3;
#else
    unsigned n = 0;
    for (; (bits & 0xff) == 0; bits >>= 8) {
        n++;
    }
    return n;
#endif
}

/* Multiplication moves what differs to the upper bits. */
static inline size_t
hash(uint64_t bits, int n_bits)
{
    return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - n_bits));
}

/* From 1 to FJ_MAX_DISTANCE, and never more than from `at` to the place that
 * was entered, of which `place` is the low bits: that is before `at`. */
static inline unsigned
distance_to(uint16_t place, uint32_t at)
{
    return ((at - 1 - place) & (FJ_MAX_DISTANCE - 1)) + 1;
}

/* How many bytes from `p` on are those `distance` before. */
static inline unsigned
match_length(const uint8_t *p, unsigned distance, const uint8_t *end)
{
    const uint8_t *q = p - distance;
    unsigned most =
        end - p < FJ_MAX_MATCH ? (unsigned)(end - p) : FJ_MAX_MATCH;
    unsigned n = 0;
    for (; n + 8 <= most; n += 8) {
        uint64_t differ = fj_load_le64(p + n) ^ fj_load_le64(q + n);
        if (differ != 0) {
            return n + zero_bytes(differ);
        }
    }
    while (n < most && p[n] == q[n]) {
        n++;
    }
    return n;
}

/* Looks up the bytes at `p`, of which there are 16 or more, and enters them.
 * `p` is behind the first byte of the data, and behind every place that was
 * looked up before: distance_to() relies on it. */
static inline found
look_up(fj_matcher *matcher, const uint8_t *src, const uint8_t *p,
        const uint8_t *end)
{
    uint64_t first = fj_load_le64(p);
    uint32_t at = (uint32_t)(p - src);
    uint16_t *by_5 = &matcher->by_5[hash(first << 24, TABLE_BITS)];
    uint16_t *by_8 = &matcher->by_8[hash(first, TABLE_BITS)];
    uint16_t *by_16 =
        &matcher->by_16[hash(3 * first + fj_load_le64(p + 8), TABLE_BITS)];
    unsigned distance_5 = distance_to(*by_5, at);
    unsigned distance_8 = distance_to(*by_8, at);
    unsigned distance_16 = distance_to(*by_16, at);
    *by_5 = *by_8 = *by_16 = (uint16_t)at;
    if (fj_load_le64(p - distance_16) == first) {
        unsigned length = match_length(p, distance_16, end);
        if (length >= LEAST_BY_16) {
            return (found){length, distance_16};
        }
    }
    if (fj_load_le64(p - distance_8) == first) {
        return (found){match_length(p, distance_8, end), distance_8};
    }
    uint64_t differ = fj_load_le64(p - distance_5) ^ first;
    if (differ << 24 == 0) {
        unsigned length = differ == 0 ? match_length(p, distance_5, end)
                                      : zero_bytes(differ);
        return (found){length, distance_5};
    }
    return (found){0, 0};
}

/* The match, or the one at the distance of the last, which was as long as a
 * match can be: what goes on is long again, and one distance for all has the
 * shortest codeword.  Zeros become a quarter of what they did without, and
 * rows that are repeated a half. */
static inline found
continue_match(const fj_matcher *matcher, const uint8_t *p, const uint8_t *end,
               found match)
{
    unsigned length = match_length(p, matcher->full_distance, end);
    if (length < LEAST_BY_16 || length < match.length) {
        return match;
    }
    return (found){length, matcher->full_distance};
}

/* Whether the match also has the byte before `p`. */
static inline bool
may_begin_before(const uint8_t *src, const uint8_t *p, found match)
{
    return match.length < FJ_MAX_MATCH && (size_t)(p - src) > match.distance &&
           p[-1] == *(p - match.distance - 1);
}

/* Finds matches from *p_ to `limit` or a little beyond, as many as shall share
 * codes, and returns how many.  Moves *p_ behind the last one, or to
 * `limit`, and *literals_ret behind the last one. */
static size_t
find_matches(fj_matcher *matcher, const uint8_t *src, const uint8_t **p_,
             const uint8_t *limit, const uint8_t *end,
             const uint8_t **literals_ret)
{
    fj_match_counts *counts = &matcher->counts;
    const uint8_t *p = *p_, *literals = *literals_ret;
    size_t n_matches = 0, n_symbols = 0;
    while (p < limit && n_symbols < BLOCK_SYMBOLS) {
        found match = look_up(matcher, src, p, end);
        if (matcher->full_distance != 0) {
            match = continue_match(matcher, p, end, match);
        }
        if (match.length == 0) {
            counts->literals[*p++]++;
            continue;
        }
        while (match.length <= LONG_MATCH && p + 1 < limit) {
            found next = look_up(matcher, src, p + 1, end);
            if (next.length <= match.length) {
                break;
            }
            counts->literals[*p++]++;
            match = next;
        }
        for (; p > literals && may_begin_before(src, p, match);
             match.length++) {
            counts->literals[*--p]--;
        }
        matcher->matches[n_matches++] =
            (fj_match){(uint32_t)(p - literals), (uint16_t)match.length,
                       (uint16_t)match.distance};
        counts->lengths[match.length]++;
        counts->distances[fj_writer_distance_symbol(&matcher->writer,
                                                    match.distance)]++;
        n_symbols += (size_t)(p - literals) + 1;
        p += match.length;
        matcher->full_distance =
            match.length == FJ_MAX_MATCH ? match.distance : 0;
        literals = p;
    }
    *p_ = p;
    *literals_ret = literals;
    return n_matches;
}

size_t
fj_matcher_deflate(fj_matcher *matcher, const uint8_t *src, size_t nbytes,
                   bool last, uint8_t *dst, size_t room)
{
    const uint8_t *p = src, *end = src + nbytes;
    /* What is behind cannot be looked up. */
    const uint8_t *stop = nbytes > AHEAD ? end - AHEAD : src;
    memset(matcher->by_5, 0, sizeof matcher->by_5);
    memset(matcher->by_8, 0, sizeof matcher->by_8);
    memset(matcher->by_16, 0, sizeof matcher->by_16);
    matcher->full_distance = 0;
    fj_writer_begin(&matcher->writer, dst, room);
    do {
        const uint8_t *block = p, *literals = p;
        memset(&matcher->counts, 0, sizeof matcher->counts);
        if (p == src && nbytes > 0) {
            matcher->counts.literals[*p++]++; // there is nothing before it
        }
        size_t n = find_matches(matcher, src, &p, stop, end, &literals);
        while (p >= stop && p < end) {
            matcher->counts.literals[*p++]++;
        }
        matcher->matches[n] = (fj_match){(uint32_t)(p - literals), 0, 0};
        if (!fj_writer_block(&matcher->writer, block, matcher->matches,
                             &matcher->counts, last && p == end)) {
            return 0;
        }
    } while (p < end);
    uint8_t *written = fj_writer_end(&matcher->writer, !last);
    return written == NULL ? 0 : (size_t)(written - dst);
}
