/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A child process has its parent's pool, and none of the threads.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/parallel_read.h"

#include "check.h"

enum { FILE_NBYTES = 12 * 1024 * 1024 + 345, N_THREADS = 3 };

static char contents[FILE_NBYTES], got[FILE_NBYTES];

static bool
go_on(void *arg, size_t nbytes)
{
    (void)arg;
    (void)nbytes;
    return true;
}

static void
read_all(fj_pool *pool, int fd)
{
    const fj_read_watch watch = {go_on, NULL};
    memset(got, 0x55, FILE_NBYTES);
    CHECK(fj_pread_parallel(pool, N_THREADS, fd, got, FILE_NBYTES, 0,
                            &watch) == FILE_NBYTES);
    CHECK(memcmp(got, contents, FILE_NBYTES) == 0);
}

int
main(void)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    int fd = fileno(file);
    for (size_t i = 0; i < FILE_NBYTES; i++) {
        contents[i] = (char)(i * 13 + i / 777);
    }
    CHECK(fj_write_full(fd, contents, FILE_NBYTES) == 0);
    fj_pool *pool = fj_pool_start(N_THREADS, N_THREADS, FJ_POOL_ANY_ORDER);
    CHECK(pool != NULL);
    read_all(pool, fd);
    int64_t parent = fj_process_id();
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(fj_process_id() != parent);
        read_all(pool, fd);
        fj_pool_stop(pool);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fj_pool_stop(pool);
    fclose(file);
    printf("forks: all right\n");
    return 0;
}
