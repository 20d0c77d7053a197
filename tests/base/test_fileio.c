/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading and writing whole, whatever the system does in pieces: signals come in
 * between, a file ends, a disk is full.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fileio.h"

#include "check.h"

enum { NBYTES = 3 * 1024 * 1024 };

static char data[NBYTES], got[NBYTES];
static volatile sig_atomic_t n_signals;

static void
count(int number)
{
    (void)number;
    n_signals++;
}

/* Without SA_RESTART: system calls that wait end with EINTR. */
static void
set_timer(int microseconds)
{
    const struct sigaction action = {.sa_handler = count};
    const struct timeval every = {.tv_usec = microseconds};
    const struct itimerval timer = {every, every};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

/* Takes what is in the pipe now and then, so that the writer has to wait. */
static void *
read_slowly(void *arg)
{
    int fd = *(int *)arg;
    size_t have = 0;
    while (have < NBYTES) {
        usleep(2000);
        ssize_t n = fj_read_once(fd, got + have, NBYTES - have);
        CHECK(n > 0);
        have += (size_t)n;
    }
    return NULL;
}

static void
test_signals_while_writing(void)
{
    int fds[2];
    pthread_t reader;
    sigset_t alarm, old;
    CHECK(pipe(fds) == 0);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, &old); // they come to the writer
    CHECK(pthread_create(&reader, NULL, read_slowly, &fds[0]) == 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    set_timer(500);
    CHECK(fj_write_full(fds[1], data, NBYTES) == 0);
    set_timer(0);
    pthread_join(reader, NULL);
    CHECK(n_signals > 0);
    CHECK(memcmp(got, data, NBYTES) == 0);
    close(fds[0]);
    close(fds[1]);
}

static void
test_errors(void)
{
    int full = open("/dev/full", O_RDWR);
    if (full >= 0) { // Linux has it
        CHECK(fj_write_full(full, data, 10) == -ENOSPC);
        CHECK(fj_pwrite_full(full, data, 10, 0) == -ENOSPC);
        CHECK(fj_write_once(full, data, 10) == -ENOSPC);
        close(full);
    }
    int fds[2];
    CHECK(pipe(fds) == 0); // macOS has no pipe2()
    CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
    CHECK(fj_pread_full(fds[0], got, 10, 0) == -ESPIPE);
    CHECK(fj_pwrite_full(fds[1], data, 10, 0) == -ESPIPE);
    CHECK(fj_read_once(fds[0], got, 10) == -EAGAIN);
    CHECK(fj_write_full(fds[1], data, NBYTES) == -EAGAIN); // the pipe is full
    close(fds[1]);
    CHECK(fj_read_once(fds[0], got, 10) == 10); // and then the end
    close(fds[0]);
    CHECK(fj_read_once(-1, got, 10) == -EBADF);
    CHECK(fj_pread_full(-1, got, 10, 0) == -EBADF);
}

static void
test_files(void)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    int fd = fileno(file);
    fj_preallocate(fd, NBYTES); // the file stays as long as it is
    CHECK(lseek(fd, 0, SEEK_END) == 0);
    CHECK(fj_write_full(fd, data, 1000) == 0);
    CHECK(fj_pwrite_full(fd, data + 1000, 500, 1000) == 0);
    CHECK(fj_pwrite_full(fd, "head", 4, 0) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 1000); // which is not moved
    memset(got, 0, 2000);
    CHECK(fj_pread_full(fd, got, 2000, 0) == 1500);
    CHECK(memcmp(got, "head", 4) == 0);
    CHECK(memcmp(got + 4, data + 4, 1496) == 0);
    CHECK(fj_pread_full(fd, got, 2000, 1400) == 100);
    CHECK(memcmp(got, data + 1400, 100) == 0);
    CHECK(fj_pread_full(fd, got, 2000, 1500) == 0);
    CHECK(fj_pread_full(fd, got, 2000, 5000) == 0);
    fj_close_later(dup(fd));
    fclose(file);
}

int
main(void)
{
    for (size_t i = 0; i < NBYTES; i++) {
        data[i] = (char)(i * 31 + i / 5000);
    }
    test_files();
    test_errors();
    test_signals_while_writing();
    printf("file I/O: all right\n");
    return 0;
}
