/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE // sync_file_range
#include "base/flush_behind.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h> // getpid

#include "base/fileio.h"
#include "base/thread.h"

#ifdef SYNC_FILE_RANGE_WRITE

/* At a time: how long fj_flusher_stop() may have to wait. */
#define PIECE ((uint64_t)8 << 20)

struct fj_flusher {
    pid_t pid;
    int fd;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Guarded by the mutex: */
    uint64_t written;
    bool stopping;
};

static void *
work(void *arg)
{
    fj_flusher *f = arg;
    uint64_t flushed = 0;
    pthread_mutex_lock(&f->mutex);
    for (;;) {
        while (!f->stopping && f->written - flushed < PIECE) {
            pthread_cond_wait(&f->changed, &f->mutex);
        }
        if (f->stopping) {
            break;
        }
        pthread_mutex_unlock(&f->mutex);
        /* Errors will be met by whoever waits for the disk. */
        (void)!sync_file_range(f->fd, (off_t)flushed, (off_t)PIECE,
                               SYNC_FILE_RANGE_WRITE);
        flushed += PIECE;
        pthread_mutex_lock(&f->mutex);
    }
    pthread_mutex_unlock(&f->mutex);
    return NULL;
}

fj_flusher *
fj_flusher_start(int fd)
{
    if (!fj_allocates_late(fd)) {
        return NULL;
    }
    fj_flusher *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    f->pid = getpid();
    f->fd = fd;
    pthread_mutex_init(&f->mutex, NULL);
    pthread_cond_init(&f->changed, NULL);
    if (fj_thread_start(&f->thread, NULL, work, f) != 0) {
        pthread_cond_destroy(&f->changed);
        pthread_mutex_destroy(&f->mutex);
        free(f);
        return NULL;
    }
    return f;
}

void
fj_flusher_advance(fj_flusher *f, uint64_t position)
{
    if (f == NULL || getpid() != f->pid) {
        return;
    }
    pthread_mutex_lock(&f->mutex);
    f->written = position;
    pthread_mutex_unlock(&f->mutex);
    pthread_cond_signal(&f->changed);
}

void
fj_flusher_stop(fj_flusher *f)
{
    if (f == NULL) {
        return;
    }
    if (getpid() == f->pid) { // a child process has no such thread
        pthread_mutex_lock(&f->mutex);
        f->stopping = true;
        pthread_mutex_unlock(&f->mutex);
        pthread_cond_signal(&f->changed);
        pthread_join(f->thread, NULL);
        pthread_cond_destroy(&f->changed);
        pthread_mutex_destroy(&f->mutex);
    }
    free(f);
}

#else

fj_flusher *
fj_flusher_start(int fd)
{
    (void)fd;
    return NULL;
}

void
fj_flusher_advance(fj_flusher *f, uint64_t position)
{
    (void)f;
    (void)position;
}

void
fj_flusher_stop(fj_flusher *f)
{
    (void)f;
}

#endif
