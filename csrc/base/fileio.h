/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole reads and writes on file descriptors.  Plain C11: no Python.h, may be
 * called with or without the GIL, from any thread.  Each function retries
 * after EINTR and after partial transfers; errors are returned as a negative
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

/* Reads at `offset` until `nbytes` are there or the file ends.  Returns the
 * number of bytes read, less than `nbytes` only at the end, or -errno. */
ssize_t fj_pread_full(int fd, void *dst, size_t nbytes, uint64_t offset);

/* Reads from the descriptor's own position (pipes, terminals) at least
 * `at_least` and at most `nbytes`.  Returns the number of bytes read, less
 * than `at_least` only at the end of the stream, or -errno. */
ssize_t fj_read_some(int fd, void *dst, size_t at_least, size_t nbytes);

#endif
