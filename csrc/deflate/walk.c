/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The walk goes symbol by symbol, two tables of 2^INDEX_BITS entries saying
 * for the next bits of the stream how many of them the symbol takes, its
 * extra bits among them, and by which table to go on.  An entry for literals
 * covers as many whole symbols as its index tells.  The loop has no branch
 * that depends on the data: an entry for what the tables do not settle (the
 * end of a block, a code longer than the index, a code that does not exist)
 * takes no bits and leads to itself, and is looked for once every few steps.
 *
 * Each step waits for the one before it, so two walks at the same time take
 * little longer than one: the second sets out further ahead, and is good for
 * the first when that one meets its path.
 */
#include "deflate/walk.h"
#include "base/bytes.h"

enum {
    END_OF_BLOCK = 256,
    INDEX_MASK = (1 << FJ_WALK_INDEX_BITS) - 1,

    /* An entry: the bits to take, the bits of the codes alone, and flags. */
    TAKE_MASK = 63,
    CODE_SHIFT = 6,
    CODE_MASK = 15,
    /* The next symbol is a distance; as a number, where its table begins. */
    IN_DIST = 1 << FJ_WALK_INDEX_BITS,
    LITERAL = 1 << 13,
    UNSETTLED = 1 << 15,

    /* What a step takes at most is 12 + 13; after a refill there are 56. */
    STEPS_PER_REFILL = 2,

    /* How far ahead a second walk sets out, in bits, and how many steps it
     * goes until it counts. */
    AHEAD = 1 << 15,
    STEPS_AHEAD = 48,
    MAX_STEPS_AHEAD = 2 * STEPS_AHEAD,
};

/* The next 32 bits or more; zeros behind the end. */
static uint64_t
peek(const fj_walk *s)
{
    size_t byte = s->at >> 3;
    uint64_t bits = 0;
    if (byte <= s->nbytes && s->nbytes - byte >= 8) {
        bits = fj_load_le64(s->data + byte);
    } else {
        for (unsigned i = 0; byte + i < s->nbytes; i++) {
            bits |= (uint64_t)s->data[byte + i] << (8 * i);
        }
    }
    return bits >> (s->at & 7);
}

unsigned
fj_walk_take(fj_walk *s, unsigned n)
{
    unsigned value = (unsigned)(peek(s) & ((1u << n) - 1));
    s->at += n;
    return value;
}

