/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The walk goes symbol by symbol, two tables of 2^INDEX_BITS entries saying
 * for the next bits of the stream how many of them the symbol takes, its
 * extra bits among them, and by which table to go on.  An entry for literals
 * covers as many whole symbols as its index tells.  The loop has no branch
 * that depends on the data: an entry for what the tables do not settle (the
 * end of a block, a code longer than the index, a code that does not exist)
 * takes no bits and leads to itself, and is looked for once every few steps.
 */
#include "codec/deflate_splice.h"
#include "base/bytes.h"

#include <stdlib.h>

enum {
    MAX_CODE_BITS = 15,
    N_LITLEN = 288, // literals, end of block, lengths
    N_DIST = 32,
    N_PRECODE = 19,
    END_OF_BLOCK = 256,
    N_LENGTHS_USED = 286, // the codes beyond are never sent
    N_DISTS_USED = 30,

    INDEX_BITS = 12,
    INDEX_MASK = (1 << INDEX_BITS) - 1,

    /* An entry: the bits to take, the bits of the codes alone, and flags. */
    TAKE_MASK = 63,
    CODE_SHIFT = 6,
    CODE_MASK = 15,
    /* The next symbol is a distance; as a number, where its table begins. */
    IN_DIST = 1 << INDEX_BITS,
    LITERAL = 1 << 13,
    UNSETTLED = 1 << 15,

    /* What a step takes at most is 12 + 13; after a refill there are 56. */
    STEPS_PER_REFILL = 2,
};

/* A canonical code: its symbols in order of their codes, and how many there
 * are of each length. */
typedef struct {
    uint16_t n_of[MAX_CODE_BITS + 1];
    uint16_t symbols[N_LITLEN];
} code_t;

struct fj_splice {
    uint16_t table[2 << INDEX_BITS]; // lengths and literals, then distances
    code_t litlen;
    code_t dist;
    /* The stream. */
    const uint8_t *data;
    size_t nbytes;
    size_t at; // in bits, as is `n_bits`
    size_t n_bits;
};

fj_splice *
fj_splice_new(void)
{
    return malloc(sizeof(fj_splice));
}

void
fj_splice_free(fj_splice *splice)
{
    free(splice);
}

/* The next 32 bits or more; zeros behind the end. */
static uint64_t
peek(const fj_splice *s)
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

static unsigned
take(fj_splice *s, unsigned n)
{
    unsigned value = (unsigned)(peek(s) & ((1u << n) - 1));
    s->at += n;
    return value;
}

/* Returns whether the lengths make a code: complete, or of at most one
 * symbol, as the format allows for distances. */
