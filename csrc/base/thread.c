/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "base/thread.h"

#include <signal.h>

int
fj_thread_start(pthread_t *thread, const pthread_attr_t *attributes,
                void *(*run)(void *), void *arg)
{
    sigset_t all, old;
    sigfillset(&all); // a new thread inherits this mask
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(thread, attributes, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}
