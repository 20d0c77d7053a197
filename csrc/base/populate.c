/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "base/populate.h"

#include <stdint.h>
#include <sys/mman.h>

#if defined(__linux__) && !defined(MADV_POPULATE_WRITE)
#define MADV_POPULATE_WRITE 23 // older headers
#endif

void
fj_populate(void *start, size_t nbytes)
{
#ifdef MADV_POPULATE_WRITE
    enum {
        PAGE = 4096
    }; // with larger pages the call fails, and memory comes
        // page by page
    uintptr_t first = (uintptr_t)start / PAGE * PAGE;
    uintptr_t end = ((uintptr_t)start + nbytes) / PAGE * PAGE;
    if (first < end) {
        (void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
    }
#else
    (void)start;
    (void)nbytes;
#endif
}
