/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/platform.h"

enum { JOB_IDLE, JOB_QUEUED, JOB_RUNNING };

/* Enough, because codecs keep their tables on the heap. */
enum { STACK_NBYTES = 512 * 1024 };

enum { WAIT_NANOSECONDS = 50 * 1000 * 1000 };

typedef struct {
    fj_thread thread;
    fj_pool *pool;
    unsigned number;
} worker;

struct fj_pool {
    int64_t pid;
    unsigned n_workers; // threads besides the owner
    fj_pool_order order;
    fj_mutex mutex;
    fj_cond submitted;
    fj_cond ended;
    /* Guarded by the mutex: */
    bool stopping;
    size_t head, n_queued, max_jobs;
    fj_job **queue;
    worker workers[];
};

static fj_job *
next_job(fj_pool *pool)
{
    fj_job *job = pool->queue[pool->head];
    pool->head = (pool->head + 1) % pool->max_jobs;
    pool->n_queued--;
    job->state = JOB_RUNNING;
    return job;
}

/* Runs the next job; the mutex is held before and after. */
static void
run_next(fj_pool *pool, unsigned thread)
{
    fj_job *job = next_job(pool);
    fj_mutex_unlock(&pool->mutex);
    job->run(job, thread);
    fj_mutex_lock(&pool->mutex);
    job->state = JOB_IDLE;
}

static void *
work(void *arg)
{
    const worker *self = arg;
    fj_pool *pool = self->pool;
    fj_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->n_queued == 0 && !pool->stopping) {
            fj_cond_wait(&pool->submitted, &pool->mutex);
        }
        if (pool->stopping) {
            break;
        }
        run_next(pool, self->number);
        fj_cond_signal(&pool->ended);
    }
    fj_mutex_unlock(&pool->mutex);
    return NULL;
}

static void
start_workers(fj_pool *pool, unsigned n_workers)
{
    while (pool->n_workers < n_workers) {
        worker *next = &pool->workers[pool->n_workers];
        next->pool = pool;
        next->number = pool->n_workers + 1;
        if (!fj_thread_start(&next->thread, STACK_NBYTES, work, next)) {
            break;
        }
        pool->n_workers++;
    }
}

fj_pool *
fj_pool_start(unsigned n_threads, size_t max_jobs, fj_pool_order order)
{
    unsigned n_workers = n_threads > 1 ? n_threads - 1 : 0;
    if (order == FJ_POOL_IN_ORDER && n_workers > 1) {
        n_workers = 1;
    }
    fj_pool *pool = calloc(1, sizeof *pool + n_workers * sizeof(worker));
    if (pool == NULL) {
        return NULL;
    }
    pool->queue = calloc(max_jobs, sizeof *pool->queue);
    if (pool->queue == NULL) {
        free(pool);
        return NULL;
    }
    pool->pid = fj_process_id();
    pool->order = order;
    pool->max_jobs = max_jobs;
    fj_mutex_init(&pool->mutex);
    fj_cond_init(&pool->submitted);
    fj_cond_init(&pool->ended);
    start_workers(pool, n_workers);
    return pool;
}

void
fj_pool_submit(fj_pool *pool, fj_job *job)
{
    if (fj_process_id() != pool->pid) {
        return; // fj_pool_wait() reports it
    }
    fj_mutex_lock(&pool->mutex);
    assert(pool->n_queued < pool->max_jobs && job->state == JOB_IDLE);
    pool->queue[(pool->head + pool->n_queued) % pool->max_jobs] = job;
    pool->n_queued++;
    job->state = JOB_QUEUED;
    fj_mutex_unlock(&pool->mutex);
    fj_cond_signal(&pool->submitted);
}

fj_pool_state
fj_pool_wait_a_little(fj_pool *pool, fj_job *job)
{
    if (fj_process_id() != pool->pid) {
        return FJ_POOL_FORKED;
    }
    bool helps = pool->order == FJ_POOL_ANY_ORDER || pool->n_workers == 0;
    fj_mutex_lock(&pool->mutex);
    if (job->state != JOB_IDLE) {
        if (helps && pool->n_queued > 0) {
            run_next(pool, 0);
        }
        else {
            fj_cond_wait_until(&pool->ended, &pool->mutex,
                               fj_monotonic() + WAIT_NANOSECONDS);
        }
    }
    bool ended = job->state == JOB_IDLE;
    fj_mutex_unlock(&pool->mutex);
    return ended ? FJ_POOL_ENDED : FJ_POOL_GOES_ON;
}

bool
fj_pool_wait(fj_pool *pool, fj_job *job)
{
    fj_pool_state state;
    do {
        state = fj_pool_wait_a_little(pool, job);
    } while (state == FJ_POOL_GOES_ON);
    return state == FJ_POOL_ENDED;
}

void
fj_pool_stop(fj_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    /* After fork() the child has no threads to join, and the mutex may be held
     * by a thread of the parent. */
    if (fj_process_id() == pool->pid) {
        fj_mutex_lock(&pool->mutex);
        pool->stopping = true;
        fj_mutex_unlock(&pool->mutex);
        fj_cond_broadcast(&pool->submitted);
        for (unsigned i = 0; i < pool->n_workers; i++) {
            fj_thread_join(pool->workers[i].thread);
        }
        fj_cond_destroy(&pool->ended);
        fj_cond_destroy(&pool->submitted);
        fj_mutex_destroy(&pool->mutex);
    }
    free(pool->queue);
    free(pool);
}
