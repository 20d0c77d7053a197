/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading by several threads, without Python: to be run under ThreadSanitizer
 * too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#define pipe(fds) _pipe(fds, 4096, _O_BINARY)
#else
#include <unistd.h>
#endif

#include "base/fileio.h"
#include "base/parallel_read.h"

#include "check.h"

#define FILE_NBYTES (5 * FJ_READ_CHUNK + 12345)
#define GUARD 64

static char *contents;
static char *memory; // three chunks more than the file

/* Stops at the `left`th question; remembers what it was told. */
typedef struct {
    int left;
    size_t last;
} watcher;

static bool
go_on(void *arg, size_t nbytes)
{
    watcher *w = arg;
    CHECK(nbytes >= w->last);
    w->last = nbytes;
    return --w->left != 0;
}

static int
make_file(const char *path)
{
    int fd = fj_create(path);
    CHECK(fd >= 0);
    contents = malloc(FILE_NBYTES);
    memory = malloc(FILE_NBYTES + 3 * FJ_READ_CHUNK);
    uint32_t state = 1;
    for (size_t i = 0; i < FILE_NBYTES; i++) {
        state = state * 1664525u + 1013904223u;
        contents[i] = (char)(state >> 24);
    }
    CHECK(fj_write_full(fd, contents, FILE_NBYTES) == 0);
    return fd;
}

/* Each byte is as the one before it: many times faster under ThreadSanitizer than
 * looking at one after the other. */
static bool
is_untouched(const char *bytes, size_t nbytes)
{
    return bytes[0] == 0x55 && memcmp(bytes, bytes + 1, nbytes - 1) == 0;
}

/* Into memory that begins `lead` bytes into a chunk, with guards around. */
static void
test_read(fj_pool *pool, unsigned n_threads, int fd, size_t lead,
          size_t nbytes, uint64_t offset)
{
    char *dst = memory;
    dst += 2 * FJ_READ_CHUNK - (uintptr_t)dst % FJ_READ_CHUNK + lead;
    memset(dst - GUARD, 0x55, nbytes + 2 * GUARD);
    watcher w = {.left = -1};
    const fj_read_watch watch = {go_on, &w};
    int64_t n =
        fj_pread_parallel(pool, n_threads, fd, dst, nbytes, offset, &watch);
    size_t there = offset < FILE_NBYTES ? FILE_NBYTES - offset : 0;
    size_t expected = nbytes < there ? nbytes : there;
    CHECK(n == (int64_t)expected);
    CHECK(expected == 0 || memcmp(dst, contents + offset, expected) == 0);
    CHECK(is_untouched(dst - GUARD, GUARD));
    CHECK(is_untouched(dst + expected, nbytes - expected + GUARD));
    CHECK(w.last <= nbytes);
}

static void
test_sizes(unsigned n_threads, int fd)
{
    static const size_t sizes[] = {
        0,
        1,
        FJ_READ_CHUNK - 1,
        FJ_READ_CHUNK,
        FJ_READ_CHUNK + 1,
        3 * FJ_READ_CHUNK,
        FILE_NBYTES,
    };
    static const size_t leads[] = {0, 64, FJ_READ_CHUNK - 1};
    static const uint64_t offsets[] = {
        0,
        1,
        FILE_NBYTES - FJ_READ_CHUNK - 7,
        FILE_NBYTES - 1,
        FILE_NBYTES,
        FILE_NBYTES + 1,
        FILE_NBYTES + 9 * FJ_READ_CHUNK,
    };
    fj_pool *pool = n_threads == 0 ? NULL
                                   : fj_pool_start(n_threads, n_threads,
                                                   FJ_POOL_ANY_ORDER);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t l = 0; l < sizeof leads / sizeof *leads; l++) {
            for (size_t o = 0; o < sizeof offsets / sizeof *offsets; o++) {
                test_read(pool, n_threads, fd, leads[l], sizes[s], offsets[o]);
            }
        }
    }
    fj_pool_stop(pool);
}

static void
test_stop(fj_pool *pool, unsigned n_threads, int fd)
{
    for (int questions = 1; questions <= 5; questions++) {
        watcher w = {.left = questions};
        const fj_read_watch watch = {go_on, &w};
        int64_t n = fj_pread_parallel(pool, n_threads, fd, memory, FILE_NBYTES,
                                      0, &watch);
        /* Other threads may have read the rest before the last question. */
        CHECK(n == -ECANCELED || (w.left > 0 && n == (int64_t)FILE_NBYTES));
    }
}

static void
test_error(fj_pool *pool, unsigned n_threads)
{
    int fds[2];
    watcher w = {.left = -1};
    const fj_read_watch watch = {go_on, &w};
    CHECK(pipe(fds) == 0);
    CHECK(fj_pread_parallel(pool, n_threads, fds[0], memory, FILE_NBYTES, 0,
                            &watch) == -ESPIPE);
    fj_close(fds[0]);
    fj_close(fds[1]);
    CHECK(fj_pread_parallel(pool, n_threads, -1, memory, 1, 0, &watch) ==
          -EBADF);
}

int
main(void)
{
    char path[64];
    snprintf(path, sizeof path, "build/parallel-%lld",
             (long long)fj_process_id());
    int fd = make_file(path);
    for (unsigned n_threads = 0; n_threads <= 4; n_threads++) {
        test_sizes(n_threads, fd);
    }
    fj_pool *pool = fj_pool_start(3, 3, FJ_POOL_ANY_ORDER);
    test_stop(NULL, 1, fd);
    test_stop(pool, 3, fd);
    test_error(NULL, 1);
    test_error(pool, 3);
    fj_pool_stop(pool);
    fj_close(fd);
    CHECK(fj_remove(path) == 0);
    free(contents);
    free(memory);
    printf("parallel reads: all right\n");
    return 0;
}
