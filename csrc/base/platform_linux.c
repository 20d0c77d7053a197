/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What only Linux has: files without a name, an exchange of names, ways to the
 * disk, extended attributes as it names them.
 */
#ifdef __linux__
#define _GNU_SOURCE
#include "base/platform.h"

#include "base/platform_posix_metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h> // snprintf
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h> // fstatfs
#include <sys/xattr.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // older headers
#endif

void
fj_populate(void *start, size_t nbytes)
{
    enum {
        PAGE = 4096
    }; // with larger pages the call fails, and memory comes
        // page by page
    uintptr_t first = (uintptr_t)start / PAGE * PAGE;
    uintptr_t end = ((uintptr_t)start + nbytes) / PAGE * PAGE;
    if (first < end) {
        (void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
    }
}

bool
fj_can_link_unnamed(void)
{
    return access("/proc/self/fd", X_OK) == 0;
}

int
fj_create_unnamed(const char *directory)
{
    int ret;
    do {
        int fd = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
        ret = fd < 0 ? -errno : fd;
    } while (ret == -EINTR);
    return ret;
}

int
fj_link_unnamed(int fd, const char *path)
{
    char proc[64];
    int ret;
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
    do {
        /* The first is simpler, but needs a capability before Linux 6.10. */
        ret = linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0 ||
                      linkat(AT_FDCWD, proc, AT_FDCWD, path,
                             AT_SYMLINK_FOLLOW) == 0
                  ? 0
                  : -errno;
    } while (ret == -EINTR);
    return ret;
}

int
fj_exchange(const char *a, const char *b)
{
    enum { EXCHANGE = 2 }; // RENAME_EXCHANGE of <linux/fs.h>
    int ret;
    do {
        ret = syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE) < 0
                  ? -errno
                  : 0;
    } while (ret == -EINTR);
    return ret;
}

int
fj_hold(const char *path)
{
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int
fj_reserve(int fd, int64_t nbytes)
{
    int ret;
    do {
        ret = nbytes > 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, nbytes) < 0
                  ? -errno
                  : 0;
    } while (ret == -EINTR);
    return ret == -EOPNOTSUPP || ret == -ENOSYS ? 0 : ret;
}

void
fj_preallocate(int fd, size_t nbytes)
{
    struct statfs system;
    off_t position = lseek(fd, 0, SEEK_CUR);
    if (position >= 0 && fstatfs(fd, &system) == 0 &&
        system.f_type == EXT4_SUPER_MAGIC) {
        (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, position, (off_t)nbytes);
    }
}

void
fj_start_writing_out(int fd)
{
    (void)!sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int
fj_write_out(int fd, int64_t start, int64_t nbytes)
{
    int flags = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                SYNC_FILE_RANGE_WAIT_AFTER;
    /* What a signal cuts short, fj_sync() does. */
    return sync_file_range(fd, start, nbytes, flags) < 0 && errno != EINTR
               ? -errno
               : 0;
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

static const char ACL[] = "system.posix_acl_access";

/* Not what is said of the old data: signatures of it. */
static bool
is_kept(const char *name)
{
    return strncmp(name, "user.", 5) == 0 || strcmp(name, ACL) == 0 ||
           (strncmp(name, "security.", 9) == 0 &&
            strcmp(name, "security.ima") != 0 &&
            strcmp(name, "security.evm") != 0);
}

static bool
copy_attribute(int new, const char *path, const char *name)
{
    ssize_t nbytes = getxattr(path, name, NULL, 0);
    char *value = nbytes < 0 ? NULL : malloc((size_t)nbytes + 1);
    if (value == NULL) {
        return false;
    }
    nbytes = getxattr(path, name, value, (size_t)nbytes);
    bool copied =
        nbytes >= 0 && fsetxattr(new, name, value, (size_t)nbytes, 0) == 0;
    free(value);
    return copied;
}

/* False if the old file's access control list may be lost. */
bool
fj_copy_attributes(int new, const char *path)
{
    /* The directory may have given the new file a list that the old one does
     * not have. */
    (void)fremovexattr(new, ACL);
    ssize_t nbytes = listxattr(path, NULL, 0);
    char *names = nbytes <= 0 ? NULL : malloc((size_t)nbytes);
    if (names == NULL) {
        return nbytes <= 0;
    }
    bool has_list = true;
    nbytes = listxattr(path, names, (size_t)nbytes);
    for (const char *name = names; name < names + nbytes;
         name += strlen(name) + 1) {
        if (is_kept(name) && !copy_attribute(new, path, name) &&
            strcmp(name, ACL) == 0) {
            has_list = false;
        }
    }
    free(names);
    return has_list;
}

#else
typedef int fj_not_linux; // a file of C declares something
#endif
