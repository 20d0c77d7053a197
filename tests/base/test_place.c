/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Putting files in place from several threads at once, and forks meanwhile,
 * for the sanitizers.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/place.h"

#include "check.h"

#ifdef O_TMPFILE

enum { N_THREADS = 4, N_ROUNDS = 25, LARGE = 33 * 1024 * 1024 };

static char folder[] = "build/place-XXXXXX";

typedef struct {
    fj_retirement *retirement;
    int number;
} job;

/* Files with holes: nothing of them has to go to the disk. */
static int
place(fj_retirement *retirement, int number, off_t nbytes)
{
    char path[64], temp[64];
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(temp, sizeof temp, "%s/.temp-%d", folder, number);
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    if (fd < 0) {
        return 1; // not on this file system
    }
    CHECK(ftruncate(fd, nbytes) == 0);
    const fj_new_file file = {.fd = fd,
                              .path = path,
                              .temp = temp,
                              .unnamed = true,
                              .replaces = access(path, F_OK) == 0};
    CHECK(fj_place(&file, retirement) == 0);
    return 0;
}

static void *
work(void *arg)
{
    job *j = arg;
    for (int i = 0; i < N_ROUNDS; i++) {
        CHECK(place(j->retirement, j->number,
                    i % 4 == j->number ? 1000 : LARGE) == 0);
    }
    return NULL;
}

/* Whether a child may start threads, as placing a large file does.  Under
 * ThreadSanitizer none may; under AddressSanitizer of GCC 14 the child waits
 * for ever if another thread was starting one when it was forked. */
static bool
may_start_threads(bool alone)
{
#if defined __SANITIZE_THREAD__
    (void)alone;
    return false;
#elif defined __SANITIZE_ADDRESS__
    return alone;
#else
    (void)alone;
    return true;
#endif
}

/* `alone`: no other thread of the parent runs. */
static void
fork_and_place(fj_retirement *retirement, bool alone)
{
    fj_retirement_before_fork(retirement);
    pid_t child = fork();
    CHECK(child >= 0);
    fj_retirement_after_fork(retirement, child == 0);
    if (child == 0) {
        _exit(may_start_threads(alone) ? place(retirement, 99, LARGE) : 0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
remove_folder(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s/file", folder);
    CHECK(unlink(path) == 0);
    snprintf(path, sizeof path, "%s/.file.fastjoblib-old", folder);
    unlink(path);              // the child may have been the last
    CHECK(rmdir(folder) == 0); // there was nothing else
}

int
main(void)
{
    CHECK(mkdtemp(folder) != NULL);
    fj_retirement *retirement = fj_retirement_new();
    CHECK(retirement != NULL);
    if (place(retirement, 0, 10) != 0) {
        printf("placing files: not tested, no O_TMPFILE here\n");
        return rmdir(folder);
    }
    pthread_t threads[N_THREADS];
    job jobs[N_THREADS];
    for (int i = 0; i < N_THREADS; i++) {
        jobs[i] = (job){retirement, i};
        CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
    }
    for (int i = 0; i < 5; i++) {
        fork_and_place(retirement, false);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    if (may_start_threads(true)) {
        fork_and_place(retirement, true);
    }
    fj_retirement_finish(retirement);
    CHECK(!fj_retirement_begin(retirement));
    CHECK(place(retirement, 0, LARGE) == 0);
    fj_retirement_free(retirement);
    remove_folder();
    printf("placing files: all right\n");
    return 0;
}

#else

int
main(void)
{
    printf("placing files: not tested, no O_TMPFILE here\n");
    return 0;
}

#endif
