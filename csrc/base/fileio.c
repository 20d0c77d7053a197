/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/fileio.h"

#include <errno.h>

int
fj_write_full(int fd, const void *data, size_t nbytes)
{
    const char *next = data;
    while (nbytes > 0) {
        ssize_t n = fj_write_once(fd, next, nbytes);
        if (n == -EINTR) {
            continue;
        }
        if (n < 0) {
            return (int)n;
        }
        next += n;
        nbytes -= (size_t)n;
    }
    return 0;
}

int
fj_pwrite_full(int fd, const void *data, size_t nbytes, uint64_t offset)
{
    size_t done = 0;
    while (done < nbytes) {
        ssize_t n = fj_pwrite_once(fd, (const char *)data + done,
                                   nbytes - done, offset + done);
        if (n == -EINTR) {
            continue;
        }
        if (n < 0) {
            return (int)n;
        }
        done += (size_t)n;
    }
    return 0;
}

ssize_t
fj_pread_full(int fd, void *dst, size_t nbytes, uint64_t offset)
{
    size_t done = 0;
    while (done < nbytes) {
        ssize_t n = fj_pread_once(fd, (char *)dst + done, nbytes - done,
                                  offset + done);
        if (n == -EINTR) {
            continue;
        }
        if (n < 0) {
            return n;
        }
        if (n == 0) {
            break;
        }
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static void *
close_fd(void *arg)
{
    fj_close((int)(intptr_t)arg);
    return NULL;
}

void
fj_close_later(int fd)
{
    fj_thread thread;
    if (fj_thread_start(&thread, 0, close_fd, (void *)(intptr_t)fd)) {
        fj_thread_detach(thread);
    }
    else {
        fj_close(fd);
    }
}
