/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Putting a file that has been written where it belongs, over an old one if
 * there is one, so that at every moment one of the two is there, and whole.
 *
 * An old file that is small is replaced by a rename.  ext4 has the new data
 * go to the disk before that, which for a large one takes longer than all the
 * rest; so that one is exchanged with the old one, which then waits under the
 * name ".NAME.fastjoblib-old" beside it until the new data is on the disk
 * (base/retire.h).  On the way to its place a new file has the name
 * ".NAME.fastjoblib-new" for a moment.  What a process that is killed leaves
 * under these names is removed by whoever next puts a file at the same path.
 *
 * Plain C11, to be called without the GIL.
 */
#ifndef FJ_BASE_PLACE_H
#define FJ_BASE_PLACE_H

#include <stdbool.h>

#include "base/retire.h"

typedef struct {
    int fd;           // of the new file, open for writing
    const char *path; // where it belongs
    const char *temp; // its name until then; a name that nobody else uses,
                      // where it has none yet
    bool unnamed;     // it has none: made with O_TMPFILE
    bool replaces;    // there was a file at `path`
    bool synced;      // its data is on the disk
} fj_new_file;

/* 0 or -errno.  Closes the descriptor in any case; where it fails, `temp` may
 * be there. */
int fj_place(const fj_new_file *file, fj_retirement *retirement);

#endif
