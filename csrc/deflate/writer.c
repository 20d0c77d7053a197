/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/writer.h"
#include "base/bytes.h"
#include "deflate/huffman.h"

enum {
    HEAD_NBITS = 3 + 5 + 5 + 4,
    /* flush() stores as many bytes at once. */
    SLACK = 8,
};

/* Bits to be written, and how many. */
typedef struct {
    uint32_t bits;
    uint32_t n_bits;
} codeword;

typedef struct {
    uint8_t lengths[FJ_LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    uint16_t litlen[FJ_LITLEN_SYMBOLS];
    uint16_t distance[FJ_DISTANCE_SYMBOLS];
} block_codes;

/* The lengths of a block's codewords, as its header tells them. */
typedef struct {
    unsigned n_litlen;
    unsigned n_distance;
    unsigned n_precode;
    unsigned n_items;
    uint8_t symbols[FJ_LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    uint8_t extra[FJ_LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    uint8_t precode_lengths[FJ_N_PRECODE];
    uint16_t precode[FJ_N_PRECODE];
    uint32_t n_bits;
} block_header;

void
fj_writer_init(fj_deflate_writer *writer)
{
    for (unsigned symbol = 0; symbol < FJ_DISTANCE_SYMBOLS; symbol++) {
        unsigned first = fj_distance_ranges[symbol].base - 1u;
        unsigned end = first + (1u << fj_distance_ranges[symbol].n_extra);
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
    uint32_t litlen[FJ_LITLEN_SYMBOLS];
    memcpy(litlen, counts->literals, sizeof counts->literals);
    litlen[FJ_END_OF_BLOCK] = 1;
    for (unsigned i = 0; i < FJ_LENGTH_SYMBOLS; i++) {
        uint32_t *sum = &litlen[FJ_END_OF_BLOCK + 1 + i];
        *sum = 0;
        unsigned end = fj_length_ranges[i + 1].base;
        for (unsigned k = fj_length_ranges[i].base; k < end; k++) {
            *sum += counts->lengths[k];
        }
    }
    uint8_t *distance_lengths = codes->lengths + FJ_LITLEN_SYMBOLS;
    fj_huffman_code(litlen, FJ_LITLEN_SYMBOLS, FJ_MAX_CODEWORD, codes->lengths,
                    codes->litlen);
    fj_huffman_code(counts->distances, FJ_DISTANCE_SYMBOLS, FJ_MAX_CODEWORD,
                    distance_lengths, codes->distance);
    uint64_t n_bits = 0;
    for (unsigned i = 0; i < FJ_LITLEN_SYMBOLS; i++) {
        unsigned extra =
            i > FJ_END_OF_BLOCK
                ? fj_length_ranges[i - FJ_END_OF_BLOCK - 1].n_extra
                : 0;
        n_bits += (uint64_t)litlen[i] * (codes->lengths[i] + extra);
    }
    for (unsigned i = 0; i < FJ_DISTANCE_SYMBOLS; i++) {
        n_bits += (uint64_t)counts->distances[i] *
                  (distance_lengths[i] + fj_distance_ranges[i].n_extra);
    }
    return n_bits;
}

/* `n` lengths in a row that are the same, as few items as can be. */
static void
add_items(block_header *header, unsigned length, unsigned n)
{
    unsigned n_items = header->n_items;
    while (n > 0) {
        unsigned symbol = length, repeat = 1, least = 1;
        if (length == 0 && n >= 11) {
            symbol = FJ_REPEAT_ZERO_LONG;
            repeat = n < 138 ? n : 138;
            least = 11;
        }
        else if (n >= 3 && (length == 0 || n_items > header->n_items)) {
            symbol = length == 0 ? FJ_REPEAT_ZERO : FJ_REPEAT_LAST;
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
    uint8_t lengths[FJ_LITLEN_SYMBOLS + FJ_DISTANCE_SYMBOLS];
    header->n_litlen = FJ_LITLEN_SYMBOLS;
    while (codes->lengths[header->n_litlen - 1] == 0) {
        header->n_litlen--; // FJ_END_OF_BLOCK has a length
    }
    header->n_distance = FJ_DISTANCE_SYMBOLS;
    while (codes->lengths[FJ_LITLEN_SYMBOLS + header->n_distance - 1] == 0) {
        header->n_distance--; // a code has codewords
    }
    unsigned n = header->n_litlen + header->n_distance;
    memcpy(lengths, codes->lengths, header->n_litlen);
    memcpy(lengths + header->n_litlen, codes->lengths + FJ_LITLEN_SYMBOLS,
           header->n_distance);
    header->n_items = 0;
    for (unsigned i = 0, same; i < n; i += same) {
        for (same = 1; i + same < n && lengths[i + same] == lengths[i];) {
            same++;
        }
        add_items(header, lengths[i], same);
    }
    uint32_t counts[FJ_N_PRECODE] = {0};
    for (unsigned i = 0; i < header->n_items; i++) {
        counts[header->symbols[i]]++;
    }
    fj_huffman_code(counts, FJ_N_PRECODE, FJ_MAX_PRECODEWORD,
                    header->precode_lengths, header->precode);
    header->n_precode = FJ_N_PRECODE;
    while (header->n_precode > 4 &&
           header->precode_lengths[fj_precode_order[header->n_precode - 1]] ==
               0) {
        header->n_precode--;
    }
    header->n_bits = HEAD_NBITS + 3 * header->n_precode;
    for (unsigned i = 0; i < FJ_N_PRECODE; i++) {
        header->n_bits += counts[i] * (header->precode_lengths[i] +
                                       fj_precode_extra_nbits(i));
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
        put(w, header->precode_lengths[fj_precode_order[i]], 3);
        flush(w);
    }
    for (unsigned i = 0; i < header->n_items; i++) {
        unsigned symbol = header->symbols[i];
        put(w, header->precode[symbol], header->precode_lengths[symbol]);
        put(w, header->extra[i], fj_precode_extra_nbits(symbol));
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
    for (unsigned i = 0; i < FJ_LENGTH_SYMBOLS; i++) {
        unsigned symbol = FJ_END_OF_BLOCK + 1 + i;
        unsigned n_bits = codes->lengths[symbol];
        unsigned base = fj_length_ranges[i].base;
        for (unsigned k = base; k < fj_length_ranges[i + 1].base; k++) {
            lengths[k].bits = codes->litlen[symbol] | (k - base) << n_bits;
            lengths[k].n_bits = n_bits + fj_length_ranges[i].n_extra;
        }
    }
}

static void
write_data(fj_deflate_writer *writer, const block_codes *codes,
           const uint8_t *src, const fj_match *match)
{
    codeword literals[FJ_END_OF_BLOCK + 1], lengths[FJ_MAX_MATCH + 1];
    for (unsigned i = 0; i <= FJ_END_OF_BLOCK; i++) {
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
            codes->lengths[FJ_LITLEN_SYMBOLS + symbol]);
        put(w, match->distance - fj_distance_ranges[symbol].base,
            fj_distance_ranges[symbol].n_extra);
        flush(w);
        src += match->length;
    }
    put_codeword(w, literals[FJ_END_OF_BLOCK]);
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
