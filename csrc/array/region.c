/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE // MAP_ANONYMOUS, madvise()

#include "array/region.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE ((size_t)4096)

/* NumPy copies and sums fastest if data begins at a cache line. */
#define ALIGNMENT 64

struct fj_region {
    char *start;
    size_t nbytes;
    size_t used;
    size_t live; // blocks in use, and 1 for a heap whose current region it is
    fj_region_store *store;
    bool gives_back; // the pages of a block as soon as it is freed
};

/* Precedes each block.  In a region that gives back pages, the heads of free
 * blocks may be gone. */
typedef union {
    struct {
        fj_region *home;
        size_t nbytes;
        bool free;
    };
    char padding[ALIGNMENT];
} head;

static size_t
round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static size_t
with_head(size_t nbytes)
{
    return sizeof(head) + round_up(nbytes, ALIGNMENT);
}

/* Maps whole pages, beginning at a multiple of HUGE_PAGE. */
static char *
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
    madvise(aligned, nbytes, MADV_HUGEPAGE); // if it fails, access is only
                                             // slower
    return aligned;
}

static void
unmap(fj_region *r)
{
    munmap(r->start, r->nbytes);
    free(r);
}

/* Gives its pages back to the system, but for those shared with neighbours. */
static void
give_back_block(const head *block)
{
    uintptr_t first = round_up((uintptr_t)block, PAGE);
    uintptr_t last = ((uintptr_t)(block + 1) + block->nbytes) / PAGE * PAGE;
    if (first < last) {
        madvise((void *)first, last - first, MADV_DONTNEED);
    }
}

/* Gives back the free blocks now, and others as soon as they are freed. */
static void
start_giving_back(fj_region *r)
{
    if (r->store->waiting_for == r) {
        r->store->waiting_for = NULL;
        for (size_t at = 0, nbytes; at < r->used; at += nbytes) {
            head *block = (head *)(r->start + at);
            nbytes = with_head(block->nbytes);
            if (block->free) {
                give_back_block(block);
            }
        }
    }
    r->gives_back = true;
}

static void
release(fj_region *r)
{
    r->live--;
    if (r->live > 0) {
        return;
    }
    fj_region_store *store = r->store;
    if (store->waiting_for == r) {
        store->waiting_for = NULL;
    }
    if (r->gives_back || store->spare != NULL) {
        unmap(r);
        return;
    }
    store->spare = r;
    madvise(r->start, r->nbytes, MADV_FREE); // if it fails, the pages only
                                             // stay
}

static fj_region *
new_region(fj_region_store *store, size_t needed)
{
    fj_region *r = malloc(sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    *r = (fj_region){.nbytes = FJ_REGION_NBYTES, .store = store};
    if (needed <= r->nbytes) {
        r->start = map_aligned(r->nbytes);
    }
    if (r->start == NULL) { // larger than a region, or not that much address
                            // space
        r->nbytes = round_up(needed, PAGE);
        r->gives_back = true;
        r->start = map_aligned(r->nbytes);
    }
    if (r->start == NULL) {
        free(r);
        return NULL;
    }
    return r;
}

/* Makes a region that has room for `needed` bytes the heap's current one. */
static bool
next_region(fj_heap *heap, size_t needed)
{
    fj_region_store *store = heap->store;
    bool first = heap->current == NULL;
    fj_region *r;
    if (first && store->spare != NULL && needed <= store->spare->nbytes) {
        r = store->spare;
        store->spare = NULL;
        r->used = 0;
    }
    else {
        r = new_region(store, needed);
        if (r == NULL) {
            return false;
        }
    }
    if (!first) {
        start_giving_back(heap->current);
        release(heap->current);
        r->gives_back = true;
    }
    r->live = 1;
    heap->current = r;
    return true;
}

void *
fj_heap_alloc(fj_heap *heap, size_t nbytes)
{
    if (nbytes > SIZE_MAX / 2) {
        return NULL;
    }
    size_t needed = with_head(nbytes);
    fj_region *r = heap->current;
    if (r == NULL || r->nbytes - r->used < needed) {
        if (!next_region(heap, needed)) {
            return NULL;
        }
        r = heap->current;
    }
    head *block = (head *)(r->start + r->used);
    r->used += needed;
    r->live++;
    block->home = r;
    block->nbytes = nbytes;
    block->free = false;
    return block + 1;
}

void
fj_heap_close(fj_heap *heap)
{
    if (heap->current != NULL) {
        release(heap->current);
        heap->current = NULL;
    }
}

void
fj_heap_free(void *data)
{
    head *block = (head *)data - 1;
    fj_region *r = block->home;
    fj_region_store *store = r->store;
    block->free = true;
    if (r->live > 1) {
        if (!r->gives_back && store->waiting_for != r) {
            if (store->waiting_for != NULL) {
                start_giving_back(store->waiting_for);
            }
            store->waiting_for = r;
        }
        if (r->gives_back) {
            give_back_block(block);
        }
    }
    release(r);
}

size_t
fj_heap_nbytes(const void *data)
{
    return ((const head *)data - 1)->nbytes;
}

void
fj_region_store_clear(fj_region_store *store)
{
    if (store->spare != NULL) {
        unmap(store->spare);
        store->spare = NULL;
    }
}
