/* SPDX-License-Identifier: BSD-3-Clause
 *
 * malloc() and its like, which fail when told to: of the program that includes
 * this, and of every library in it, since what a program defines comes first.
 * Behind them are the sanitizer's, which find at the end what has leaked, or the C
 * library's.  To be included first.
 */
#ifndef FJ_TESTS_NO_MEMORY_H
#define FJ_TESTS_NO_MEMORY_H
#define _GNU_SOURCE // strndup, RTLD_NEXT

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "check.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t nbytes);
void *REAL(calloc)(size_t n, size_t nbytes);
void *REAL(realloc)(void *memory, size_t nbytes);
void *REAL(memalign)(size_t alignment, size_t nbytes);

typedef enum { NEVER, ONCE, FROM_THEN_ON } failing;

static _Atomic failing mode;
static atomic_long n_asked; // since the mode was set
static atomic_long first_to_fail;
/* Not where a sanitizer makes a thread ready, which cannot do without. */
static _Thread_local bool is_ready;

static bool
fails(void)
{
    if (atomic_load(&mode) == NEVER || !is_ready) {
        return false;
    }
    long n = atomic_fetch_add(&n_asked, 1);
    long first = atomic_load(&first_to_fail);
    bool yes = atomic_load(&mode) == ONCE ? n == first : n >= first;
    if (yes) {
        errno = ENOMEM;
    }
    return yes;
}

void *
malloc(size_t nbytes)
{
    return fails() ? NULL : REAL(malloc)(nbytes);
}

void *
calloc(size_t n, size_t nbytes)
{
    return fails() ? NULL : REAL(calloc)(n, nbytes);
}

void *
realloc(void *memory, size_t nbytes)
{
    return fails() ? NULL : REAL(realloc)(memory, nbytes);
}

void *
aligned_alloc(size_t alignment, size_t nbytes)
{
    return fails() ? NULL : REAL(memalign)(alignment, nbytes);
}

int
posix_memalign(void **memory_ret, size_t alignment, size_t nbytes)
{
    void *memory = fails() ? NULL : REAL(memalign)(alignment, nbytes);
    if (memory == NULL) {
        return ENOMEM;
    }
    *memory_ret = memory;
    return 0;
}

/* Sanitizers have their own of these two, which do not come by here. */
char *
strndup(const char *text, size_t nbytes)
{
    size_t length = strnlen(text, nbytes);
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *
strdup(const char *text)
{
    return strndup(text, strlen(text));
}

typedef struct {
    void *(*run)(void *arg);
    void *arg;
} thread_start;

static void *
run_ready(void *arg)
{
    thread_start start = *(thread_start *)arg;
    free(arg);
    is_ready = true;
    return start.run(start.arg);
}

int
pthread_create(pthread_t *thread_ret, const pthread_attr_t *attributes,
               void *(*run)(void *arg), void *arg)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                  void *);
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    thread_start *start = malloc(sizeof *start);
    if (start == NULL) {
        return EAGAIN;
    }
    *start = (thread_start){run, arg};
    int error = create(thread_ret, attributes, run_ready, start);
    if (error != 0) {
        free(start);
    }
    return error;
}

/* What all the sweeps of a program have come to. */
static long n_no_memory, n_did_without;

/* Calls, with every allocation failing in turn, once, and then all from that one
 * on, until none is left to fail: the status is OK or NO_MEMORY, and `check` sees
 * what has become of it. */
static void
sweep(const char *name, fj_status (*call)(const void *arg),
      void (*check)(const void *arg, fj_status status), const void *arg)
{
    long longest = 0;
    is_ready = true;
    for (failing how = ONCE; how <= FROM_THEN_ON; how++) {
        bool failed = true;
        for (long n = 0; failed; n++) {
            atomic_store(&first_to_fail, n);
            atomic_store(&n_asked, 0);
            atomic_store(&mode, how);
            fj_status status = call(arg);
            atomic_store(&mode, NEVER);
            failed = atomic_load(&n_asked) > n;
            if (status != FJ_OK && (status != FJ_NO_MEMORY || !failed)) {
                fprintf(stderr, "%s: status %d where allocation %ld failed\n",
                        name, status, n);
                exit(1);
            }
            check(arg, status);
            n_no_memory += status == FJ_NO_MEMORY;
            n_did_without += failed && status == FJ_OK;
            longest = n > longest ? n : longest;
        }
    }
    printf("%s: up to %ld allocations\n", name, longest);
}

static void
print_counts(const char *name)
{
    CHECK(n_no_memory > 0);
    printf("%s: %ld calls out of memory, %ld did without\n", name, n_no_memory,
           n_did_without);
}

#endif
