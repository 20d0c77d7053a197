/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/leaves.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check_values.h"
#include "base/fileio.h"

void
fj_leaves_start(fj_leaves *leaves)
{
    atomic_init(&leaves->next, 0);
    atomic_init(&leaves->stop, false);
    atomic_init(&leaves->error, 0);
}

static void
fail(fj_leaves *leaves, int error)
{
    atomic_store(&leaves->error, error);
    atomic_store(&leaves->stop, true);
}

/* The data of the leaves from `first` on: memory, or read into the buffer. */
static const uint8_t *
get_data(fj_leaves *leaves, size_t first, size_t nbytes, uint8_t *buffer)
{
    uint64_t begin = (uint64_t)first * FJ_LEAF_NBYTES;
    if (leaves->data != NULL) {
        return leaves->data + begin;
    }
    ssize_t n = fj_pread_full(leaves->fd, (char *)buffer, nbytes,
                              leaves->offset + begin);
    if (n != (ssize_t)nbytes) {
        fail(leaves, n < 0 ? (int)-n : ENODATA);
        return NULL;
    }
    return buffer;
}

/* Hashes leaves of full size side by side, and a shorter one by itself. */
static void
hash(fj_leaves *leaves, size_t first, const uint8_t *data, size_t nbytes)
{
    while (nbytes > 0) {
        size_t leaf = nbytes < FJ_LEAF_NBYTES ? nbytes : FJ_LEAF_NBYTES;
        unsigned n = (unsigned)(nbytes / leaf);
        const uint8_t *messages[FJ_LEAVES_AT_ONCE];
        for (unsigned i = 0; i < n; i++) {
            messages[i] = data + i * leaf;
        }
        fj_sha256_of(leaves->blocks, messages, n, leaf,
                     leaves->digests + first);
        for (unsigned i = 0; leaves->checks != NULL && i < n; i++) {
            leaves->checks[first + i] = fj_crc32(0, messages[i], leaf);
        }
        first += n;
        data += n * leaf;
        nbytes -= n * leaf;
    }
}

/* Hashes the next leaves; false if there are none. */
static bool
take(fj_leaves *leaves, uint8_t *buffer)
{
    size_t first = atomic_fetch_add(&leaves->next, FJ_LEAVES_AT_ONCE);
    uint64_t begin = (uint64_t)first * FJ_LEAF_NBYTES;
    if (begin >= leaves->nbytes || atomic_load(&leaves->stop)) {
        return false;
    }
    uint64_t left = leaves->nbytes - begin;
    size_t nbytes = left < FJ_LEAVES_NBYTES ? (size_t)left : FJ_LEAVES_NBYTES;
    const uint8_t *data = get_data(leaves, first, nbytes, buffer);
    if (data == NULL) {
        return false;
    }
    hash(leaves, first, data, nbytes);
    return true;
}

bool
fj_leaves_run(fj_leaves *leaves, fj_watch *watch)
{
    uint8_t *buffer = NULL;
    bool go_on = true;
    if (leaves->data == NULL) {
        buffer = malloc(FJ_LEAVES_NBYTES);
        if (buffer == NULL) {
            fail(leaves, ENOMEM);
            return true;
        }
    }
    while (go_on && take(leaves, buffer)) {
        if (watch != NULL && watch->stops(watch)) {
            atomic_store(&leaves->stop, true);
            go_on = false;
        }
    }
    free(buffer);
    return go_on;
}

static void
run_job(fj_job *job, unsigned thread)
{
    (void)thread;
    (void)fj_leaves_run(((fj_leaves_job *)job)->leaves, NULL);
}

void
fj_leaves_submit(fj_leaves_job *job, fj_leaves *leaves, fj_pool *pool)
{
    job->job.run = run_job;
    job->leaves = leaves;
    fj_pool_submit(pool, &job->job);
}

/* Runs all of it on `n_threads` threads; false if `watch` says to stop. */
static bool
run_on_threads(fj_leaves *leaves, unsigned n_threads, fj_watch *watch)
{
    size_t n_parts = fj_leaves_count(leaves->nbytes) / FJ_LEAVES_AT_ONCE;
    fj_leaves_job *jobs = NULL;
    fj_pool *pool = NULL;
    n_threads = n_threads < n_parts ? n_threads : (unsigned)n_parts;
    if (n_threads > 1) {
        jobs = calloc(n_threads, sizeof *jobs);
        pool = jobs == NULL
                   ? NULL
                   : fj_pool_start(n_threads, n_threads, FJ_POOL_ANY_ORDER);
    }
    for (unsigned i = 1; pool != NULL && i < n_threads; i++) {
        fj_leaves_submit(&jobs[i], leaves, pool);
    }
    bool go_on = fj_leaves_run(leaves, watch);
    for (unsigned i = 1; pool != NULL && i < n_threads; i++) {
        fj_pool_wait(pool, &jobs[i].job);
    }
    fj_pool_stop(pool);
    free(jobs);
    return go_on;
}

int
fj_leaves_of_file(int fd, uint64_t offset, uint64_t nbytes, unsigned n_threads,
                  fj_watch *watch, uint8_t digest[FJ_SHA256_NBYTES])
{
    fj_tree_hash tree;
    fj_tree_hash_init(&tree);
    fj_leaves leaves = {
        .fd = fd,
        .offset = offset,
        .nbytes = nbytes,
        .blocks = tree.blocks,
    };
    fj_leaves_start(&leaves);
    int ret = -ENOMEM;
    if (fj_tree_hash_extend(&tree, fj_leaves_count(nbytes), &leaves.digests) ==
        FJ_OK) {
        ret = run_on_threads(&leaves, n_threads, watch) ? 0 : -ECANCELED;
    }
    if (ret == 0) {
        ret = -atomic_load(&leaves.error);
    }
    if (ret == 0) {
        fj_tree_hash_end(&tree, digest);
    }
    fj_tree_hash_clear(&tree);
    return ret;
}
