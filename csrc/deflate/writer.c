/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/writer.h"
#include "base/bytes.h"
#include "deflate/huffman.h"

enum {
    END_OF_BLOCK = 256,
    LENGTH_SYMBOLS = 29,
    LITLEN_SYMBOLS = END_OF_BLOCK + 1 + LENGTH_SYMBOLS,
    PRECODE_SYMBOLS = 19,
    MAX_NBITS = 15,
    PRECODE_MAX_NBITS = 7,
    HEAD_NBITS = 3 + 5 + 5 + 4,
    /* Symbols of the precode that repeat, and how often at least. */
    REPEAT_LAST = 16,
    REPEAT_ZERO = 17,
    REPEAT_ZERO_LONG = 18,
    /* flush() stores as many bytes at once. */
    SLACK = 8,
};

static const uint8_t length_extra_nbits[LENGTH_SYMBOLS] = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
    2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
};
static const uint16_t length_bases[LENGTH_SYMBOLS + 1] = {
    3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23,  27,
    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 259,
};
static const uint8_t distance_extra_nbits[FJ_DISTANCE_SYMBOLS] = {
    0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
    6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
};
static const uint16_t distance_bases[FJ_DISTANCE_SYMBOLS] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,
    33,  49,  65,  97,  129, 193,  257,  385,  513,  769,
    1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
};

/* Bits to be written, and how many. */
typedef struct {
    uint32_t bits;
    uint32_t n_bits;
} codeword;

