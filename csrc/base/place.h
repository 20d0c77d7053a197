/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Putting a finished file in place, over an old one if there is one, such that
 * at every moment one of the two is there, and complete.
 *
 * A small old file is replaced by a rename.  Before a rename ext4 writes the
 * new data to the disk, which for large files takes longer than everything
 * else; so a large old file is exchanged with the new one, and then waits
 * beside it under a hidden name until the new data is on the disk
 * (base/retire.h).  On its way a new file has a hidden name for a moment.
 *
 * Files that a killed process left under these names are removed, an old one
 * only when the new data is on the disk: after a power failure it may be the
 * only whole one.
 *
 * A file that has other names (hard links), which would keep the old data, or
 * that cannot be replaced but written (it is mounted, or another user's in a
 * directory like /tmp) is overwritten with the finished data.
 *
 * Plain C11, to be called without the GIL.
 */
#ifndef FJ_BASE_PLACE_H
#define FJ_BASE_PLACE_H

#include <stdbool.h>

#include "base/retire.h"

typedef struct {
    int fd;           // the new file, open for reading and writing
    const char *path; // where it belongs
    const char *temp; // its name until then; if unnamed, a name that is free
    bool unnamed;     // it has no name: made by fj_create_unnamed()
    bool replaces;    // there was a file at `path`
    bool synced;      // its data is on the disk, and is to be at `path`
} fj_new_file;

/* 0 or -errno.  Always closes the descriptor; nothing is left under a hidden
 * name but an old file that waits.  Before the old file is replaced, all is
 * known of the new one's data that close() would report. */
int fj_place(const fj_new_file *file, fj_retirement *retirement);

#endif
