/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/strided.h"

#include <stdbool.h>
#include <string.h>

enum {
    CACHE_LINE = 64,
    /* Elements copied of a row before going to the next row of a tile.  Each
     * is in another cache line, and with strides that are powers of two all
     * of them compete for one set of the first-level cache, which holds 8
     * lines. */
    TILE_COLUMNS = 8,
};

static intptr_t
magnitude(intptr_t stride)
{
    return stride < 0 ? -stride : stride;
}

void
fj_strided_init(fj_strided *s, const char *data, size_t itemsize, int ndim,
                const intptr_t *shape, const intptr_t *strides)
{
    s->data = data;
    s->itemsize = itemsize;
    s->ndim = 0;
    for (int i = 0; i < ndim; i++) {
        int last = s->ndim - 1;
        if (shape[i] == 1) {
            continue;
        }
        if (last >= 0 && s->strides[last] == shape[i] * strides[i]) {
            s->shape[last] *= shape[i]; // rows follow without a gap
            s->strides[last] = strides[i];
            continue;
        }
        s->shape[s->ndim] = shape[i];
        s->strides[s->ndim++] = strides[i];
    }
    if (s->ndim == 0) {
        s->shape[0] = 1;
        s->strides[0] = (intptr_t)itemsize;
        s->ndim = 1;
    }
    /* Treats short contiguous rows as single, larger elements. */
    int row = s->ndim - 1;
    if (row > 0 && s->strides[row] == (intptr_t)itemsize &&
        (size_t)s->shape[row] <= CACHE_LINE / itemsize) {
        s->itemsize *= (size_t)s->shape[row];
        s->ndim--;
    }
    s->close = s->ndim - 1;
    for (int i = s->ndim - 1; i >= 0; i--) {
        if (magnitude(s->strides[i]) < magnitude(s->strides[s->close])) {
            s->close = i;
        }
    }
    s->rows_size = 1;
    for (int i = s->close + 1; i < s->ndim; i++) {
        s->rows_size *= (size_t)s->shape[i];
    }
}

/* How many rows can be made at once from a cache line of elements. */
static size_t
tile_rows(const fj_strided *s)
{
    size_t n = CACHE_LINE / s->itemsize;
    return n == 0 ? 1 : n;
}

static bool
in_tiles(const fj_strided *s)
{
    return s->close < s->ndim - 1 && s->itemsize < CACHE_LINE;
}

size_t
fj_strided_step(const fj_strided *s, size_t nbytes, size_t most_nbytes)
{
    size_t n = nbytes / s->itemsize;
    if (in_tiles(s)) {
        size_t most = most_nbytes / s->itemsize / s->rows_size;
        size_t rows = tile_rows(s);
        if (n / s->rows_size >= rows) {
            rows = n / s->rows_size / rows * rows;
        }
        if (most > 1) {
            return (rows < most ? rows : most) * s->rows_size;
        }
    }
    return n == 0 ? 1 : n;
}

/* Copies `n` elements that lie `stride` bytes apart. */
static void
copy_row(char *dst, const char *src, size_t n, intptr_t stride,
         size_t itemsize)
{
    if (stride == (intptr_t)itemsize) {
        memcpy(dst, src, n * itemsize);
        return;
    }
    switch (itemsize) { // memcpy of a constant size becomes a single move
    case 1:
        for (; n > 0; n--, src += stride) {
            *dst++ = *src;
        }
        break;
    case 2:
        for (; n > 0; n--, src += stride, dst += 2) {
            memcpy(dst, src, 2);
        }
        break;
    case 4:
        for (; n > 0; n--, src += stride, dst += 4) {
            memcpy(dst, src, 4);
        }
        break;
    case 8:
        for (; n > 0; n--, src += stride, dst += 8) {
            memcpy(dst, src, 8);
        }
        break;
    case 16:
        for (; n > 0; n--, src += stride, dst += 16) {
            memcpy(dst, src, 16);
        }
        break;
    case 24:
        for (; n > 0; n--, src += stride, dst += 24) {
            memcpy(dst, src, 24);
        }
        break;
    default:
        for (; n > 0; n--, src += stride, dst += itemsize) {
            memcpy(dst, src, itemsize);
        }
    }
}

