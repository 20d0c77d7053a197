/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Flushing a file while it is written, for ThreadSanitizer: whether it helps
 * is for benchmarks/bench_arrays.py to say.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/flush_behind.h"

#include "check.h"

#define PIECE ((size_t)3 << 20)

static char piece[PIECE];

static void
test_writing(int fd, int n_pieces, int stop_after)
{
    CHECK(ftruncate(fd, 0) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    fj_flusher *flusher = fj_flusher_start(fd);
    for (int i = 0; i < n_pieces; i++) {
        memset(piece, i, PIECE);
        CHECK(fj_write_full(fd, piece, PIECE) == 0);
        fj_flusher_advance(flusher, (uint64_t)(i + 1) * PIECE);
        if (i == stop_after) {
            fj_flusher_stop(flusher);
            flusher = NULL;
        }
    }
    fj_flusher_stop(flusher);
    for (int i = 0; i < n_pieces; i++) {
        CHECK(fj_pread_full(fd, piece, PIECE, (uint64_t)i * PIECE) ==
              (ssize_t)PIECE);
        CHECK(piece[0] == (char)i && piece[PIECE - 1] == (char)i);
    }
}

/* A child process has no thread to end. */
static void
test_fork(int fd)
{
    fj_flusher *flusher = fj_flusher_start(fd);
    fj_flusher_advance(flusher, 10 * PIECE);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        fj_flusher_advance(flusher, 11 * PIECE);
        fj_flusher_stop(flusher);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fj_flusher_stop(flusher);
}

int
main(void)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    int fd = fileno(file);
    fj_flusher *flusher = fj_flusher_start(fd);
    bool helps = flusher != NULL;
    fj_flusher_stop(flusher);
    for (int n_pieces = 0; n_pieces <= 8; n_pieces += 4) {
        test_writing(fd, n_pieces, -1);
        test_writing(fd, n_pieces, n_pieces / 2);
    }
    test_fork(fd);
    fclose(file);
    printf("flushing behind: all right%s\n",
           helps ? "" : " (no file of ext4 here, so without the thread)");
    return 0;
}
