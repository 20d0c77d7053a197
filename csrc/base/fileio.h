/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole reads and writes on file descriptors.  Plain C11: no Python.h, may be
 * called with or without the GIL, from any thread.  Functions retry after
 * EINTR and after partial transfers, where nothing else is said; errors are returned as a negative
 * errno value so that no thread-local state has to survive a GIL switch.
 */
#ifndef FJ_BASE_FILEIO_H
#define FJ_BASE_FILEIO_H

#include <stdint.h>
#include <sys/types.h> // ssize_t

/* Writes all `nbytes`.  Returns 0, or -errno (then an unknown part has been
 * written). */
int fj_write_full(int fd, const void *data, size_t nbytes);

/* The same at `offset`. */
int fj_pwrite_full(int fd, const void *data, size_t nbytes, uint64_t offset);

/* Takes room for `nbytes` at the descriptor's position, where that makes
 * writing them faster: on ext4, which then need not count blocks page by page
 * (1 GiB in 0.18 s, else 0.29).  The file does not become longer by it.
 *
 * Before a file is renamed over another, ext4 does fj_start_writing_out() by
 * itself, but not for blocks that were taken so. */
void fj_preallocate(int fd, size_t nbytes);

/* Has what was written to a file go to the disk, and does not wait for it. */
void fj_start_writing_out(int fd);

/* Closes on a thread of its own the last reference to a file that has no name
 * any more.  Giving blocks back to ext4 takes as long as writing a small file,
 * and for 1 GiB, on a disk with discard, up to a second. */
void fj_close_later(int fd);

/* Reads at `offset` until `nbytes` are there or the file ends.  Returns the
 * number of bytes read, less than `nbytes` only at the end, or -errno. */
ssize_t fj_pread_full(int fd, void *dst, size_t nbytes, uint64_t offset);

/* What may wait for the other side (pipes, terminals): one system call, at the
 * descriptor's own position.  Returns the number of bytes, of a read 0 at the
 * end, or -errno, which may be -EINTR: then signals should be looked for. */
ssize_t fj_read_once(int fd, void *dst, size_t nbytes);
ssize_t fj_write_once(int fd, const void *data, size_t nbytes);

#endif