static bool
make_code(code_t *code, const uint8_t *lengths, unsigned n)
{
    uint16_t next[MAX_CODE_BITS + 2] = {0};
    int left = 1;
    memset(code->n_of, 0, sizeof code->n_of);
    for (unsigned i = 0; i < n; i++) {
        code->n_of[lengths[i]]++;
    }
    unsigned n_used = n - code->n_of[0];
    code->n_of[0] = 0;
    for (unsigned bits = 1; bits <= MAX_CODE_BITS; bits++) {
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

/* Reads one symbol bit by bit; -1: there is no such code. */
static int
read_symbol(fj_splice *s, const code_t *code)
{
    uint64_t bits = peek(s);
    unsigned value = 0; // of the bits so far, the first of them on top
    unsigned first = 0; // the smallest code of this length
    unsigned index = 0; // of its symbol
    for (unsigned n = 1; n <= MAX_CODE_BITS; n++, bits >>= 1) {
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
        if (symbol >= N_DISTS_USED) {
            return UNSETTLED | IN_DIST;
        }
        return (uint16_t)(entry | (code_bits + extra_of_dist(symbol)));
    }
    if (symbol < END_OF_BLOCK) {
        return (uint16_t)(entry | code_bits | LITERAL);
    }
    if (symbol == END_OF_BLOCK || symbol >= N_LENGTHS_USED) {
        return UNSETTLED;
    }
    return (uint16_t)(entry | (code_bits + extra_of_length(symbol)) | IN_DIST);
}

/* The table for single symbols.  It is made for one bit, then two, and so on,
 * each time doubled: what the shorter codes filled repeats.  Codes of a
 * length are consecutive numbers whose bits stand in the stream from the top,
 * so going to the next one is an addition from the other end. */
static void
fill_table(uint16_t *table, const code_t *code, bool is_dist)
{
    unsigned next = 0; // the next code, its bits reversed
    unsigned index = 0;
    table[0] = is_dist ? UNSETTLED | IN_DIST : UNSETTLED;
    for (unsigned n = 1; n <= INDEX_BITS; n++) {
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
        if (sum <= INDEX_BITS && (follows & UNSETTLED) == 0) {
            table[i] = (uint16_t)((follows & ~(CODE_MASK << CODE_SHIFT)) +
                                  bits + (sum << CODE_SHIFT));
        }
    }
}

static bool
prepare_codes(fj_splice *s, const uint8_t *lengths, unsigned n_litlen,
              unsigned n_dist)
{
    if (!make_code(&s->litlen, lengths, n_litlen) ||
        !make_code(&s->dist, lengths + n_litlen, n_dist)) {
        return false;
    }
    fill_table(s->table, &s->litlen, false);
    fill_table(s->table + IN_DIST, &s->dist, true);
    join_literals(s->table);
    return true;
}

static bool
read_fixed_codes(fj_splice *s)
{
    uint8_t lengths[N_LITLEN + N_DIST];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    memset(lengths + N_LITLEN, 5, N_DIST);
    return prepare_codes(s, lengths, N_LITLEN, N_DIST);
}

static bool
read_dynamic_codes(fj_splice *s)
{
    static const uint8_t order[N_PRECODE] = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    };
    uint8_t lengths[N_LITLEN + N_DIST] = {0};
    unsigned n_litlen = take(s, 5) + 257;
    unsigned n_dist = take(s, 5) + 1;
    unsigned n_precode = take(s, 4) + 4;
    if (n_litlen > N_LENGTHS_USED || n_dist > N_DISTS_USED) {
        return false;
    }
    for (unsigned i = 0; i < n_precode; i++) {
        lengths[order[i]] = (uint8_t)take(s, 3);
    }
    if (!make_code(&s->litlen, lengths, N_PRECODE)) {
        return false;
    }
    unsigned n = n_litlen + n_dist;
    for (unsigned i = 0; i < n;) {
        int symbol = read_symbol(s, &s->litlen);
        unsigned repeat = 1;
        uint8_t length = 0;
        if (symbol < 0) {
            return false;
        }
        if (symbol < 16) {
            length = (uint8_t)symbol;
        } else if (symbol == 16) {
            if (i == 0) {
                return false;
            }
            length = lengths[i - 1];
            repeat = take(s, 2) + 3;
        } else if (symbol == 17) {
            repeat = take(s, 3) + 3;
        } else {
            repeat = take(s, 7) + 11;
        }
        if (repeat > n - i) {
            return false;
        }
        memset(lengths + i, length, repeat);
        i += repeat;
    }
    return prepare_codes(s, lengths, n_litlen, n_dist);
}

static bool
walk_stored(fj_splice *s)
{
    s->at = (s->at + 7) & ~(size_t)7;
    if (s->n_bits < s->at || s->n_bits - s->at < 32) {
        return false;
    }
    const uint8_t *head = s->data + (s->at >> 3);
    size_t length = fj_load_le16(head);
    s->at += 32;
    if ((length ^ fj_load_le16(head + 2)) != 0xffff ||
        length > (s->n_bits - s->at) >> 3) {
        return false;
    }
    s->at += length << 3;
    return true;
}

/* Goes over symbols by the tables until one is unsettled, or fewer than 8
 * bytes are left to read.  Returns IN_DIST where a distance comes next. */
static unsigned
walk_by_table(fj_splice *s, unsigned entry)
{
    const uint16_t *table = s->table;
    const uint8_t *next = s->data + (s->at >> 3);
    const uint8_t *end = s->data + s->nbytes;
    uint64_t bits = 0;
    /* Of the stream's bits, `have` are in `bits` for sure, and those that
     * stand above them are the right ones too. */
    unsigned have = 0;
    unsigned skip = s->at & 7;
    while (end - next >= 8) {
        bits |= fj_load_le64(next) << have;
        next += (63 - have) >> 3;
        have |= 56;
        bits >>= skip;
        have -= skip;
        skip = 0;
        for (int i = 0; i < STEPS_PER_REFILL; i++) {
            entry = table[(bits & INDEX_MASK) | (entry & IN_DIST)];
            bits >>= entry & TAKE_MASK;
            have -= entry & TAKE_MASK;
        }
        if ((entry & UNSETTLED) != 0) {
            break;
        }
    }
    s->at = (size_t)(next - s->data) * 8 - have + skip;
    return entry & IN_DIST;
}

static bool
walk_symbols(fj_splice *s)
{
    unsigned state = 0;
    while (s->at <= s->n_bits) {
        state = walk_by_table(s, state);
        int symbol = read_symbol(s, state != 0 ? &s->dist : &s->litlen);
        if (symbol < 0) {
            return false;
        }
        if (state != 0) {
            if (symbol >= N_DISTS_USED) {
                return false;
            }
            s->at += extra_of_dist((unsigned)symbol);
            state = 0;
        } else if (symbol == END_OF_BLOCK) {
            return s->at <= s->n_bits;
        } else if (symbol > END_OF_BLOCK) {
            if (symbol >= N_LENGTHS_USED) {
                return false;
            }
            s->at += extra_of_length((unsigned)symbol);
            state = IN_DIST;
        }
    }
    return false;
}

size_t
fj_splice_open_end(fj_splice *s, uint8_t *stream, size_t nbytes)
{
    s->data = stream;
    s->nbytes = nbytes;
    s->n_bits = nbytes * 8;
    s->at = 0;
    size_t header;
    bool final;
    do {
        header = s->at;
        final = take(s, 1);
        unsigned type = take(s, 2);
        if (s->at > s->n_bits ||
            !(type == 0   ? walk_stored(s)
              : type == 1 ? read_fixed_codes(s) && walk_symbols(s)
              : type == 2 ? read_dynamic_codes(s) && walk_symbols(s)
                          : false)) {
            return 0;
        }
    } while (!final);
    if ((s->at + 7) / 8 != nbytes) {
        return 0;
    }
    stream[header >> 3] &= (uint8_t) ~(1u << (header & 7));

    /* Three bits of a header, zeros up to a byte boundary, a length of 0. */
    unsigned in_last = s->at & 7;
    if (in_last != 0) {
        stream[nbytes - 1] &= (uint8_t)((1u << in_last) - 1);
    }
    if (in_last == 0 || in_last > 5) {
        stream[nbytes++] = 0;
    }
    fj_store_le32(stream + nbytes, 0xffff0000);
    return nbytes + 4;
}
