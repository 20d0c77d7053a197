/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Starting threads that run no Python code.  All signals are blocked in them,
 * so that they go to threads that do.
 */
#ifndef FJ_BASE_THREAD_H
#define FJ_BASE_THREAD_H

#include <pthread.h>

/* As pthread_create(): 0 or an error number. */
int fj_thread_start(pthread_t *thread, const pthread_attr_t *attributes,
                    void *(*run)(void *), void *arg);

#endif
