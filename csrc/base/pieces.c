/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check_values.h"

enum { FIRST_GRAIN = 64 };

void
fj_pieces_clear(fj_pieces *pieces)
{
    free(pieces->items);
    free(pieces->arrays);
    *pieces = (fj_pieces){0};
}

/* Makes room for one more: the array, maybe moved, or NULL. */
static void *
make_room(void *items, size_t n, size_t *capacity, size_t item_nbytes)
{
    if (n < *capacity) {
        return items;
    }
    size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *grown = realloc(items, wanted * item_nbytes);
    if (grown != NULL) {
        *capacity = wanted;
    }
    return grown;
}

fj_status
fj_pieces_expect(fj_pieces *pieces, uint64_t begin, uint64_t nbytes)
{
    if (nbytes == 0 || nbytes < pieces->grain) {
        return FJ_OK;
    }
    if (pieces->first_array == pieces->n_arrays) {
        pieces->first_array = pieces->n_arrays = 0;
    }
    fj_range *arrays =
        make_room(pieces->arrays, pieces->n_arrays, &pieces->arrays_capacity,
                  sizeof *pieces->arrays);
    if (arrays == NULL) {
        return FJ_NO_MEMORY;
    }
    pieces->arrays = arrays;
    arrays[pieces->n_arrays++] = (fj_range){begin, begin + nbytes};
    return FJ_OK;
}

/* How many bytes from the position on are of one kind, up to `nbytes`. */
static uint64_t
measure(const fj_pieces *pieces, uint64_t nbytes, fj_piece_kind *kind_ret)
{
    uint64_t end = pieces->position + nbytes;
    *kind_ret = FJ_PIECE_PICKLE;
    if (pieces->first_array < pieces->n_arrays) {
        const fj_range *next = &pieces->arrays[pieces->first_array];
        bool within = pieces->position >= next->begin;
        uint64_t change = within ? next->end : next->begin;
        if (within) {
            *kind_ret = pieces->position == next->begin
                            ? FJ_PIECE_ARRAY
                            : FJ_PIECE_ARRAY_GOES_ON;
        }
        end = end < change ? end : change;
    }
    return end - pieces->position;
}

bool
fj_pieces_are_uniform(const fj_pieces *pieces, uint64_t nbytes)
{
    fj_piece_kind kind;
    return measure(pieces, nbytes, &kind) == nbytes;
}

size_t
fj_pieces_cut(fj_pieces *pieces, size_t nbytes, fj_piece_kind *kind_ret)
{
    size_t to_edge = FJ_PIECE_NBYTES - pieces->position % FJ_PIECE_NBYTES;
    size_t n =
        (size_t)measure(pieces, nbytes < to_edge ? nbytes : to_edge, kind_ret);
    pieces->position += n;
    if (*kind_ret != FJ_PIECE_PICKLE &&
        pieces->position == pieces->arrays[pieces->first_array].end) {
        pieces->first_array++;
    }
    return n;
}

/* Joins each piece to the one before, if they are small enough together. */
static void
join(fj_pieces *pieces)
{
    size_t n = 1;
    for (size_t i = 1; i < pieces->n_items; i++) {
        fj_piece *last = &pieces->items[n - 1];
        const fj_piece *next = &pieces->items[i];
        if (last->nbytes + next->nbytes > pieces->grain) {
            pieces->items[n++] = *next;
            continue;
        }
        if (next->kind != FJ_PIECE_ARRAY_GOES_ON) { // else it stays an array
            last->kind = FJ_PIECE_PICKLE;
        }
        last->check = fj_crc32_combine(last->check, next->check, next->nbytes);
        last->nbytes += next->nbytes;
    }
    pieces->n_items = n;
}

fj_status
fj_pieces_add(fj_pieces *pieces, size_t nbytes, uint32_t check,
              fj_piece_kind kind)
{
    fj_piece *items = make_room(pieces->items, pieces->n_items,
                                &pieces->capacity, sizeof *pieces->items);
    if (items == NULL) {
        return FJ_NO_MEMORY;
    }
    pieces->items = items;
    items[pieces->n_items++] =
        (fj_piece){.nbytes = nbytes, .check = check, .kind = (uint8_t)kind};
    if (pieces->n_items == FJ_MAX_PIECES) {
        while (pieces->n_items > FJ_MAX_PIECES / 2) {
            pieces->grain =
                pieces->grain == 0 ? FIRST_GRAIN : pieces->grain * 2;
            join(pieces);
        }
    }
    return FJ_OK;
}

fj_status
fj_pieces_check(fj_pieces *pieces, const uint8_t *data, size_t nbytes)
{
    fj_status status = FJ_OK;
    while (nbytes > 0 && status == FJ_OK) {
        fj_piece_kind kind;
        size_t n = fj_pieces_cut(pieces, nbytes, &kind);
        status = fj_pieces_add(pieces, n, fj_crc32(0, data, n), kind);
        data += n;
        nbytes -= n;
    }
    return status;
}

fj_status
fj_pieces_write(const fj_pieces *pieces, uint8_t **bytes_ret,
                size_t *nbytes_ret)
{
    enum { MOST_FOR_ONE = 10 + 4 };
    uint8_t *bytes = malloc(pieces->n_items * MOST_FOR_ONE + 1);
    if (bytes == NULL) {
        return FJ_NO_MEMORY;
    }
    uint8_t *dst = bytes;
    for (size_t i = 0; i < pieces->n_items; i++) {
        const fj_piece *piece = &pieces->items[i];
        uint64_t number = piece->nbytes << 2 | piece->kind;
        for (; number >= 0x80; number >>= 7) {
            *dst++ = (uint8_t)(number | 0x80);
        }
        *dst++ = (uint8_t)number;
        fj_store_le32(dst, piece->check);
        dst += 4;
    }
    *bytes_ret = bytes;
    *nbytes_ret = (size_t)(dst - bytes);
    return FJ_OK;
}
