/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Copying the elements of a strided array into contiguous memory, in C order,
 * a range at a time.
 *
 * Rows whose elements lie close together are copied one by one.  If another
 * axis has the smallest stride (a transposed array), copying row by row would
 * fetch a cache line for every element, and again for the next row.  So
 * several rows are made at once, in tiles as high as a cache line has elements
 * and a few elements wide.
 *
 * Plain C11: no state, callable from any thread.
 */
#ifndef FJ_BASE_STRIDED_H
#define FJ_BASE_STRIDED_H

#include <stddef.h>
#include <stdint.h>

enum { FJ_STRIDED_AXES = 64 };

typedef struct {
    const char *data;
    size_t itemsize; // the array's, or a multiple of it
    int ndim;        // at least 1, after merging axes
    intptr_t shape[FJ_STRIDED_AXES], strides[FJ_STRIDED_AXES];
    int close;        // the axis of the smallest stride
    size_t rows_size; // elements for each index of that axis
} fj_strided;

/* At most FJ_STRIDED_AXES axes; strides in bytes, of either sign.  The
 * functions below count elements of s->itemsize. */
void fj_strided_init(fj_strided *s, const char *data, size_t itemsize,
                     int ndim, const intptr_t *shape, const intptr_t *strides);

/* How many elements are best copied at a time: about `nbytes` where rows are
 * copied, up to `most_nbytes` where several are made at once.  At least 1. */
size_t fj_strided_step(const fj_strided *s, size_t nbytes, size_t most_nbytes);

/* Copies the elements from `first` on, counted in C order, to `dst`.  They
 * must be in the array.  `first` and `count` should be multiples of
 * fj_strided_step(). */
void fj_strided_copy(const fj_strided *s, char *dst, size_t first,
                     size_t count);

#endif
