/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Windows: processes, the clock, threads.
 */
#ifdef _WIN32
#include "base/platform.h"

#include "base/platform_windows.h"

#include <process.h> // _beginthreadex
#include <stdlib.h>

enum { NANOSECONDS = 1000000000, NANOSECONDS_OF_MS = 1000000 };

_Static_assert(sizeof(fj_mutex) == sizeof(SRWLOCK), "a mutex is a lock");
_Static_assert(sizeof(fj_cond) == sizeof(CONDITION_VARIABLE), "by its name");

int64_t
fj_process_id(void)
{
    return GetCurrentProcessId();
}

int64_t
fj_monotonic(void)
{
    LARGE_INTEGER frequency, now;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    /* Not multiplied as a whole, which would overflow after some hours. */
    return now.QuadPart / frequency.QuadPart * NANOSECONDS +
           now.QuadPart % frequency.QuadPart * NANOSECONDS /
               frequency.QuadPart;
}

void
fj_mutex_init(fj_mutex *mutex)
{
    InitializeSRWLock((SRWLOCK *)mutex);
}

void
fj_mutex_destroy(fj_mutex *mutex)
{
    (void)mutex;
}

void
fj_mutex_lock(fj_mutex *mutex)
{
    AcquireSRWLockExclusive((SRWLOCK *)mutex);
}

void
fj_mutex_unlock(fj_mutex *mutex)
{
    ReleaseSRWLockExclusive((SRWLOCK *)mutex);
}

void
fj_cond_init(fj_cond *cond)
{
    InitializeConditionVariable((CONDITION_VARIABLE *)cond);
}

void
fj_cond_destroy(fj_cond *cond)
{
    (void)cond;
}

void
fj_cond_signal(fj_cond *cond)
{
    WakeConditionVariable((CONDITION_VARIABLE *)cond);
}

void
fj_cond_broadcast(fj_cond *cond)
{
    WakeAllConditionVariable((CONDITION_VARIABLE *)cond);
}

void
fj_cond_wait(fj_cond *cond, fj_mutex *mutex)
{
    SleepConditionVariableSRW((CONDITION_VARIABLE *)cond, (SRWLOCK *)mutex,
                              INFINITE, 0);
}

bool
fj_cond_wait_until(fj_cond *cond, fj_mutex *mutex, int64_t until)
{
    enum { LONGEST = 1000 * 1000 }; // ms; then the caller waits again
    int64_t left = until - fj_monotonic();
    if (left <= 0) {
        return false;
    }
    int64_t ms = (left + NANOSECONDS_OF_MS - 1) / NANOSECONDS_OF_MS;
    SleepConditionVariableSRW((CONDITION_VARIABLE *)cond, (SRWLOCK *)mutex,
                              (DWORD)(ms < LONGEST ? ms : LONGEST), 0);
    return fj_monotonic() < until;
}

typedef struct {
    void *(*run)(void *);
    void *arg;
} start;

static unsigned __stdcall run_start(void *arg)
{
    start begin = *(start *)arg;
    free(arg);
    begin.run(begin.arg);
    return 0;
}

bool
fj_thread_start(fj_thread *thread, size_t stack_nbytes, void *(*run)(void *),
                void *arg)
{
    start *begin = malloc(sizeof *begin);
    if (begin == NULL) {
        return false;
    }
    *begin = (start){run, arg};
    /* The size of the reservation: only pages that are used are backed. */
    uintptr_t handle =
        _beginthreadex(NULL, (unsigned)stack_nbytes, run_start, begin,
                       STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (handle == 0) {
        free(begin);
        return false;
    }
    *thread = (fj_thread)handle;
    return true;
}

void
fj_thread_join(fj_thread thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

void
fj_thread_detach(fj_thread thread)
{
    CloseHandle(thread);
}

#else
typedef int fj_not_windows_threads; // a file of C declares something
#endif