/* Several rows, `row_stride` apart in the array and `row_nbytes` in `dst`. */
static void
copy_tiles(const fj_strided *s, char *dst, const char *src, size_t n_rows,
           size_t row_nbytes)
{
    int last = s->ndim - 1;
    intptr_t row_stride = s->strides[s->close], stride = s->strides[last];
    size_t columns = (size_t)s->shape[last];
    size_t rows = tile_rows(s);
    for (size_t row = 0; row < n_rows; row += rows) {
        size_t end = n_rows - row < rows ? n_rows : row + rows;
        for (size_t column = 0; column < columns; column += TILE_COLUMNS) {
            size_t left = columns - column;
            size_t n = left < TILE_COLUMNS ? left : TILE_COLUMNS;
            const char *from = src + (intptr_t)column * stride;
            char *to = dst + column * s->itemsize;
            for (size_t i = row; i < end; i++) {
                copy_row(to + i * row_nbytes, from + (intptr_t)i * row_stride,
                         n, stride, s->itemsize);
            }
        }
    }
}

/* A position in the array: the index on each axis, and the address. */
typedef struct {
    intptr_t index[FJ_STRIDED_AXES];
    const char *at;
} place;

static void
find(const fj_strided *s, size_t element, place *p)
{
    p->at = s->data;
    for (int i = s->ndim - 1; i >= 0; i--) {
        size_t length = (size_t)s->shape[i];
        p->index[i] = (intptr_t)(element % length);
        p->at += p->index[i] * s->strides[i];
        element /= length;
    }
}

/* Advances by `n` on an axis, at most to its end; there it carries over to the
 * axis before, like an odometer, but not past axis `first`. */
static void
move(const fj_strided *s, place *p, int axis, int first, size_t n)
{
    p->index[axis] += (intptr_t)n;
    p->at += (intptr_t)n * s->strides[axis];
    while (axis > first && p->index[axis] == s->shape[axis]) {
        p->at -= p->index[axis] * s->strides[axis];
        p->index[axis] = 0;
        axis--;
        p->index[axis]++;
        p->at += s->strides[axis];
    }
}

/* Copies `n_rows` whole indices of the close axis, from `p` on. */
static void
copy_rows_at_once(const fj_strided *s, char *dst, place p, size_t n_rows)
{
    int last = s->ndim - 1;
    size_t columns = (size_t)s->shape[last];
    for (size_t done = 0; done < s->rows_size; done += columns) {
        copy_tiles(s, dst + done * s->itemsize, p.at, n_rows,
                   s->rows_size * s->itemsize);
        /* Advances the axes between the two, which wrap around after the
         * last. */
        move(s, &p, last, s->close + 1, columns);
    }
}

void
fj_strided_copy(const fj_strided *s, char *dst, size_t first, size_t count)
{
    int last = s->ndim - 1;
    bool whole_rows = first % s->rows_size == 0 && count % s->rows_size == 0;
    bool tiles = in_tiles(s) && whole_rows;
    int axis = tiles ? s->close : last;
    size_t unit = tiles ? s->rows_size : 1; // elements for each index of it
    place p;
    find(s, first, &p);
    while (count > 0) {
        size_t n = (size_t)(s->shape[axis] - p.index[axis]);
        if (n > count / unit) {
            n = count / unit;
        }
        if (tiles) {
            copy_rows_at_once(s, dst, p, n);
        }
        else {
            copy_row(dst, p.at, n, s->strides[last], s->itemsize);
        }
        dst += n * unit * s->itemsize;
        count -= n * unit;
        move(s, &p, axis, 0, n);
    }
}
