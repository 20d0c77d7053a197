/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to memory.c: regions of memory in huge pages, from which blocks are
 * allocated one after the other, and which are kept for the next load.
 *
 * New memory from the system costs more than reading data into it, since the
 * kernel clears each page.  A load that follows the deletion of an earlier one
 * should not pay that again, just as malloc keeps up to 64 MiB.  So:
 *
 * - A region without blocks in use becomes the store's spare, if there is
 *   none, and the next load begins with it.  Until then the system may take
 *   its pages when memory is short (MADV_FREE).
 * - A freed block is usually one of many that are freed together, so its pages
 *   are kept, since the whole region may become free.  This is done for one
 *   region at a time (`waiting_for`).
 * - The regions of a load that needs more than one give back the pages of each
 *   block as soon as it is freed.
 *
 * So at most one spare and the free blocks of one region are kept: twice
 * FJ_REGION_NBYTES.
 *
 * To be called with the GIL held.
 */
#ifndef FJ_ARRAY_REGION_H
#define FJ_ARRAY_REGION_H

#include <stdbool.h>
#include <stddef.h>

/* The most address space of a region, unless a single block is larger; it
 * takes memory only as data arrives.  As much as glibc's malloc keeps of free
 * memory (twice its largest threshold). */
#define FJ_REGION_NBYTES ((size_t)64 << 20)

typedef struct fj_region fj_region;

/* All zero at the start. */
typedef struct {
    fj_region *spare;       // without blocks in use; may be NULL
    fj_region *waiting_for; // keeps the pages of its free blocks; may be NULL
} fj_region_store;

/* The regions of one load. */
typedef struct {
    fj_region_store *store;
    size_t expected;    // how much will be asked for, at most; a hint
    fj_region *current; // NULL at the start
} fj_heap;

/* Allocates uninitialised memory that begins at a cache line, or returns
 * NULL. */
void *fj_heap_alloc(fj_heap *heap, size_t nbytes);

/* Ends the heap; its blocks stay until they are freed. */
void fj_heap_close(fj_heap *heap);

/* For a block of any heap: fj_heap_nbytes() is the size that was asked for. */
void fj_heap_free(void *data);
size_t fj_heap_nbytes(const void *data);

/* When all heaps have been closed and all blocks are free. */
void fj_region_store_clear(fj_region_store *store);

#endif
