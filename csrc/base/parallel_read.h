/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading a large range of a file by several threads.
 *
 * When the file is in the page cache, the time goes into clearing the pages of
 * the destination and into copying, and both scale with the number of cores.
 * When it is not, several requests keep the disk busy.
 *
 * A thread that is done with a chunk of FJ_READ_CHUNK bytes takes the next
 * one.  Chunks end where huge pages do: two threads that touch the same page
 * for the first time would both clear one.  Larger chunks are not read faster,
 * and an interrupt waits for the current chunk: 20 ms with a disk of 100
 * MB/s.  (benchmarks/bench_arrays.py)
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

/* For smaller reads, waking another thread costs a good part of what it
 * saves. */
#define FJ_READ_PARALLEL ((size_t)2 << 20)

/* Called on the calling thread after each of its chunks, with roughly the
 * number of bytes that all threads have read so far.  Returns false to
 * stop. */
typedef struct {
    bool (*go_on)(void *arg, size_t nbytes);
    void *arg;
} fj_read_watch;

/* Reads at `offset` until `nbytes` are there or the file ends.  Returns the
 * number of bytes read, less than `nbytes` only at the end; -errno; or
 * -ECANCELED if `watch` said to stop.  `pool`: an idle pool of at most
 * `n_threads` threads that takes as many jobs, or NULL to read on the calling
 * thread alone. */
int64_t fj_pread_parallel(fj_pool *pool, unsigned n_threads, int fd, char *dst,
                          size_t nbytes, uint64_t offset,
                          const fj_read_watch *watch);

#endif
