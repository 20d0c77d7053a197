/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Threads that run the jobs of one dump or load.  Plain C11: jobs touch bytes,
 * never Python objects.
 *
 * The thread that makes a pool owns it: it alone submits jobs and waits for
 * them, and while it waits it runs jobs itself.  A pool of one thread starts
 * none, and runs its jobs in fj_pool_wait().
 */
#ifndef FJ_BASE_POOL_H
#define FJ_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fj_pool fj_pool;
typedef struct fj_job fj_job;

/* The first member of a struct that holds what the job needs. */
struct fj_job {
    /* `thread`: which of the pool's threads runs it, 0 for the owner. */
    void (*run)(fj_job *self, unsigned thread);
    int state; // the pool's; 0 at first
};

typedef enum {
    FJ_POOL_ANY_ORDER, // jobs are independent
    FJ_POOL_IN_ORDER,  // each begins when the one before has ended
} fj_pool_order;

/* At most `n_threads` run jobs, the owner included; at most `max_jobs` are
 * submitted and not yet waited for.  Makes do with fewer threads if the system
 * refuses more.  NULL: no memory. */
fj_pool *fj_pool_start(unsigned n_threads, size_t max_jobs,
                       fj_pool_order order);

void fj_pool_submit(fj_pool *pool, fj_job *job);

/* Returns when the job has ended; it may then be submitted again.  In a forked
 * child, which has none of the threads, returns false at once. */
bool fj_pool_wait(fj_pool *pool, fj_job *job);

typedef enum {
    FJ_POOL_ENDED,
    FJ_POOL_GOES_ON,
    FJ_POOL_FORKED, // a child process
} fj_pool_state;

/* The same, but returns after a tenth of a second or after running one job,
 * whether or not `job` has ended. */
fj_pool_state fj_pool_wait_a_little(fj_pool *pool, fj_job *job);

/* Drops the jobs that have not begun, waits for the others, ends the threads.
 * NULL is allowed. */
void fj_pool_stop(fj_pool *pool);

#endif
