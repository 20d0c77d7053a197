/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/parallel_read.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fileio.h"

/* Shared by the threads; only `next` and `stop` change. */
typedef struct {
    int fd;
    char *dst;
    size_t nbytes;
    uint64_t offset;
    size_t lead; // what the first chunk lacks, since `dst` begins within it
    atomic_size_t next; // the next chunk to be read
    atomic_bool stop;
} transfer;

typedef struct {
    fj_job job;
    transfer *all;
    int error;  // errno, or 0
    size_t end; // where the file ended, SIZE_MAX if not within these chunks
} part;

/* Reads the next chunk; false if there is none. */
static bool
read_chunk(part *p)
{
    transfer *t = p->all;
    size_t chunk = atomic_fetch_add(&t->next, 1);
    if (atomic_load(&t->stop) ||
        chunk > (t->lead + t->nbytes) / FJ_READ_CHUNK) {
        return false;
    }
    size_t begin = chunk == 0 ? 0 : chunk * FJ_READ_CHUNK - t->lead;
    size_t end = (chunk + 1) * FJ_READ_CHUNK - t->lead;
    end = end < t->nbytes ? end : t->nbytes;
    if (begin == end) {
        return false;
    }
    ssize_t n =
        fj_pread_full(t->fd, t->dst + begin, end - begin, t->offset + begin);
    if (n < 0) {
        p->error = (int)-n;
    }
    else if ((size_t)n < end - begin && p->end == SIZE_MAX) {
        p->end = begin + (size_t)n;
    }
    else {
        return true;
    }
    atomic_store(&t->stop, true);
    return false;
}

static void
read_chunks(fj_job *job, unsigned thread)
{
    (void)thread;
    while (read_chunk((part *)job)) {
    }
}

/* The same on the calling thread, which asks `watch` between chunks; false if
 * that says to stop. */
static bool
read_and_watch(part *p, const fj_read_watch *watch)
{
    transfer *t = p->all;
    while (read_chunk(p)) {
        size_t taken = atomic_load(&t->next) * FJ_READ_CHUNK - t->lead;
        if (!watch->go_on(watch->arg, taken < t->nbytes ? taken : t->nbytes)) {
            atomic_store(&t->stop, true);
            return false;
        }
    }
    return true;
}

int64_t
fj_pread_parallel(fj_pool *pool, unsigned n_threads, int fd, char *dst,
                  size_t nbytes, uint64_t offset, const fj_read_watch *watch)
{
    transfer all = {
        .fd = fd,
        .dst = dst,
        .nbytes = nbytes,
        .offset = offset,
        .lead = (uintptr_t)dst % FJ_READ_CHUNK,
    };
    size_t n_parts = pool == NULL ? 1 : n_threads;
    part *parts = calloc(n_parts, sizeof *parts);
    if (parts == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n_parts; i++) {
        parts[i] =
            (part){.job = {.run = read_chunks}, .all = &all, .end = SIZE_MAX};
        if (i > 0) {
            fj_pool_submit(pool, &parts[i].job);
        }
    }
    int64_t result = (int64_t)nbytes;
    if (!read_and_watch(&parts[0], watch)) {
        result = -ECANCELED;
    }
    for (size_t i = 0; i < n_parts; i++) {
        if (i > 0) {
            fj_pool_wait(pool, &parts[i].job);
        }
        if (result >= 0 && parts[i].error != 0) {
            result = -parts[i].error;
        }
        else if (result >= 0 && parts[i].end < (size_t)result) {
            result = (int64_t)parts[i].end;
        }
    }
    free(parts);
    return result;
}
