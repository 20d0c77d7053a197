/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Old files that wait until the data of the new ones is on the disk.
 *
 * When a new file has taken an old one's place, the old one is still needed
 * for a while: a file system gives data its blocks late, and after a power
 * failure the new file may be empty.  A thread brings the new data to the disk
 * and then removes the old file; nobody waits for it.  Where the new data
 * cannot be written, the old file stays.  The thread is there only while there
 * is something to do.
 *
 * Plain C11.  To be called without the GIL, but where something else is said.
 */
#ifndef FJ_BASE_RETIRE_H
#define FJ_BASE_RETIRE_H

#include <stdbool.h>

typedef struct fj_retirement fj_retirement;
typedef struct fj_retired fj_retired; // one old file

/* NULL: no memory. */
fj_retirement *fj_retirement_new(void);

/* After fj_retirement_finish(), in which nothing waits any more; with the GIL
 * or without.  NULL is allowed. */
void fj_retirement_free(fj_retirement *all);

/* Removes the old files that are left, at the end of the process: after a
 * tenth of a second for the disk, in which most are removed in good order.
 * From then on fj_retirement_begin() says false.  Does nothing in a child
 * process that has not called fj_retirement_after_fork(). */
void fj_retirement_finish(fj_retirement *all);

/* To be called around an exchange of files and the call that says what has
 * been exchanged: holds up the thread and other exchanges.  False, and then
 * there is no end to call: old files cannot wait now. */
bool fj_retirement_begin(fj_retirement *all);
void fj_retirement_end(fj_retirement *all);

/* The old file, which `old` leads to, lies at `path`, and is to be removed
 * when the data of `new` is on the disk.  Takes both descriptors over.  False
 * where that cannot be done: nothing has been taken then. */
bool fj_retire(fj_retirement *all, const char *path, int old, int new);

/* The old file that waits here and lies at `path`; NULL: none does. */
fj_retired *fj_retirement_find(fj_retirement *all, const char *path);

/* It is to stay until the data of `new`, which is taken over, is on the disk,
 * instead of that of the file before. */
void fj_retire_later(fj_retired *old, int new);

/* Around fork(), all three with the GIL held.  The child closes what it has
 * inherited, and leaves the files to its parent. */
void fj_retirement_before_fork(fj_retirement *all);
void fj_retirement_after_fork(fj_retirement *all, bool in_child);

#endif
