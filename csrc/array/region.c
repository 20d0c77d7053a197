/* SPDX-License-Identifier: BSD-3-Clause */
#include "array/region.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/platform.h"

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
    uint8_t *users;  // of each page: how many blocks in use begin or end there
};

/* Precedes each block: a page has at most 32.  In a region that gives back
 * pages, the heads of free blocks may be gone. */
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

static void
unmap(fj_region *r)
{
    fj_unmap_pages(r->start, r->nbytes);
    free(r->users);
    free(r);
}

static void
count_user(fj_region *r, size_t begin, size_t end, int change)
{
    size_t first = begin / PAGE, last = (end - 1) / PAGE;
    r->users[first] = (uint8_t)(r->users[first] + change);
    if (last != first) {
        r->users[last] = (uint8_t)(r->users[last] + change);
    }
}

/* Gives the pages of free blocks back to the system, but for those at either
 * end that blocks in use share. */
static void
give_back(fj_region *r, size_t begin, size_t end)
{
    size_t first = begin / PAGE, last = (end - 1) / PAGE;
    first += r->users[first] > 0;
    last += r->users[last] == 0;
    if (first < last) {
        fj_discard_pages(r->start + first * PAGE, (last - first) * PAGE);
    }
}

/* Gives back the free blocks now, and others as soon as they are freed.  A run
 * of free blocks goes at once: their heads are in the pages. */
static void
start_giving_back(fj_region *r)
{
    if (r->store->waiting_for == r) {
        r->store->waiting_for = NULL;
        size_t at = 0, run = 0;
        while (at < r->used) {
            const head *block = (const head *)(r->start + at);
            size_t end = at + with_head(block->nbytes);
            if (!block->free) {
                if (run < at) {
                    give_back(r, run, at);
                }
                run = end;
            }
            at = end;
        }
        if (run < at) {
            give_back(r, run, at);
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
    fj_offer_pages(r->start, r->nbytes);
}

static bool
map_region(fj_region *r, size_t nbytes)
{
    r->nbytes = round_up(nbytes, PAGE);
    r->users = calloc(r->nbytes / PAGE, 1);
    r->start = r->users == NULL ? NULL : fj_map_pages(r->nbytes, HUGE_PAGE);
    if (r->start == NULL) {
        free(r->users);
    }
    return r->start != NULL;
}

/* Of `wanted` bytes, or of `needed` where there is not that much address
 * space. */
static fj_region *
new_region(fj_region_store *store, size_t needed, size_t wanted)
{
    fj_region *r = malloc(sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    *r = (fj_region){.store = store, .gives_back = needed > FJ_REGION_NBYTES};
    if (!map_region(r, wanted) && !map_region(r, needed)) {
        free(r);
        return NULL;
    }
    return r;
}

/* Of what the load is expected to take, and at least `needed`. */
static size_t
size_of_region(const fj_heap *heap, size_t needed)
{
    size_t wanted =
        heap->expected < FJ_REGION_NBYTES ? heap->expected : FJ_REGION_NBYTES;
    wanted = round_up(wanted, HUGE_PAGE);
    return wanted < needed ? needed : wanted;
}

/* Makes a region that has room for `needed` bytes the heap's current one. */
static bool
next_region(fj_heap *heap, size_t needed)
{
    fj_region_store *store = heap->store;
    bool first = heap->current == NULL;
    size_t wanted = size_of_region(heap, needed);
    fj_region *r = store->spare;
    if (first && r != NULL && wanted <= r->nbytes) {
        store->spare = NULL;
        r->used = 0;
    }
    else {
        if (first) {
            fj_region_store_clear(store); // it is too small
        }
        r = new_region(store, needed, wanted);
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
    count_user(r, r->used, r->used + needed, 1);
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
    size_t begin = (size_t)((char *)block - r->start);
    size_t end = begin + with_head(block->nbytes);
    block->free = true;
    count_user(r, begin, end, -1);
    if (r->live > 1) {
        if (!r->gives_back && store->waiting_for != r) {
            if (store->waiting_for != NULL) {
                start_giving_back(store->waiting_for);
            }
            store->waiting_for = r;
        }
        if (r->gives_back) {
            give_back(r, begin, end);
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
