/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file that a dump to a path writes: a temporary one beside it that takes
 * its place at the end, so that the old file is whole until the new one is.
 */
#ifndef FJ_FILE_TARGET_H
#define FJ_FILE_TARGET_H

#include "state.h"

typedef struct {
    int fd;             // -1: nothing is open
    PyObject *filename; // borrowed: as the caller gave it, for messages
    char *path;         // owned: what will be replaced, symlinks resolved
    char *temp;         // owned: what is being written; NULL: `path` itself
} fj_target;

/* Opens for writing.  Written in place are what cannot be replaced (FIFOs,
 * devices), files in a directory in which none can be made, and everything
 * where `atomic` is false.  0, or -1 with OSError. */
int fj_target_open(fj_target *target, PyObject *filename, bool atomic);

/* Closes the file and puts it in place; with `fsync` it and its directory
 * are on the disk first. */
int fj_target_commit(fj_target *target, bool fsync);

/* Closes what is open, removes what is temporary, frees the rest.  Keeps a
 * set exception.  To be called after commit too. */
void fj_target_clear(fj_target *target);

#endif
