/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pieces of a dump, each with its CRC-32: every array, and the pickle
 * between them, cut at each MiB of the data.  If there are too many, small
 * neighbours are joined (the checksum of both follows from those of each), and
 * arrays that are as small count as part of the pickle from then on.
 */
#ifndef FJ_BASE_PIECES_H
#define FJ_BASE_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum {
    FJ_PIECE_PICKLE = 0,        // and small arrays
    FJ_PIECE_ARRAY = 1,         // an array's data, or its beginning
    FJ_PIECE_ARRAY_GOES_ON = 2, // more of the same array
} fj_piece_kind;

enum {
    FJ_PIECE_NBYTES = 1 << 20, // pieces end at multiples of this
    FJ_MAX_PIECES = 1 << 14,
};

typedef struct {
    uint64_t nbytes;
    uint32_t check;
    uint8_t kind; // fj_piece_kind
} fj_piece;

typedef struct {
    uint64_t begin, end;
} fj_range;

typedef struct {
    fj_piece *items; // owned
    size_t n_items, capacity;
    uint64_t grain; // neighbours are joined up to this size, 0: not yet
    /* Where the next byte is, and the arrays that it has not passed. */
    uint64_t position;
    fj_range *arrays; // owned
    size_t first_array, n_arrays, arrays_capacity;
} fj_pieces;

void fj_pieces_clear(fj_pieces *pieces);

/* The data from `begin` on will be an array of `nbytes`.  To be called in
 * order, before the array's first byte is passed. */
fj_status fj_pieces_expect(fj_pieces *pieces, uint64_t begin, uint64_t nbytes);

/* The next piece: the next at most `nbytes` that are of one kind, which is set
 * in *kind_ret, and in one MiB.  Passes them.  Returns their number. */
size_t fj_pieces_cut(fj_pieces *pieces, size_t nbytes,
                     fj_piece_kind *kind_ret);

/* Whether the next `nbytes` are of one kind. */
bool fj_pieces_are_uniform(const fj_pieces *pieces, uint64_t nbytes);

/* Adds the checksum of what has been cut, in order. */
fj_status fj_pieces_add(fj_pieces *pieces, size_t nbytes, uint32_t check,
                        fj_piece_kind kind);

/* Cuts the data, and adds all its pieces. */
fj_status fj_pieces_check(fj_pieces *pieces, const uint8_t *data,
                          size_t nbytes);

/* The list as it is in a seal: allocates *bytes_ret, to be freed.  For each
 * piece nbytes * 4 + kind, seven bits a byte, the lowest first, the highest
 * bit set in all but the last; then the CRC-32, 4 bytes, little-endian. */
fj_status fj_pieces_write(const fj_pieces *pieces, uint8_t **bytes_ret,
                          size_t *nbytes_ret);

#endif
