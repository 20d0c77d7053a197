/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Starting to write a file to the disk while it is still being written.
 *
 * ext4 gives data its blocks when it goes to the disk.  A file that is renamed
 * over another must have them, so that after a crash there is the one or the
 * other and never an empty one: the rename gives them, which for 1 GiB takes
 * as long as writing it to the page cache.  A thread that does so for the
 * beginning while the end is being written halves the time of the whole.
 *
 * Plain C11.
 */
#ifndef FJ_BASE_FLUSH_BEHIND_H
#define FJ_BASE_FLUSH_BEHIND_H

#include <stdint.h>

typedef struct fj_flusher fj_flusher;

/* For a regular file whose descriptor stays open until fj_flusher_stop().
 * NULL: it would not help here, or there is no thread to be had. */
fj_flusher *fj_flusher_start(int fd);

/* All before `position` has been written.  NULL is allowed. */
void fj_flusher_advance(fj_flusher *flusher, uint64_t position);

/* Ends the thread, without what it has not begun.  NULL is allowed. */
void fj_flusher_stop(fj_flusher *flusher);

#endif
