/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file that a dump to a path writes: one that takes its place only when it
 * is whole (base/place.h), so that until then the old file is, or no file is
 * there.
 *
 * The new one has no name until then (Linux's O_TMPFILE), and nothing is left
 * behind even if the process is killed.  Where the file system has no such
 * files, it is a temporary one in the same directory.
 */
#ifndef FJ_FILE_TARGET_H
#define FJ_FILE_TARGET_H

#include "py/state.h"

typedef struct {
    int fd;             // -1: nothing is open
    fj_state *state;    // borrowed
    PyObject *filename; // borrowed: as the caller gave it, for messages
    char *path;         // owned: what will be replaced, symlinks resolved
    char *temp;         // owned: what is being written, where it has a name
                        // other than `path`
    bool unnamed;       // it has no name yet
    bool replaces;      // there is an old file
    pid_t pid;          // of the process that opened it, whose it is
} fj_target;

/* Opens for writing; `named` where the new file must have a name at once, for
 * those who open it by that.  Written in place are what cannot be replaced
 * (FIFOs, devices), files in a directory in which none can be made, and
 * everything where `atomic` is false.  0, or -1 with OSError. */
int fj_target_open(fj_target *target, fj_state *state, PyObject *filename,
                   bool atomic, bool named);

/* The name of what is written, or NULL while it has none. */
const char *fj_target_path(const fj_target *target);

/* Closes the file and puts it in place; with `fsync` it and its directory
 * are on the disk first.  RuntimeError in a child process. */
int fj_target_commit(fj_target *target, bool fsync);

/* Closes what is open, removes what is temporary (but not in a child process:
 * the parent goes on with it), frees the rest.  Keeps a
 * set exception.  To be called after commit too. */
void fj_target_clear(fj_target *target);

#endif
