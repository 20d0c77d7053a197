/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE // fallocate
#include "base/overwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fileio.h"

enum { PIECE = 1024 * 1024 };

/* Takes the room that the file will need, before anything in it is changed. */
static int
reserve(int fd, off_t nbytes)
{
#ifdef FALLOC_FL_KEEP_SIZE
    int ret;
    do {
        ret = nbytes > 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, nbytes) < 0
                  ? -errno
                  : 0;
    } while (ret == -EINTR);
    /* Not every file system can. */
    return ret == -EOPNOTSUPP || ret == -ENOSYS ? 0 : ret;
#else
    (void)fd;
    (void)nbytes;
    return 0;
#endif
}

static int
set_size(int fd, off_t nbytes)
{
    int ret;
    do {
        ret = ftruncate(fd, nbytes) < 0 ? -errno : 0;
    } while (ret == -EINTR);
    return ret;
}

static int
copy(int to, off_t old_nbytes, int from, off_t nbytes)
{
    char *piece = malloc(PIECE);
    if (piece == NULL) {
        return -ENOMEM;
    }
    int ret = reserve(to, nbytes);
    for (off_t done = 0; ret == 0 && done < nbytes;) {
        ssize_t n = fj_pread_full(from, piece, PIECE, (uint64_t)done);
        ret = n < 0    ? (int)n
              : n == 0 ? -EIO // it has become shorter
                       : fj_pwrite_full(to, piece, (size_t)n, (uint64_t)done);
        done += n;
    }
    free(piece);
    if (ret < 0) {
        (void)set_size(to, old_nbytes); // gives back the room beyond
        return ret;
    }
    return set_size(to, nbytes);
}

int
fj_overwrite(const char *path, int from, bool sync)
{
    struct stat new, old;
    int to = fj_open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (to < 0) {
        return to;
    }
    int ret = fstat(from, &new) < 0 || fstat(to, &old) < 0 ? -errno
              : S_ISREG(old.st_mode)                       ? 0
                                                           : -EINVAL;
    if (ret == 0) {
        ret = copy(to, old.st_size, from, new.st_size);
    }
    if (ret == 0 && sync) {
        ret = fj_sync(to);
    }
    if (close(to) < 0 && errno != EINTR && ret == 0) {
        ret = -errno;
    }
    return ret;
}
