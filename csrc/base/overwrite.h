/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing a finished file's data into another one that cannot be replaced.
 * Plain C11, to be called without the GIL.
 */
#ifndef FJ_BASE_OVERWRITE_H
#define FJ_BASE_OVERWRITE_H

#include <stdbool.h>

/* Makes the contents of the regular file `path` those of `from`, which is open
 * for reading; with `sync` they are on the disk on return.  0 or -errno.  If
 * there is no room for them, nothing has changed; after other errors part of
 * the file may have. */
int fj_overwrite(const char *path, int from, bool sync);

#endif