bool
fj_walk_make_code(fj_walk_code *code, const uint8_t *lengths, unsigned n)
{
    uint16_t next[FJ_WALK_CODE_BITS + 2] = {0};
    int left = 1;
    memset(code->n_of, 0, sizeof code->n_of);
    for (unsigned i = 0; i < n; i++) {
        code->n_of[lengths[i]]++;
    }
    unsigned n_used = n - code->n_of[0];
    code->n_of[0] = 0;
    for (unsigned bits = 1; bits <= FJ_WALK_CODE_BITS; bits++) {
        next[bits + 1] = (uint16_t)(next[bits] + code->n_of[bits]);
        left = 2 * left - code->n_of[bits];
        if (left < 0) {
            return false;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (lengths[i] != 0) {
            code->symbols[next[lengths[i]]++] = (uint16_t)i;
        }
    }
    return left == 0 || n_used == 0 || (n_used == 1 && code->n_of[1] == 1);
}

int
fj_walk_read_symbol(fj_walk *s, const fj_walk_code *code)
{
    uint64_t bits = peek(s);
    unsigned value = 0; // of the bits so far, the first of them on top
    unsigned first = 0; // the smallest code of this length
    unsigned index = 0; // of its symbol
    for (unsigned n = 1; n <= FJ_WALK_CODE_BITS; n++, bits >>= 1) {
        value = 2 * value + (bits & 1);
        first *= 2;
        if (value - first < code->n_of[n]) {
            s->at += n;
            return code->symbols[index + (value - first)];
        }
        first += code->n_of[n];
        index += code->n_of[n];
    }
    return -1;
}

/* Extra bits: none for lengths 3 to 10, then one more every four codes, and
 * none for 258; for distances likewise, every two codes. */
static unsigned
extra_of_length(unsigned symbol)
{
    unsigned code = symbol - (END_OF_BLOCK + 1);
    return code < 8 || code == 28 ? 0 : (code - 4) / 4;
}

static unsigned
extra_of_dist(unsigned symbol)
{
    return symbol < 4 ? 0 : (symbol - 2) / 2;
}

static uint16_t
entry_of(unsigned symbol, unsigned code_bits, bool is_dist)
{
    unsigned entry = code_bits << CODE_SHIFT;
    if (is_dist) {
        if (symbol >= FJ_WALK_N_DIST_USED) {
            return UNSETTLED | IN_DIST;
        }
        return (uint16_t)(entry | (code_bits + extra_of_dist(symbol)));
    }
    if (symbol < END_OF_BLOCK) {
        return (uint16_t)(entry | code_bits | LITERAL);
    }
    if (symbol == END_OF_BLOCK || symbol >= FJ_WALK_N_LITLEN_USED) {
        return UNSETTLED;
    }
    return (uint16_t)(entry | (code_bits + extra_of_length(symbol)) | IN_DIST);
}

/* The table for single symbols.  It is made for one bit, then two, and so on,
 * each time doubled: what the shorter codes filled repeats.  Codes of a
 * length are consecutive numbers whose bits stand in the stream from the top,
 * so going to the next one is an addition from the other end. */
static void
fill_table(uint16_t *table, const fj_walk_code *code, bool is_dist)
{
    unsigned next = 0; // the next code, its bits reversed
    unsigned index = 0;
    table[0] = is_dist ? UNSETTLED | IN_DIST : UNSETTLED;
    for (unsigned n = 1; n <= FJ_WALK_INDEX_BITS; n++) {
        unsigned half = 1u << (n - 1);
        memcpy(table + half, table, half * sizeof *table);
        for (unsigned i = 0; i < code->n_of[n]; i++) {
            table[next] = entry_of(code->symbols[index++], n, is_dist);
            unsigned bit = half;
            while ((next & bit) != 0) {
                bit >>= 1;
            }
            next = bit == 0 ? 0 : (next & (bit - 1)) | bit;
        }
    }
}

/* Lets entries of literals cover what follows them, as far as the index
 * holds whole codes.  Upwards, so what follows has been joined already. */
static void
join_literals(uint16_t *table)
{
    for (unsigned i = 1; i <= INDEX_MASK; i++) {
        unsigned entry = table[i];
        if ((entry & LITERAL) == 0) {
            continue;
        }
        unsigned bits = (entry >> CODE_SHIFT) & CODE_MASK;
        unsigned follows = table[i >> bits];
        unsigned sum = bits + ((follows >> CODE_SHIFT) & CODE_MASK);
        if (sum <= FJ_WALK_INDEX_BITS && (follows & UNSETTLED) == 0) {
            table[i] = (uint16_t)((follows & ~(CODE_MASK << CODE_SHIFT)) +
                                  bits + (sum << CODE_SHIFT));
        }
    }
}

bool
fj_walk_prepare(fj_walk *s, const uint8_t *lengths, unsigned n_litlen,
                unsigned n_dist)
{
    if (!fj_walk_make_code(&s->litlen, lengths, n_litlen) ||
        !fj_walk_make_code(&s->dist, lengths + n_litlen, n_dist)) {
        return false;
    }
    fill_table(s->table, &s->litlen, false);
    fill_table(s->table + IN_DIST, &s->dist, true);
    join_literals(s->table);
    return true;
}

/* Where a walk is, and whether a distance comes next: then IN_DIST, else 0. */
typedef struct {
    size_t at;
    unsigned state;
} walker;

typedef enum { GOES_ON, BLOCK_ENDS, NO_CODE } walk_result;

/* A walker in the loop.  Of the stream's bits, `have` are in `bits` for sure,
 * and those that stand above them are the right ones too. */
typedef struct {
    uint64_t bits;
    unsigned have;
    unsigned entry;
    const uint8_t *next;
} cursor;

static inline void
refill(cursor *c)
{
    c->bits |= fj_load_le64(c->next) << c->have;
    c->next += (63 - c->have) >> 3;
    c->have |= 56;
}

static inline void
step(cursor *c, const uint16_t *table)
{
    c->entry = table[(c->bits & INDEX_MASK) | (c->entry & IN_DIST)];
    c->bits >>= c->entry & TAKE_MASK;
    c->have -= c->entry & TAKE_MASK;
}

/* There must be 8 bytes from there on. */
static inline cursor
open_cursor(const fj_walk *s, const walker *w)
{
    cursor c = {0, 0, w->state, s->data + (w->at >> 3)};
    refill(&c);
    c.bits >>= w->at & 7;
    c.have -= w->at & 7;
    return c;
}

static inline walker
close_cursor(const fj_walk *s, const cursor *c)
{
    walker w = {(size_t)(c->next - s->data) * 8 - c->have,
                c->entry & IN_DIST};
    return w;
}

/* Both walk until a symbol of one is unsettled, or `a` is nearly at `limit`,
 * which lies before `b`, or `b` at the end of the data. */
static void
run_both(const fj_walk *s, walker *a, walker *b, size_t limit)
{
    const uint16_t *table = s->table;
    const uint8_t *stop_a = s->data + (limit >> 3) - 8;
    const uint8_t *stop_b = s->data + s->nbytes - 8;
    cursor c = open_cursor(s, a), d = open_cursor(s, b);
    while (c.next <= stop_a && d.next <= stop_b) {
        refill(&c);
        refill(&d);
        for (int i = 0; i < STEPS_PER_REFILL; i++) {
            step(&c, table);
            step(&d, table);
        }
        if (((c.entry | d.entry) & UNSETTLED) != 0) {
            break;
        }
    }
    *a = close_cursor(s, &c);
    *b = close_cursor(s, &d);
}

static void
run_alone(const fj_walk *s, walker *w, size_t limit)
{
    const uint16_t *table = s->table;
    const uint8_t *stop = s->data + (limit >> 3) - 8;
    cursor c = open_cursor(s, w);
    while (c.next <= stop && (c.entry & UNSETTLED) == 0) {
        refill(&c);
        for (int i = 0; i < STEPS_PER_REFILL; i++) {
            step(&c, table);
        }
    }
    *w = close_cursor(s, &c);
}

/* One symbol, or the literals of one entry. */
static walk_result
walk_one(fj_walk *s, walker *w)
{
    s->at = w->at;
    unsigned entry = s->table[(peek(s) & INDEX_MASK) | w->state];
    if ((entry & UNSETTLED) == 0) {
        w->at += entry & TAKE_MASK;
        w->state = entry & IN_DIST;
        return w->at <= s->n_bits ? GOES_ON : NO_CODE;
    }
    int symbol = fj_walk_read_symbol(s, w->state != 0 ? &s->dist : &s->litlen);
    if (symbol < 0) {
        return NO_CODE;
    }
    if (w->state != 0) {
        if (symbol >= FJ_WALK_N_DIST_USED) {
            return NO_CODE;
        }
        s->at += extra_of_dist((unsigned)symbol);
        w->state = 0;
    } else if (symbol > END_OF_BLOCK) {
        if (symbol >= FJ_WALK_N_LITLEN_USED) {
            return NO_CODE;
        }
        s->at += extra_of_length((unsigned)symbol);
        w->state = IN_DIST;
    }
    w->at = s->at;
    if (w->at > s->n_bits) {
        return NO_CODE;
    }
    return symbol == END_OF_BLOCK ? BLOCK_ENDS : GOES_ON;
}

static walk_result
walk_alone(fj_walk *s, walker *w, size_t limit)
{
    walk_result result = GOES_ON;
    while (result == GOES_ON && w->at < limit) {
        if (limit - w->at >= 128) {
            run_alone(s, w, limit);
        }
        result = walk_one(s, w);
    }
    return result;
}

/* Sets out somewhere ahead, most likely within a symbol.  Huffman codes being
 * what they are, after some steps the walk is most likely in step with the
 * one from the beginning.  Ends behind a distance, since entries for literals
 * may pass over each other's ends. */
static bool
set_out_ahead(fj_walk *s, const walker *a, walker *b)
{
    if (s->n_bits - a->at < 3 * AHEAD) {
        return false;
    }
    b->at = a->at + AHEAD;
    b->state = 0;
    for (int i = 0; i < MAX_STEPS_AHEAD; i++) {
        unsigned before = b->state;
        if (walk_one(s, b) != GOES_ON) {
            return false;
        }
        if (before != 0 && i >= STEPS_AHEAD) {
            return true;
        }
    }
    return false;
}

/* Lets `a` walk to where `b` begins while `b` goes on from there.  If `a`
 * comes by the very same point, in the same state, both are one walk, and `a`
 * is where `b` has come to; if not, `b` was in vain. */
static walk_result
walk_both(fj_walk *s, walker *a, walker *b)
{
    size_t meet = b->at;
    bool b_goes_on = true;
    while (a->at < meet) {
        b_goes_on = b_goes_on && s->n_bits - b->at >= 128;
        if (b_goes_on && meet - a->at >= 128) {
            run_both(s, a, b, meet);
            walker before = *b;
            if (walk_one(s, b) != GOES_ON) {
                *b = before;
                b_goes_on = false;
            }
        } else if (meet - a->at >= 128) {
            run_alone(s, a, meet);
        }
        walk_result result = walk_one(s, a);
        if (result != GOES_ON) {
            return result;
        }
    }
    if (a->at == meet && a->state == 0) {
        *a = *b;
    }
    return GOES_ON;
}

bool
fj_walk_symbols(fj_walk *s)
{
    if (s->at > s->n_bits) {
        return false;
    }
    walker a = {s->at, 0}, b;
    walk_result result = GOES_ON;
    while (result == GOES_ON) {
        if (set_out_ahead(s, &a, &b)) {
            result = walk_both(s, &a, &b);
        } else {
            size_t left = s->n_bits - a.at;
            result = walk_alone(s, &a, left < 3 * AHEAD ? s->n_bits + 1
                                                        : a.at + AHEAD);
        }
    }
    s->at = a.at;
    return result == BLOCK_ENDS;
}
