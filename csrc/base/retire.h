/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Old files that wait until the data of the new ones is on the disk.
 *
 * When a new file has taken an old one's place, the old one is still needed
 * for a while: a file system gives data its blocks late, and after a power
 * failure the new file may be empty.  A thread in the background writes the
 * new data to the disk and then removes the old file.  If the new data cannot
 * be written, the old file stays, under a name that says so (base/hidden.h).
 * The thread runs only while there is something to do.
 *
 * Plain C11.  To be called without the GIL, unless stated otherwise.
 */
#ifndef FJ_BASE_RETIRE_H
#define FJ_BASE_RETIRE_H

#include <stdbool.h>

typedef struct fj_retirement fj_retirement;
typedef struct fj_retired fj_retired; // one old file

/* NULL: no memory. */
fj_retirement *fj_retirement_new(void);

/* To be called after fj_retirement_finish(), with or without the GIL.  NULL is
 * allowed. */
void fj_retirement_free(fj_retirement *all);

/* Removes the old files that are left at the end of the process.  First
 * waits up to a tenth of a second for the disk, within which most are
 * removed in the regular way.  From then on fj_retirement_begin() returns
 * false.  Does nothing in a child process that has not called
 * fj_retirement_after_fork(). */
void fj_retirement_finish(fj_retirement *all);

/* A critical section for an exchange of files and for recording it, which
 * excludes the thread and other exchanges.  False if old files cannot wait
 * now; then fj_retirement_end() must not be called. */
bool fj_retirement_begin(fj_retirement *all);
void fj_retirement_end(fj_retirement *all);

/* Records that the file (descriptor `old`) that was at `path` is now at the
 * hidden name for old files, and is to be removed when the data of `new` is on
 * the disk.  Takes over both descriptors; takes neither if it returns false. */
bool fj_retire(fj_retirement *all, const char *path, int old, int new);

/* The waiting old file whose hidden name is `path`, or NULL. */
fj_retired *fj_retirement_find(fj_retirement *all, const char *path);

/* Makes the old file wait for the data of `new` instead.  Takes over `new`. */
void fj_retire_later(fj_retired *old, int new);

/* Around fork(), all three with the GIL held.  The child closes the inherited
 * descriptors, leaves the files to its parent, and replaces others without
 * having them wait. */
void fj_retirement_before_fork(fj_retirement *all);
void fj_retirement_after_fork(fj_retirement *all, bool in_child);

#endif