typedef struct {
    uint8_t lengths[LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    uint16_t litlen[LITLEN_SYMBOLS];
    uint16_t distance[FJ_DISTANCE_SYMBOLS];
} block_codes;

/* The lengths of a block's codewords, as its header tells them. */
typedef struct {
    unsigned n_litlen;
    unsigned n_distance;
    unsigned n_precode;
    unsigned n_items;
    uint8_t symbols[LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    uint8_t extra[LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    uint8_t precode_lengths[PRECODE_SYMBOLS];
    uint16_t precode[PRECODE_SYMBOLS];
    uint32_t n_bits;
} block_header;

/* In the order in which a header has them. */
static const uint8_t precode_order[PRECODE_SYMBOLS] = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
};

void
fj_writer_init(fj_deflate_writer *writer)
{
    for (unsigned symbol = 0; symbol < FJ_DISTANCE_SYMBOLS; symbol++) {
        unsigned first = distance_bases[symbol] - 1u;
        unsigned end = first + (1u << distance_extra_nbits[symbol]);
        for (unsigned i = first; i < end; i++) {
            writer->distance_symbols[i < 256 ? i : 256 + (i >> 7)] =
                (uint8_t)symbol;
        }
    }
    fj_writer_begin(writer, NULL, 0);
}

void
fj_writer_begin(fj_deflate_writer *writer, uint8_t *dst, size_t room)
{
    writer->out.at = dst;
    writer->out.end = dst == NULL ? NULL : dst + room;
    writer->out.bits = 0;
    writer->out.n_bits = 0;
}

/* At most 7 bits are left by flush(), so 57 can be put after it. */
static inline void
put(fj_bit_writer *w, uint64_t bits, unsigned n_bits)
{
    w->bits |= bits << w->n_bits;
    w->n_bits += n_bits;
}

static inline void
flush(fj_bit_writer *w)
{
    fj_store_le64(w->at, w->bits);
    w->at += w->n_bits >> 3;
    w->bits >>= w->n_bits & 56;
    w->n_bits &= 7;
}

static bool
has_room(const fj_bit_writer *w, uint64_t n_bits)
{
    return (w->n_bits + n_bits) / 8 + SLACK <= (uint64_t)(w->end - w->at);
}

/* How many bits the data of the block will have. */
static uint64_t
make_codes(const fj_match_counts *counts, block_codes *codes)
{
    uint32_t litlen[LITLEN_SYMBOLS];
    memcpy(litlen, counts->literals, sizeof counts->literals);
    litlen[END_OF_BLOCK] = 1;
    for (unsigned i = 0; i < LENGTH_SYMBOLS; i++) {
        uint32_t *sum = &litlen[END_OF_BLOCK + 1 + i];
        *sum = 0;
        for (unsigned k = length_bases[i]; k < length_bases[i + 1]; k++) {
            *sum += counts->lengths[k];
        }
    }
    uint8_t *distance_lengths = codes->lengths + LITLEN_SYMBOLS;
    fj_huffman_code(litlen, LITLEN_SYMBOLS, MAX_NBITS, codes->lengths,
                    codes->litlen);
    fj_huffman_code(counts->distances, FJ_DISTANCE_SYMBOLS, MAX_NBITS,
                    distance_lengths, codes->distance);
    uint64_t n_bits = 0;
    for (unsigned i = 0; i < LITLEN_SYMBOLS; i++) {
        unsigned extra =
            i > END_OF_BLOCK ? length_extra_nbits[i - END_OF_BLOCK - 1] : 0;
        n_bits += (uint64_t)litlen[i] * (codes->lengths[i] + extra);
    }
    for (unsigned i = 0; i < FJ_DISTANCE_SYMBOLS; i++) {
        n_bits += (uint64_t)counts->distances[i] *
                  (distance_lengths[i] + distance_extra_nbits[i]);
    }
    return n_bits;
}

static unsigned
precode_extra_nbits(unsigned symbol)
{
    return symbol == REPEAT_LAST        ? 2
           : symbol == REPEAT_ZERO      ? 3
           : symbol == REPEAT_ZERO_LONG ? 7
                                        : 0;
}

/* `n` lengths in a row that are the same, as few items as can be. */
static void
add_items(block_header *header, unsigned length, unsigned n)
{
    unsigned n_items = header->n_items;
    while (n > 0) {
        unsigned symbol = length, repeat = 1, least = 1;
        if (length == 0 && n >= 11) {
            symbol = REPEAT_ZERO_LONG;
            repeat = n < 138 ? n : 138;
            least = 11;
        } else if (n >= 3 && (length == 0 || n_items > header->n_items)) {
            symbol = length == 0 ? REPEAT_ZERO : REPEAT_LAST;
            unsigned most = length == 0 ? 10 : 6;
            repeat = n < most ? n : most;
            least = 3;
        }
        header->symbols[n_items] = (uint8_t)symbol;
        header->extra[n_items++] = (uint8_t)(repeat - least);
        n -= repeat;
    }
    header->n_items = n_items;
}

static void
make_header(const block_codes *codes, block_header *header)
{
    uint8_t lengths[LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    header->n_litlen = LITLEN_SYMBOLS;
    while (codes->lengths[header->n_litlen - 1] == 0) {
        header->n_litlen--; // END_OF_BLOCK has a length
    }
    header->n_distance = FJ_DISTANCE_SYMBOLS;
    while (codes->lengths[LITLEN_SYMBOLS + header->n_distance - 1] == 0) {
        header->n_distance--; // a code has codewords
    }
    unsigned n = header->n_litlen + header->n_distance;
    memcpy(lengths, codes->lengths, header->n_litlen);
    memcpy(lengths + header->n_litlen, codes->lengths + LITLEN_SYMBOLS,
           header->n_distance);
    header->n_items = 0;
    for (unsigned i = 0, same; i < n; i += same) {
        for (same = 1; i + same < n && lengths[i + same] == lengths[i];) {
            same++;
        }
        add_items(header, lengths[i], same);
    }
    uint32_t counts[PRECODE_SYMBOLS] = {0};
    for (unsigned i = 0; i < header->n_items; i++) {
        counts[header->symbols[i]]++;
    }
    fj_huffman_code(counts, PRECODE_SYMBOLS, PRECODE_MAX_NBITS,
                    header->precode_lengths, header->precode);
    header->n_precode = PRECODE_SYMBOLS;
    while (header->n_precode > 4 &&
           header->precode_lengths[precode_order[header->n_precode - 1]] ==
               0) {
        header->n_precode--;
    }
    header->n_bits = HEAD_NBITS + 3 * header->n_precode;
    for (unsigned i = 0; i < PRECODE_SYMBOLS; i++) {
        header->n_bits +=
            counts[i] * (header->precode_lengths[i] + precode_extra_nbits(i));
    }
}

static void
write_header(fj_bit_writer *w, const block_header *header, bool last)
{
    put(w, last, 1);
    put(w, 2, 2); // with codes of its own
    put(w, header->n_litlen - 257, 5);
    put(w, header->n_distance - 1, 5);
    put(w, header->n_precode - 4, 4);
    flush(w);
    for (unsigned i = 0; i < header->n_precode; i++) {
        put(w, header->precode_lengths[precode_order[i]], 3);
        flush(w);
    }
    for (unsigned i = 0; i < header->n_items; i++) {
        unsigned symbol = header->symbols[i];
        put(w, header->precode[symbol], header->precode_lengths[symbol]);
        put(w, header->extra[i], precode_extra_nbits(symbol));
        flush(w);
    }
}

static inline void
put_codeword(fj_bit_writer *w, codeword c)
{
    put(w, c.bits, c.n_bits);
}

/* The codewords of all lengths, with their extra bits. */
static void
spread_lengths(const block_codes *codes, codeword lengths[FJ_MAX_MATCH + 1])
{
    for (unsigned i = 0; i < LENGTH_SYMBOLS; i++) {
        unsigned symbol = END_OF_BLOCK + 1 + i;
        unsigned n_bits = codes->lengths[symbol];
        for (unsigned k = length_bases[i]; k < length_bases[i + 1]; k++) {
            lengths[k].bits =
                codes->litlen[symbol] | (k - length_bases[i]) << n_bits;
            lengths[k].n_bits = n_bits + length_extra_nbits[i];
        }
    }
}

static void
write_data(fj_deflate_writer *writer, const block_codes *codes,
           const uint8_t *src, const fj_match *match)
{
    codeword literals[END_OF_BLOCK + 1], lengths[FJ_MAX_MATCH + 1];
    for (unsigned i = 0; i <= END_OF_BLOCK; i++) {
        literals[i] = (codeword){codes->litlen[i], codes->lengths[i]};
    }
    spread_lengths(codes, lengths);
    /* Its own copy, which no byte that is written can change. */
    fj_bit_writer out = writer->out;
    fj_bit_writer *w = &out;
    for (;; match++) {
        /* Three literals are at most 45 bits. */
        uint32_t n = match->n_literals;
        for (; n >= 3; n -= 3, src += 3) {
            put_codeword(w, literals[src[0]]);
            put_codeword(w, literals[src[1]]);
            put_codeword(w, literals[src[2]]);
            flush(w);
        }
        for (; n > 0; n--) {
            put_codeword(w, literals[*src++]);
        }
        flush(w);
        if (match->length == 0) {
            break;
        }
        /* A match is at most 20 + 28 bits. */
        unsigned symbol = fj_writer_distance_symbol(writer, match->distance);
        put_codeword(w, lengths[match->length]);
        put(w, codes->distance[symbol],
            codes->lengths[LITLEN_SYMBOLS + symbol]);
        put(w, match->distance - distance_bases[symbol],
            distance_extra_nbits[symbol]);
        flush(w);
        src += match->length;
    }
    put_codeword(w, literals[END_OF_BLOCK]);
    flush(w);
    writer->out = out;
}

bool
fj_writer_block(fj_deflate_writer *writer, const uint8_t *src,
                const fj_match *matches, const fj_match_counts *counts,
                bool last)
{
    block_codes codes;
    block_header header;
    uint64_t n_bits = make_codes(counts, &codes);
    make_header(&codes, &header);
    if (!has_room(&writer->out, header.n_bits + n_bits)) {
        return false;
    }
    write_header(&writer->out, &header, last);
    write_data(writer, &codes, src, matches);
    return true;
}

uint8_t *
fj_writer_end(fj_deflate_writer *writer, bool followed)
{
    fj_bit_writer *w = &writer->out;
    if (!has_room(w, 3 + 7 + 32)) {
        return NULL;
    }
    put(w, 0, followed ? 3 : 0);
    put(w, 0, -w->n_bits & 7);
    if (followed) {
        put(w, 0xffff0000, 32);
    }
    flush(w);
    return w->at;
}
