/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Strided copies, element by element against an odometer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strided.h"

#include "check.h"

static uint32_t state = 1;

static uint32_t
next_random(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(state >> 4) * below) >> 28);
}

typedef struct {
    size_t itemsize, count;
    int ndim;
    intptr_t shape[FJ_STRIDED_AXES], strides[FJ_STRIDED_AXES];
    char *memory; // of exactly what the array spans
    const char *data;
} array;

/* Any shape, its axes in any order in memory, with gaps, and reversed. */
static array
make_array(void)
{
    static const size_t sizes[] = {1, 2, 3, 4, 8, 16, 24, 64, 100};
    array a = {.itemsize = sizes[next_random(9)], .count = 1};
    int order[6];
    intptr_t nbytes = (intptr_t)a.itemsize, before = 0;
    a.ndim = (int)next_random(6);
    for (int i = 0; i < a.ndim; i++) {
        int j = (int)next_random((uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < a.ndim; i++) {
        int axis = order[i];
        a.shape[axis] = 1 + next_random(i < 2 ? 40 : 5);
        intptr_t stride = nbytes;
        if (next_random(3) == 0) {
            stride += next_random(20);
        }
        nbytes = stride * (a.shape[axis] - 1) + nbytes;
        if (next_random(4) == 0) {
            before += stride * (a.shape[axis] - 1);
            stride = -stride;
        }
        a.strides[axis] = next_random(12) == 0 ? 0 : stride;
        if (a.strides[axis] == 0 && stride < 0) {
            before += stride * (a.shape[axis] - 1);
        }
        a.count *= (size_t)a.shape[axis];
    }
    a.memory = malloc((size_t)nbytes);
    for (intptr_t i = 0; i < nbytes; i++) {
        a.memory[i] = (char)next_random(256);
    }
    a.data = a.memory + before;
    return a;
}

static const char *
element(const array *a, size_t i)
{
    const char *at = a->data;
    for (int axis = a->ndim - 1; axis >= 0; axis--) {
        at += (intptr_t)(i % (size_t)a->shape[axis]) * a->strides[axis];
        i /= (size_t)a->shape[axis];
    }
    return at;
}

/* `first` and `count` as the copies count. */
static void
check_range(const array *a, const fj_strided *s, size_t first, size_t count)
{
    size_t times = s->itemsize / a->itemsize;
    char *dst = malloc(count * s->itemsize + 1);
    CHECK(s->itemsize % a->itemsize == 0);
    dst[count * s->itemsize] = 0x55;
    fj_strided_copy(s, dst, first, count);
    first *= times;
    count *= times;
    for (size_t i = 0; i < count; i++) {
        CHECK(memcmp(dst + i * a->itemsize, element(a, first + i),
                     a->itemsize) == 0);
    }
    CHECK(dst[count * a->itemsize] == 0x55);
    free(dst);
}

int
main(void)
{
    for (int round = 0; round < 4000; round++) {
        array a = make_array();
        fj_strided s;
        fj_strided_init(&s, a.data, a.itemsize, a.ndim, a.shape, a.strides);
        size_t count = a.count * a.itemsize / s.itemsize;
        check_range(&a, &s, 0, count);
        size_t first = next_random((uint32_t)count);
        check_range(&a, &s, first, next_random((uint32_t)(count - first) + 1));
        size_t nbytes = 1 + next_random(4000);
        size_t step = fj_strided_step(&s, nbytes, nbytes * 8);
        CHECK(step >= 1);
        CHECK(step == 1 || step * s.itemsize <= nbytes * 8);
        for (first = 0; first < count; first += step) {
            size_t left = count - first;
            check_range(&a, &s, first, step < left ? step : left);
        }
        free(a.memory);
    }
    printf("strided copies: all right\n");
    return 0;
}
