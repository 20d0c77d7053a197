/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading a large range of a file by several threads.
 *
 * What takes the time when the file is in the page cache is not the disk: the
 * kernel clears the pages of the destination, and copies.  Both go on as many
 * cores as there are.  When it is not, several requests keep the disk busy.
 *
 * The threads take the next chunk of FJ_READ_CHUNK whenever they are done with
 * one.  Chunks end where huge pages do: two threads that touch the same page
 * for the first time would both clear one.  Larger chunks are not read any
 * faster, and the longest that one takes is how long an interrupt waits: from
 * a disk of 100 MB/s 20 ms.  (benchmarks/bench_arrays.py)
 *
 * Plain C11, to be called without the GIL.
 */
#ifndef FJ_BASE_PARALLEL_READ_H
#define FJ_BASE_PARALLEL_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

#define FJ_READ_CHUNK ((size_t)2 << 20)

/* Below, waking another thread takes a good part of what it saves. */
#define FJ_READ_PARALLEL ((size_t)2 << 20)

/* Asked by the calling thread after each of its chunks, with how many bytes
 * all have read by then, about; false: stop. */
typedef struct {
    bool (*go_on)(void *arg, size_t nbytes);
    void *arg;
} fj_read_watch;

/* Reads at `offset` until `nbytes` are there or the file ends.  Returns the
 * number of bytes from the beginning, less than `nbytes` only at the end;
 * -errno; or -ECANCELED where it was told to stop.  `pool`: of at most
 * `n_threads`, for that many jobs, none of which is queued; NULL: the calling
 * thread alone. */
int64_t fj_pread_parallel(fj_pool *pool, unsigned n_threads, int fd, char *dst,
                          size_t nbytes, uint64_t offset,
                          const fj_read_watch *watch);

#endif
