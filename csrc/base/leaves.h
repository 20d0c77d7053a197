/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The leaves of a tree hash, of memory or of a file, on several threads: each
 * takes the next few leaves until none is left.
 */
#ifndef FJ_BASE_LEAVES_H
#define FJ_BASE_LEAVES_H

#include <stdatomic.h>

#include "base/pool.h"
#include "base/tree_hash.h"

/* So many are hashed at once. */
enum {
    FJ_LEAVES_AT_ONCE = FJ_SHA256_LANES,
    FJ_LEAVES_NBYTES = FJ_LEAVES_AT_ONCE * FJ_LEAF_NBYTES,
};

typedef struct {
    const uint8_t *data; // NULL: of the file
    int fd;
    uint64_t offset; // in the file
    uint64_t nbytes; // the last leaf may be shorter
    fj_sha256_blocks blocks;
    uint8_t (*digests)[FJ_SHA256_NBYTES]; // borrowed: one for each leaf
    uint32_t *checks; // borrowed: the CRC-32 of each leaf; NULL: not wanted
    atomic_size_t next;
    atomic_bool stop;
    atomic_int error; // an errno of reading the file, ENODATA where it ends
} fj_leaves;

static inline size_t
fj_leaves_count(uint64_t nbytes)
{
    return (size_t)((nbytes + FJ_LEAF_NBYTES - 1) / FJ_LEAF_NBYTES);
}

/* Sets what is atomic; the rest is the caller's. */
void fj_leaves_start(fj_leaves *leaves);

/* Hashes leaves until all are taken, `stop` is set, or reading fails.
 * `watch`, or NULL, is asked after each few; false if it says to stop. */
bool fj_leaves_run(fj_leaves *leaves, fj_watch *watch);

/* The same as a job of a pool. */
typedef struct {
    fj_job job;
    fj_leaves *leaves; // borrowed
} fj_leaves_job;

void fj_leaves_submit(fj_leaves_job *job, fj_leaves *leaves, fj_pool *pool);

/* The tree hash of a range of a file, on up to `n_threads` threads: 0, -errno
 * (-ENODATA if the file ends before), -ENOMEM, or -ECANCELED if `watch` said
 * to stop. */
int fj_leaves_of_file(int fd, uint64_t offset, uint64_t nbytes,
                      unsigned n_threads, fj_watch *watch,
                      uint8_t digest[FJ_SHA256_NBYTES]);

#endif
