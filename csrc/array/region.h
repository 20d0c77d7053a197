/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to memory.c: regions of memory in huge pages, from which blocks are
 * taken one after the other; and which of it is kept when it is free.
 *
 * Memory that comes from the system costs more than what is read into it: the
 * kernel clears each page.  Who loads a model again after it was deleted should
 * not pay that again, as malloc's users do not up to 64 MiB.  So:
 *
 * - A region in which nothing lives becomes the store's spare, if that has
 *   none, and the next load begins with it.  Until then the system may take
 *   its pages when it runs short (MADV_FREE).
 * - A block that is freed usually is one of many: its pages stay, in the hope
 *   that the rest follows.  One region at a time is waited for like this.
 * - A load for which one region is not enough gives all back at once.
 *
 * What is kept is thus at most one spare, and the free blocks of one region:
 * twice FJ_REGION_NBYTES.
 *
 * To be called with the GIL held.
 */
#ifndef FJ_ARRAY_REGION_H
#define FJ_ARRAY_REGION_H

#include <stdbool.h>
#include <stddef.h>

/* Address space that is taken at a time; memory only as data arrives.  As much
 * as glibc's malloc keeps when it is free (twice its largest threshold). */
#define FJ_REGION_NBYTES ((size_t)64 << 20)

typedef struct fj_region fj_region;

/* All zero at the start. */
typedef struct {
    fj_region *spare;       // nothing lives in it; NULL: none
    fj_region *waiting_for; // the one whose free blocks are still there
} fj_region_store;

/* The regions of one load.  `current` is NULL at the start. */
typedef struct {
    fj_region_store *store;
    fj_region *current;
} fj_heap;

/* Memory of any content that begins at a cache line; NULL: there is none. */
void *fj_heap_alloc(fj_heap *heap, size_t nbytes);

/* Gives up the heap; what was taken from it stays. */
void fj_heap_close(fj_heap *heap);

/* Of a block from any heap. */
void fj_heap_free(void *data);
size_t fj_heap_nbytes(const void *data);

/* When all heaps have been closed and all blocks are free. */
void fj_region_store_clear(fj_region_store *store);

#endif
