/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/memory.h"

#include <sys/mman.h>

#include "base/bytes.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE ((size_t)4096)

/* Address space that is taken at a time; memory only as data arrives. */
#define REGION_NBYTES ((size_t)32 << 20)

/* Smaller arrays share pages with other objects of malloc's. */
#define LEAST_NBYTES ((size_t)64 << 10)

/* A load of less could waste a good part of its only huge page. */
#define WORTHWHILE_NBYTES ((uint64_t)4 << 20)

/* NumPy copies and sums fastest from a cache line's start. */
#define ALIGNMENT 64

typedef struct {
    size_t nbytes; // of the mapping, this head included
    size_t used;
    size_t live; // blocks, and the heap while it takes blocks from here
} region;

/* What stands in front of each block. */
typedef union {
    struct {
        region *home;
        size_t nbytes;
    };
    char padding[ALIGNMENT];
} head;

/* The context of a handler, which calls with the GIL held. */
typedef struct {
    PyDataMem_Handler handler;
    region *current; // NULL: none
} heap;

static size_t
round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* Maps whole pages from a multiple of HUGE_PAGE on. */
static void *
map_aligned(size_t nbytes)
{
    size_t with_slack = nbytes + HUGE_PAGE;
    char *start = mmap(NULL, with_slack, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    char *aligned = (char *)round_up((uintptr_t)start, HUGE_PAGE);
    char *end = aligned + nbytes;
    if (aligned > start) {
        munmap(start, (size_t)(aligned - start));
    }
    if (start + with_slack > end) {
        munmap(end, (size_t)(start + with_slack - end));
    }
    madvise(aligned, nbytes, MADV_HUGEPAGE); // without, it is only slower
    return aligned;
}

static void
release(region *r)
{
    r->live--;
    if (r->live == 0) {
        munmap(r, r->nbytes);
    }
}

/* A region that has room for `needed` bytes beside its head. */
static region *
new_region(size_t needed)
{
    size_t nbytes = round_up(ALIGNMENT + needed, PAGE);
    if (nbytes < REGION_NBYTES) {
        nbytes = REGION_NBYTES;
    }
    region *r = map_aligned(nbytes);
    if (r != NULL) {
        *r = (region){.nbytes = nbytes, .used = ALIGNMENT, .live = 1};
    }
    return r;
}

static void *
take(heap *h, size_t nbytes)
{
    if (nbytes > SIZE_MAX / 2) {
        return NULL;
    }
    size_t needed = sizeof(head) + round_up(nbytes, ALIGNMENT);
    if (h->current == NULL || h->current->nbytes - h->current->used < needed) {
        region *r = new_region(needed);
        if (r == NULL) {
            return NULL;
        }
        if (h->current != NULL) {
            release(h->current);
        }
        h->current = r;
    }
    region *r = h->current;
    head *block = (head *)((char *)r + r->used);
    r->used += needed;
    r->live++;
    block->home = r;
    block->nbytes = nbytes;
    return block + 1;
}

static void *
heap_malloc(void *ctx, size_t nbytes)
{
    return take(ctx, nbytes);
}

static void *
heap_calloc(void *ctx, size_t n, size_t size)
{
    size_t nbytes;
    /* Fresh from the system, and no block is given out twice. */
    return fj_size_mul(n, size, &nbytes) ? take(ctx, nbytes) : NULL;
}

static void
heap_free(void *Py_UNUSED(ctx), void *data, size_t Py_UNUSED(nbytes))
{
    if (data == NULL) {
        return;
    }
    head *block = (head *)data - 1;
    region *r = block->home;
    if (r->live > 1) {
        uintptr_t first = round_up((uintptr_t)block, PAGE);
        uintptr_t last = ((uintptr_t)data + block->nbytes) / PAGE * PAGE;
        if (first < last) {
            madvise((void *)first, last - first, MADV_DONTNEED);
        }
    }
    release(r);
}

static void *
heap_realloc(void *ctx, void *data, size_t nbytes)
{
    void *moved = take(ctx, nbytes);
    if (moved != NULL && data != NULL) {
        size_t old = ((head *)data - 1)->nbytes;
        memcpy(moved, data, old < nbytes ? old : nbytes);
        heap_free(ctx, data, old);
    }
    return moved;
}

static void
destroy(PyObject *capsule)
{
    heap *h = PyCapsule_GetPointer(capsule, "mem_handler");
    if (h->current != NULL) {
        release(h->current);
    }
    PyMem_Free(h);
}

static PyObject *
new_handler(void)
{
    heap *h = PyMem_Malloc(sizeof *h);
    if (h == NULL) {
        return PyErr_NoMemory();
    }
    *h = (heap){
        .handler = {.name = "fastjoblib",
                    .version = 1,
                    .allocator = {.ctx = h,
                                  .malloc = heap_malloc,
                                  .calloc = heap_calloc,
                                  .realloc = heap_realloc,
                                  .free = heap_free}},
    };
    PyObject *capsule = PyCapsule_New(h, "mem_handler", destroy);
    if (capsule == NULL) {
        PyMem_Free(h);
    }
    return capsule;
}

/* 1 with the handler there, 0 where NumPy's own is as good or the caller has
 * chosen another, -1 with an exception set. */
static int
prepare(fj_array_memory *memory, size_t nbytes, int64_t expected)
{
    if (nbytes < LEAST_NBYTES) {
        return 0;
    }
    memory->nbytes += nbytes;
    if (memory->handler != NULL) {
        return 1;
    }
    if (memory->nbytes < WORTHWHILE_NBYTES &&
        expected < (int64_t)WORTHWHILE_NBYTES) {
        return 0;
    }
    PyObject *present = PyDataMem_GetHandler();
    Py_XDECREF(present);
    if (present != PyDataMem_DefaultHandler) {
        return present == NULL ? -1 : 0;
    }
    memory->handler = new_handler();
    return memory->handler == NULL ? -1 : 1;
}

PyObject *
fj_array_memory_new_array(fj_array_memory *memory, PyArray_Descr *descr_steal,
                          int ndim, npy_intp *dims, bool fortran,
                          size_t nbytes, int64_t expected)
{
    int own = prepare(memory, nbytes, expected);
    PyObject *before = own > 0 ? PyDataMem_SetHandler(memory->handler) : NULL;
    if (own < 0 || (own > 0 && before == NULL)) {
        Py_DECREF(descr_steal);
        return NULL;
    }
    PyObject *array =
        PyArray_NewFromDescr(&PyArray_Type, descr_steal, ndim, dims, NULL,
                             NULL, fortran ? NPY_ARRAY_F_CONTIGUOUS : 0, NULL);
    if (before != NULL) {
        PyObject *ours = PyDataMem_SetHandler(before);
        Py_DECREF(before);
        if (ours == NULL) {
            Py_CLEAR(array);
        }
        Py_XDECREF(ours);
    }
    return array;
}

void
fj_array_memory_clear(fj_array_memory *memory)
{
    Py_CLEAR(memory->handler);
}
