/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Faulting memory in before several threads write to it.
 *
 * If two threads touch a huge page for the first time at the same time, both
 * allocate and clear a page, and one of these is thrown away.  With each
 * thread writing the megabyte after another's, this happens for every page.
 */
#ifndef FJ_BASE_POPULATE_H
#define FJ_BASE_POPULATE_H

#include <stddef.h>

/* Backs the memory with pages, if the system can (Linux 5.14).  Does not
 * change its contents. */
void fj_populate(void *start, size_t nbytes);

#endif
