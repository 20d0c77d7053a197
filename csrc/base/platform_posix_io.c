/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What Unix systems share: reading and writing.
 */
#ifndef _WIN32
#define _GNU_SOURCE
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Linux moves at most 0x7ffff000 bytes per call and macOS refuses more than
 * INT_MAX, so larger transfers are split.  With 1 GiB a system call also is
 * short enough that signals are noticed soon. */
#define MAX_TRANSFER ((size_t)1 << 30)

static size_t
transfer_size(size_t nbytes)
{
    return nbytes < MAX_TRANSFER ? nbytes : MAX_TRANSFER;
}

ssize_t
fj_read_once(int fd, void *dst, size_t nbytes)
{
    ssize_t n = read(fd, dst, transfer_size(nbytes));
    return n < 0 ? -errno : n;
}

ssize_t
fj_write_once(int fd, const void *data, size_t nbytes)
{
    ssize_t n = write(fd, data, transfer_size(nbytes));
    return n < 0 ? -errno : n;
}

ssize_t
fj_pread_once(int fd, void *dst, size_t nbytes, uint64_t offset)
{
    ssize_t n = pread(fd, dst, transfer_size(nbytes), (off_t)offset);
    return n < 0 ? -errno : n;
}

ssize_t
fj_pwrite_once(int fd, const void *data, size_t nbytes, uint64_t offset)
{
    ssize_t n = pwrite(fd, data, transfer_size(nbytes), (off_t)offset);
    return n < 0 ? -errno : n;
}

int64_t
fj_get_position(int fd)
{
    off_t position = lseek(fd, 0, SEEK_CUR);
    return position < 0 ? -errno : position;
}

int
fj_set_size(int fd, int64_t nbytes)
{
    int ret;
    do {
        ret = ftruncate(fd, (off_t)nbytes) < 0 ? -errno : 0;
    } while (ret == -EINTR);
    return ret;
}

int
fj_sync_directory(int fd)
{
    return fj_sync(fd);
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

#else
typedef int fj_not_posix_io; // a file of C declares something
#endif
