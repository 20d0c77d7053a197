/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole reads and writes on file descriptors.  Plain C11: no Python.h;
 * callable from any thread, with or without the GIL.  Unless stated otherwise,
 * functions retry after EINTR and after partial transfers.  Errors are
 * returned as negative errno values, because errno itself may change when the
 * GIL changes hands.
 */
#ifndef FJ_BASE_FILEIO_H
#define FJ_BASE_FILEIO_H

#include <stdint.h>
#include <sys/types.h> // ssize_t

/* open(): a descriptor or -errno.  Not for what may wait, like a FIFO. */
int fj_open(const char *path, int flags, mode_t mode);

/* fsync(): 0 or -errno.  After an error nobody knows what is on the disk, and
 * a second call may claim success. */
int fj_sync(int fd);

/* Learns what close() would report, while the file stays open: network file
 * systems send data then, and only then say that it could not be written.  0
 * or -errno. */
int fj_settle(int fd);

/* Writes all `nbytes`.  Returns 0, or -errno (then an unknown part has been
 * written). */
int fj_write_full(int fd, const void *data, size_t nbytes);

/* The same at `offset`. */
int fj_pwrite_full(int fd, const void *data, size_t nbytes, uint64_t offset);

/* Allocates disk blocks for `nbytes` at the descriptor's position on file
 * systems where that makes writing faster: ext4 then need not reserve blocks
 * page by page (1 GiB takes 0.18 s instead of 0.29).  Does not change the
 * file's size.
 *
 * When a file is renamed over another, ext4 starts writing out its data by
 * itself, but not data in blocks that were allocated like this: call
 * fj_start_writing_out() then. */
void fj_preallocate(int fd, size_t nbytes);

/* Starts writing a file's data out to the disk, without waiting for it. */
void fj_start_writing_out(int fd);

/* Closes, on a new thread, the last reference to an unlinked file.  Freeing
 * its blocks takes ext4 as long as writing a small file, and up to a second
 * for 1 GiB on a disk with discard. */
void fj_close_later(int fd);

/* Reads at `offset` until `nbytes` are there or the file ends.  Returns the
 * number of bytes read, less than `nbytes` only at the end, or -errno. */
ssize_t fj_pread_full(int fd, void *dst, size_t nbytes, uint64_t offset);

/* For descriptors that may block (pipes, terminals): one system call, at the
 * descriptor's own position.  Returns the number of bytes (a read: 0 at the
 * end) or -errno.  After -EINTR the caller should check for signals. */
ssize_t fj_read_once(int fd, void *dst, size_t nbytes);
ssize_t fj_write_once(int fd, const void *data, size_t nbytes);

#endif
