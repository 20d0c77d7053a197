/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/gather.h"

/* Elements are collected in a buffer of this size: it stays in the
 * second-level cache between being filled and being written. */
enum { BUFFER_NBYTES = 256 * 1024 };

typedef struct {
    int ndim;
    size_t itemsize;
    const npy_intp *shape, *strides;
    npy_intp index[NPY_MAXDIMS]; // of the next element
    const char *next;
    npy_intp left; // elements
} walker;

static void
walk_begin(walker *walk, PyArrayObject *array)
{
    memset(walk->index, 0, sizeof walk->index);
    walk->ndim = PyArray_NDIM(array);
    walk->itemsize = (size_t)PyArray_ITEMSIZE(array);
    walk->shape = PyArray_DIMS(array);
    walk->strides = PyArray_STRIDES(array);
    walk->next = PyArray_BYTES(array);
    walk->left = PyArray_SIZE(array);
}

/* Copies `n` elements that lie `stride` bytes apart. */
static void
copy_strided(char *dst, const char *src, npy_intp n, npy_intp stride,
             size_t itemsize)
{
    if (stride == (npy_intp)itemsize) {
        memcpy(dst, src, (size_t)n * itemsize);
        return;
    }
    switch (itemsize) { // constant sizes become single moves
    case 1:
        for (; n > 0; n--, src += stride) {
            *dst++ = *src;
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
    default:
        for (; n > 0; n--, src += stride, dst += itemsize) {
            memcpy(dst, src, itemsize);
        }
    }
}

/* Copies up to `n` elements of the innermost axis and moves on. */
static npy_intp
walk_row(walker *walk, char *dst, npy_intp n)
{
    int axis = walk->ndim - 1;
    npy_intp in_row = walk->shape[axis] - walk->index[axis];
    if (n > in_row) {
        n = in_row;
    }
    copy_strided(dst, walk->next, n, walk->strides[axis], walk->itemsize);
    walk->index[axis] += n;
    walk->next += n * walk->strides[axis];
    walk->left -= n;
    while (axis > 0 && walk->index[axis] == walk->shape[axis]) {
        walk->next -= walk->index[axis] * walk->strides[axis];
        walk->index[axis] = 0;
        axis--;
        walk->index[axis]++;
        walk->next += walk->strides[axis];
    }
    return n;
}

int
fj_array_gather(fj_output *out, PyArrayObject *array)
{
    walker walk;
    walk_begin(&walk, array);
    if (walk.left == 0 || walk.itemsize == 0) {
        return 0;
    }
    /* At least one element, however large. */
    npy_intp capacity = (npy_intp)(BUFFER_NBYTES / walk.itemsize);
    if (capacity == 0) {
        capacity = 1;
    }
    char *buffer = PyMem_Malloc((size_t)capacity * walk.itemsize);
    if (buffer == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int ret = 0;
    while (ret == 0 && walk.left > 0) {
        npy_intp filled = 0;
        while (filled < capacity && walk.left > 0) {
            filled += walk_row(&walk, buffer + (size_t)filled * walk.itemsize,
                               capacity - filled);
        }
        ret = fj_output_raw(out, buffer, (size_t)filled * walk.itemsize);
    }
    PyMem_Free(buffer);
    return ret;
}
