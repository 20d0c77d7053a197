/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/splice.h"
#include "base/bytes.h"
#include "deflate/walk.h"

#include <stdlib.h>

struct fj_splice {
    fj_walk walk;
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

enum { N_PRECODE = 19 };

static bool
read_fixed_codes(fj_walk *s)
{
    uint8_t lengths[FJ_WALK_N_LITLEN + FJ_WALK_N_DIST];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    memset(lengths + FJ_WALK_N_LITLEN, 5, FJ_WALK_N_DIST);
    return fj_walk_prepare(s, lengths, FJ_WALK_N_LITLEN, FJ_WALK_N_DIST);
}

static bool
read_dynamic_codes(fj_walk *s)
{
    static const uint8_t order[N_PRECODE] = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    };
    uint8_t lengths[FJ_WALK_N_LITLEN + FJ_WALK_N_DIST] = {0};
    unsigned n_litlen = fj_walk_take(s, 5) + 257;
    unsigned n_dist = fj_walk_take(s, 5) + 1;
    unsigned n_precode = fj_walk_take(s, 4) + 4;
    if (n_litlen > FJ_WALK_N_LITLEN_USED || n_dist > FJ_WALK_N_DIST_USED) {
        return false;
    }
    for (unsigned i = 0; i < n_precode; i++) {
        lengths[order[i]] = (uint8_t)fj_walk_take(s, 3);
    }
    if (!fj_walk_make_code(&s->litlen, lengths, N_PRECODE)) {
        return false;
    }
    unsigned n = n_litlen + n_dist;
    for (unsigned i = 0; i < n;) {
        int symbol = fj_walk_read_symbol(s, &s->litlen);
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
            repeat = fj_walk_take(s, 2) + 3;
        } else if (symbol == 17) {
            repeat = fj_walk_take(s, 3) + 3;
        } else {
            repeat = fj_walk_take(s, 7) + 11;
        }
        if (repeat > n - i) {
            return false;
        }
        memset(lengths + i, length, repeat);
        i += repeat;
    }
    return fj_walk_prepare(s, lengths, n_litlen, n_dist);
}

static bool
walk_stored(fj_walk *s)
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

size_t
fj_splice_open_end(fj_splice *splice, uint8_t *stream, size_t nbytes)
{
    fj_walk *s = &splice->walk;
    s->data = stream;
    s->nbytes = nbytes;
    s->n_bits = nbytes * 8;
    s->at = 0;
    size_t header;
    bool final;
    do {
        header = s->at;
        final = fj_walk_take(s, 1);
        unsigned type = fj_walk_take(s, 2);
        if (s->at > s->n_bits ||
            !(type == 0   ? walk_stored(s)
              : type == 1 ? read_fixed_codes(s) && fj_walk_symbols(s)
              : type == 2 ? read_dynamic_codes(s) && fj_walk_symbols(s)
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
