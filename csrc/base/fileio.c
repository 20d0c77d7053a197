/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "base/fileio.h"

#include <errno.h>
#include <fcntl.h> // fallocate
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h> // pread, read, write
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h> // fstatfs
#endif

#include "base/thread.h"

/* Linux moves at most 0x7ffff000 bytes per call and macOS refuses more than
 * INT_MAX, so larger transfers are split.  With 1 GiB a system call also is
 * short enough that signals are noticed soon. */
#define MAX_TRANSFER ((size_t)1 << 30)

static size_t
transfer_size(size_t nbytes)
{
    return nbytes < MAX_TRANSFER ? nbytes : MAX_TRANSFER;
}

int
fj_open(const char *path, int flags, mode_t mode)
{
    int ret;
    do {
        int fd = open(path, flags, mode);
        ret = fd < 0 ? -errno : fd;
    } while (ret == -EINTR);
    return ret;
}

int
fj_sync(int fd)
{
    int ret;
    do {
        ret = fsync(fd) < 0 ? -errno : 0;
    } while (ret == -EINTR); // it has not failed yet
    return ret;
}

int
fj_settle(int fd)
{
    int ret;
    do {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        ret = copy < 0 || close(copy) < 0 ? -errno : 0;
    } while (ret == -EINTR);
    return ret;
}

ssize_t
fj_write_once(int fd, const void *data, size_t nbytes)
{
    ssize_t n = write(fd, data, transfer_size(nbytes));
    return n < 0 ? -errno : n;
}

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
        ssize_t n =
            pwrite(fd, (const char *)data + done, transfer_size(nbytes - done),
                   (off_t)(offset + done));
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        done += (size_t)n;
    }
    return 0;
}

void
fj_preallocate(int fd, size_t nbytes)
{
#ifdef __linux__
    struct statfs system;
    off_t position = lseek(fd, 0, SEEK_CUR);
    if (position >= 0 && fstatfs(fd, &system) == 0 &&
        system.f_type == EXT4_SUPER_MAGIC) {
        (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, position, (off_t)nbytes);
    }
#else
    (void)fd;
    (void)nbytes;
#endif
}

void
fj_start_writing_out(int fd)
{
#ifdef SYNC_FILE_RANGE_WRITE
    (void)!sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)fd;
#endif
}

static void *
close_fd(void *arg)
{
    close((int)(intptr_t)arg);
    return NULL;
}

void
fj_close_later(int fd)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool started = false;
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        started = fj_thread_start(&thread, &attributes, close_fd,
                                  (void *)(intptr_t)fd) == 0;
        pthread_attr_destroy(&attributes);
    }
    if (!started) {
        close(fd);
    }
}

ssize_t
fj_pread_full(int fd, void *dst, size_t nbytes, uint64_t offset)
{
    size_t done = 0;
    while (done < nbytes) {
        ssize_t n = pread(fd, (char *)dst + done, transfer_size(nbytes - done),
                          (off_t)(offset + done));
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        if (n == 0) {
            break;
        }
        done += (size_t)n;
    }
    return (ssize_t)done;
}

ssize_t
fj_read_once(int fd, void *dst, size_t nbytes)
{
    ssize_t n = read(fd, dst, transfer_size(nbytes));
    return n < 0 ? -errno : n;
}
