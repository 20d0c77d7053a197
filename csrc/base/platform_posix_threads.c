/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What Unix systems share: threads and the clock.  Of a condition's time only
 * the clock differs, which macOS does not let one choose.
 */
#ifndef _WIN32
#define _GNU_SOURCE
#include "base/platform.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum { NANOSECONDS = 1000000000 };

int64_t
fj_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

void
fj_mutex_init(fj_mutex *mutex)
{
    pthread_mutex_init(mutex, NULL);
}

void
fj_mutex_destroy(fj_mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

void
fj_mutex_lock(fj_mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

void
fj_mutex_unlock(fj_mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

void
fj_cond_destroy(fj_cond *cond)
{
    pthread_cond_destroy(cond);
}

void
fj_cond_signal(fj_cond *cond)
{
    pthread_cond_signal(cond);
}

void
fj_cond_broadcast(fj_cond *cond)
{
    pthread_cond_broadcast(cond);
}

void
fj_cond_wait(fj_cond *cond, fj_mutex *mutex)
{
    pthread_cond_wait(cond, mutex);
}

#ifdef __APPLE__

void
fj_cond_init(fj_cond *cond)
{
    pthread_cond_init(cond, NULL);
}

bool
fj_cond_wait_until(fj_cond *cond, fj_mutex *mutex, int64_t until)
{
    int64_t left = until - fj_monotonic();
    left = left < 0 ? 0 : left;
    const struct timespec time = {left / NANOSECONDS, left % NANOSECONDS};
    return pthread_cond_timedwait_relative_np(cond, mutex, &time) != ETIMEDOUT;
}

#else

void
fj_cond_init(fj_cond *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool
fj_cond_wait_until(fj_cond *cond, fj_mutex *mutex, int64_t until)
{
    const struct timespec time = {until / NANOSECONDS, until % NANOSECONDS};
    return pthread_cond_timedwait(cond, mutex, &time) != ETIMEDOUT;
}

#endif

bool
fj_thread_start(fj_thread *thread, size_t stack_nbytes, void *(*run)(void *),
                void *arg)
{
    pthread_attr_t attributes;
    sigset_t all, old;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    if (stack_nbytes > 0) {
        pthread_attr_setstacksize(&attributes, stack_nbytes);
    }
    sigfillset(&all); // a new thread inherits this mask
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(thread, &attributes, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

void
fj_thread_join(fj_thread thread)
{
    pthread_join(thread, NULL);
}

void
fj_thread_detach(fj_thread thread)
{
    pthread_detach(thread);
}

#else
typedef int fj_not_posix_threads; // a file of C declares something
#endif
