/* SPDX-License-Identifier: BSD-3-Clause
 *
 * memcpy for what may be gigabytes: large data is copied without the GIL, and
 * Ctrl-C ends it.
 */
#ifndef FJ_PICKLE_BULK_COPY_H
#define FJ_PICKLE_BULK_COPY_H

#include "py/compat.h"

/* No other thread may change `src` or use `dst` meanwhile.  0, or -1 with an
 * exception set. */
int fj_bulk_copy(char *dst, const char *src, size_t nbytes);

#endif
