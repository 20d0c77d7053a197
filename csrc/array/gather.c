/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/gather.h"

#include "base/pool.h"
#include "base/strided.h"
#include "py/errors.h"
#include "py/threads.h"

enum {
    /* Small enough to stay in the second-level cache until it is written. */
    BUFFER_NBYTES = 256 * 1024,
    /* The limit if several rows of a transposed array are made at once. */
    LARGEST_BUFFER = 8 * 1024 * 1024,
    MAX_THREADS = 4, // bounds memory; more would fill buffers faster than one
                     // thread writes
};

/* Smaller arrays are copied into the output's buffer. */
enum { SMALL_NBYTES = 64 * 1024 };

/* For smaller arrays, starting threads costs a good part of what they save. */
#define WORTH_THREADS ((size_t)4 << 20)

typedef struct {
    fj_job job;
    const fj_strided *elements;
    size_t first, count;
    char *buffer; // owned
} slot;

typedef struct {
    fj_strided elements;
    size_t left, next; // elements not yet given to a slot: how many, and the
                       // first
    size_t step;
    fj_pool *pool;
    size_t n_slots;
    slot slots[MAX_THREADS + 1];
} ring;

static void
describe(fj_strided *elements, PyArrayObject *array)
{
    fj_strided_init(elements, PyArray_BYTES(array),
                    (size_t)PyArray_ITEMSIZE(array), PyArray_NDIM(array),
                    PyArray_DIMS(array), PyArray_STRIDES(array));
}

static int
copy_small(fj_output *out, PyArrayObject *array)
{
    fj_strided elements;
    size_t nbytes = (size_t)PyArray_NBYTES(array);
    char *dst = fj_output_reserve(out, nbytes);
    if (dst == NULL) {
        return -1;
    }
    if (nbytes > 0) {
        describe(&elements, array);
        fj_strided_copy(&elements, dst, 0, nbytes / elements.itemsize);
        out->len += nbytes;
    }
    bool full = out->sink != NULL && out->len >= out->flush_size;
    return full ? fj_output_flush(out) : 0;
}

static void
copy(fj_job *job, unsigned Py_UNUSED(thread))
{
    slot *s = (slot *)job;
    fj_strided_copy(s->elements, s->buffer, s->first, s->count);
}

static void
submit_next(ring *r, slot *s)
{
    s->first = r->next;
    s->count = r->left < r->step ? r->left : r->step;
    r->next += s->count;
    r->left -= s->count;
    if (s->count > 0) {
        fj_pool_submit(r->pool, &s->job);
    }
}

static int
open_ring(ring *r, PyArrayObject *array, PyObject *threads)
{
    memset(r, 0, sizeof *r);
    size_t nbytes = (size_t)PyArray_NBYTES(array);
    int n_threads = nbytes < WORTH_THREADS ? 1 : fj_ask_threads(threads);
    if (n_threads < 0) {
        return -1;
    }
    n_threads = n_threads < MAX_THREADS ? n_threads : MAX_THREADS;
    describe(&r->elements, array);
    r->left = nbytes / r->elements.itemsize;
    r->step = fj_strided_step(&r->elements, BUFFER_NBYTES, LARGEST_BUFFER);
    r->step = r->step < r->left ? r->step : r->left;
    r->n_slots = n_threads > 1 ? (size_t)n_threads + 1 : 1;
    r->pool =
        fj_pool_start((unsigned)n_threads, r->n_slots, FJ_POOL_ANY_ORDER);
    if (r->pool == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < r->n_slots; i++) {
        slot *s = &r->slots[i];
        s->job.run = copy;
        s->elements = &r->elements;
        s->buffer = PyMem_RawMalloc(r->step * r->elements.itemsize);
        if (s->buffer == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static void
close_ring(ring *r)
{
    Py_BEGIN_ALLOW_THREADS
        fj_pool_stop(r->pool);
    Py_END_ALLOW_THREADS
    for (size_t i = 0; i < r->n_slots; i++) {
        PyMem_RawFree(r->slots[i].buffer);
    }
}

/* Writes the oldest slot, and submits it to be filled again. */
static int
write_slot(ring *r, slot *s, fj_output *out)
{
    bool same_process;
    Py_BEGIN_ALLOW_THREADS
        same_process = fj_pool_wait(r->pool, &s->job);
    Py_END_ALLOW_THREADS
    if (!same_process) {
        fj_raise_forked();
        return -1;
    }
    if (fj_output_raw(out, s->buffer, s->count * r->elements.itemsize) < 0) {
        return -1;
    }
    submit_next(r, s);
    return 0;
}

int
fj_array_gather(fj_output *out, PyArrayObject *array, PyObject *threads)
{
    ring r;
    if (PyArray_NBYTES(array) <= SMALL_NBYTES) {
        return copy_small(out, array);
    }
    int ret = open_ring(&r, array, threads);
    for (size_t i = 0; ret == 0 && i < r.n_slots; i++) {
        submit_next(&r, &r.slots[i]);
    }
    for (size_t i = 0; ret == 0 && r.slots[i].count > 0;
         i = (i + 1) % r.n_slots) {
        ret = write_slot(&r, &r.slots[i], out);
    }
    close_ring(&r);
    return ret;
}
