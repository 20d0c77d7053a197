/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Backing memory before several threads write to it.
 *
 * Two threads that touch a huge page for the first time at the same time both
 * take a page and clear it, and one of them gives it back.  Where each writes
 * the megabyte behind the other's, that is every page.
 */
#ifndef FJ_BASE_POPULATE_H
#define FJ_BASE_POPULATE_H

#include <stddef.h>

/* Makes sure that the memory is there, where the system can do that (Linux
 * 5.14); changes nothing in it. */
void fj_populate(void *start, size_t nbytes);

#endif
