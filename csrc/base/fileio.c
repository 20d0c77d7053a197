/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "base/fileio.h"

#include <errno.h>
#include <unistd.h> // pread, read, write

/* Linux moves at most 0x7ffff000 bytes per call and macOS refuses more than
 * INT_MAX, so larger transfers are cut.  1 GiB also keeps a single system
 * call short enough for a signal to be noticed between two of them. */
#define MAX_TRANSFER ((size_t)1 << 30)

static size_t
transfer_size(size_t nbytes)
{
    return nbytes < MAX_TRANSFER ? nbytes : MAX_TRANSFER;
}

int
fj_write_full(int fd, const void *data, size_t nbytes)
{
    const char *next = data;
    while (nbytes > 0) {
        ssize_t n = write(fd, next, transfer_size(nbytes));
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
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
        ssize_t n = pwrite(fd, (const char *)data + done,
                           transfer_size(nbytes - done),
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
fj_read_some(int fd, void *dst, size_t at_least, size_t nbytes)
{
    size_t done = 0;
    while (done < at_least) {
        ssize_t n = read(fd, (char *)dst + done, transfer_size(nbytes - done));
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
