/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole reads and writes on file descriptors.  Plain C11: no Python.h;
 * callable from any thread, with or without the GIL.  Functions try again after
 * EINTR and after partial transfers.  Errors are returned as negative errno
 * values, because errno itself may change when the GIL changes hands.
 */
#ifndef FJ_BASE_FILEIO_H
#define FJ_BASE_FILEIO_H

#include "base/platform.h"

/* Writes all `nbytes`.  Returns 0, or -errno (then an unknown part has been
 * written). */
int fj_write_full(int fd, const void *data, size_t nbytes);

/* The same at `offset`. */
int fj_pwrite_full(int fd, const void *data, size_t nbytes, uint64_t offset);

/* Reads at `offset` until `nbytes` are there or the file ends.  Returns the
 * number of bytes read, less than `nbytes` only at the end, or -errno. */
ssize_t fj_pread_full(int fd, void *dst, size_t nbytes, uint64_t offset);

/* Closes, on a new thread, the last reference to an unlinked file.  Freeing
 * its blocks takes ext4 as long as writing a small file, and up to a second
 * for 1 GiB on a disk with discard. */
void fj_close_later(int fd);

#endif
