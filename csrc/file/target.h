/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file that a dump to a path writes: a new file that is put in place only
 * when it is complete (base/place.h), so that until then the old file, if any,
 * stays.
 *
 * Until then the new file has no name (Linux's O_TMPFILE), so that nothing is
 * left behind even if the process is killed.  If the file system does not
 * support that, it has a hidden name in the same directory (base/hidden.h).
 */
#ifndef FJ_FILE_TARGET_H
#define FJ_FILE_TARGET_H

#include "py/state.h"

typedef struct {
    int fd;             // -1 if nothing is open
    fj_state *state;    // borrowed
    PyObject *filename; // borrowed: as the caller gave it, for messages
    char *path;         // owned: what will be replaced, symlinks resolved
    char *temp;         // owned: the name of the new file, if it has one other
                        // than `path`
    bool unnamed;       // it has no name yet
    bool replaces;      // there is an old file
    int64_t pid;        // of the process that opened it and may commit it
} fj_target;

/* Opens for writing.  `named`: the new file must have a name at once, by which
 * others open it.  Writes in place if `atomic` is false, if the path is
 * something that cannot be replaced (a FIFO, a device), or if no file can be
 * made in its directory.  0, or -1 with OSError. */
int fj_target_open(fj_target *target, fj_state *state, PyObject *filename,
                   bool atomic, bool named);

/* The name of the file that is being written, or NULL if it has none yet. */
const char *fj_target_path(const fj_target *target);

/* Closes the file and puts it in place; with `fsync`, file and directory are
 * on the disk on return.  0, or -1 with OSError: then the old file is as it
 * was, unless it was written in place or it is the directory that could not be
 * brought to the disk.  RuntimeError in a child process. */
int fj_target_commit(fj_target *target, bool fsync);

/* Closes what is open, removes a temporary file (but not in a forked child,
 * since the parent goes on writing it), and frees the rest.  Keeps an
 * exception that is set.  To be called after a commit too. */
void fj_target_clear(fj_target *target);

#endif
