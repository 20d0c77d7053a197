/* SPDX-License-Identifier: BSD-3-Clause
 *
 * macOS, and other Unix systems than Linux: without unnamed files and what
 * they need.  What only macOS has is asked for by name.
 */
#if !defined(_WIN32) && !defined(__linux__)
#include "base/platform.h"

#include "base/platform_posix_metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <copyfile.h>
#endif

void
fj_populate(void *start, size_t nbytes)
{
    (void)start;
    (void)nbytes;
}

bool
fj_can_link_unnamed(void)
{
    return false;
}

int
fj_create_unnamed(const char *directory)
{
    (void)directory;
    return -ENOSYS;
}

int
fj_link_unnamed(int fd, const char *path)
{
    (void)fd;
    (void)path;
    return -ENOSYS;
}

int
fj_exchange(const char *a, const char *b)
{
    (void)a;
    (void)b;
    return -ENOSYS;
}

int
fj_hold(const char *path)
{
    (void)path; // opening it might wait, or count as reading
    return -ENOSYS;
}

int
fj_reserve(int fd, int64_t nbytes)
{
#ifdef F_PREALLOCATE
    struct stat now;
    if (fstat(fd, &now) < 0) {
        return -errno;
    }
    /* From the end of what it has on, all or nothing. */
    fstore_t more = {
        .fst_flags = F_ALLOCATEALL,
        .fst_posmode = F_PEOFPOSMODE,
        .fst_length = (off_t)nbytes - (off_t)now.st_blocks * 512,
    };
    int ret;
    do {
        ret = more.fst_length > 0 && fcntl(fd, F_PREALLOCATE, &more) < 0
                  ? -errno
                  : 0;
    } while (ret == -EINTR);
    return ret == -ENOTSUP || ret == -EOPNOTSUPP || ret == -EINVAL ? 0 : ret;
#else
    (void)fd;
    (void)nbytes;
    return 0;
#endif
}

void
fj_preallocate(int fd, size_t nbytes)
{
    (void)fd;
    (void)nbytes;
}

void
fj_start_writing_out(int fd)
{
    (void)fd;
}

int
fj_write_out(int fd, int64_t start, int64_t nbytes)
{
    (void)fd;
    (void)start;
    (void)nbytes;
    return 0;
}

int
fj_sync(int fd)
{
    int ret;
    do {
#ifdef F_FULLFSYNC
        /* fsync() leaves data in the disk's own cache. */
        ret = fcntl(fd, F_FULLFSYNC) < 0 ? -errno : 0;
        if (ret != -ENOTSUP && ret != -EINVAL && ret != -ENOTTY) {
            continue;
        } // else the file system knows only that one
#endif
        ret = fsync(fd) < 0 ? -errno : 0;
    } while (ret == -EINTR); // it has not failed yet
    return ret;
}

bool
fj_copy_attributes(int new, const char *path)
{
#ifdef __APPLE__
    int old = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (old < 0) {
        return false;
    }
    bool has_list = fcopyfile(old, new, NULL, COPYFILE_ACL) == 0;
    (void)fcopyfile(old, new, NULL, COPYFILE_XATTR);
    close(old);
    return has_list;
#else
    (void)new;
    (void)path;
    return true;
#endif
}

#else
typedef int fj_not_unix; // a file of C declares something
#endif
