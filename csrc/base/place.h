/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Putting a finished file in place, over an old one if there is one, such that
 * at every moment one of the two is there, and complete.
 *
 * A small old file is replaced by a rename.  Before a rename ext4 writes the
 * new data to the disk, which for large files takes longer than everything
 * else; so a large old file is exchanged with the new one, and then waits
 * beside it as ".NAME.fastjoblib-old" until the new data is on the disk
 * (base/retire.h).  On its way a new file is called ".NAME.fastjoblib-new" for
 * a moment.  Files that a killed process leaves under these names are removed
 * by the next dump to the same path.
 *
 * Plain C11, to be called without the GIL.
 */
#ifndef FJ_BASE_PLACE_H
#define FJ_BASE_PLACE_H

#include <stdbool.h>

#include "base/retire.h"

typedef struct {
    int fd;           // the new file, open for writing
    const char *path; // where it belongs
    const char *temp; // its name until then; if unnamed, a name that is free
    bool unnamed;     // it has no name: made with O_TMPFILE
    bool replaces;    // there was a file at `path`
    bool synced;      // its data is on the disk
} fj_new_file;

/* 0 or -errno.  Always closes the descriptor.  After a failure, `temp` may be
 * left. */
int fj_place(const fj_new_file *file, fj_retirement *retirement);

#endif
