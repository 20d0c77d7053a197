/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What Unix systems share: paths, names, opening and closing, memory.
 */
#ifndef _WIN32
#define _GNU_SOURCE
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h> // PATH_MAX
#include <stdio.h>  // rename
#include <string.h>
#include <sys/file.h> // flock
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t
fj_process_id(void)
{
    return getpid();
}

/* -- memory ------------------------------------------------------------- */

uint64_t
fj_physical_nbytes(void)
{
    long n_pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return n_pages > 0 && page > 0 ? (uint64_t)n_pages * (uint64_t)page : 0;
}

void *
fj_map_pages(size_t nbytes, size_t alignment)
{
    size_t with_slack = nbytes + alignment;
    char *start = mmap(NULL, with_slack, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    size_t beyond = (uintptr_t)start % alignment;
    char *aligned = beyond == 0 ? start : start + (alignment - beyond);
    char *end = aligned + nbytes;
    if (aligned > start) {
        munmap(start, (size_t)(aligned - start));
    }
    if (start + with_slack > end) {
        munmap(end, (size_t)(start + with_slack - end));
    }
#ifdef MADV_HUGEPAGE
    madvise(aligned, nbytes, MADV_HUGEPAGE); // if it fails, access is only
                                             // slower
#endif
    return aligned;
}

void
fj_unmap_pages(void *start, size_t nbytes)
{
    munmap(start, nbytes);
}

void
fj_discard_pages(void *start, size_t nbytes)
{
    (void)madvise(start, nbytes, MADV_DONTNEED);
}

void
fj_offer_pages(void *start, size_t nbytes)
{
    (void)madvise(start, nbytes, MADV_FREE); // if it fails, they only stay
}

/* -- paths and names ---------------------------------------------------- */

bool
fj_is_separator(char character)
{
    return character == '/';
}

bool
fj_is_absolute(const char *path)
{
    return path[0] == '/';
}

int
fj_read_link(const char *path, char **held_ret)
{
    char held[PATH_MAX];
    ssize_t nbytes = readlink(path, held, sizeof held - 1);
    if (nbytes < 0) {
        return -errno;
    }
    held[nbytes] = '\0';
    *held_ret = strdup(held);
    return *held_ret == NULL ? -ENOMEM : 0;
}

int
fj_may_write(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int
fj_rename(const char *from, const char *to)
{
    int ret;
    do {
        ret = rename(from, to) < 0 ? -errno : 0;
    } while (ret == -EINTR);
    return ret;
}

bool
fj_is_fixed(int error)
{
    return error == -EBUSY || error == -EPERM || error == -EACCES;
}

int
fj_remove(const char *path)
{
    return unlink(path) < 0 ? -errno : 0;
}

int
fj_rename_at(int directory, const char *from, const char *to)
{
    int ret;
    do {
        ret = renameat(directory, from, directory, to) < 0 ? -errno : 0;
    } while (ret == -EINTR);
    return ret;
}

int
fj_remove_at(int directory, const char *name)
{
    return unlinkat(directory, name, 0) < 0 ? -errno : 0;
}

/* The system's own number for FJ_HERE. */
static int
or_here(int directory)
{
    return directory == FJ_HERE ? AT_FDCWD : directory;
}

/* -- files -------------------------------------------------------------- */

static void
set_info(fj_file_info *info, const struct stat *status)
{
    *info = (fj_file_info){
        .kind = S_ISREG(status->st_mode)   ? FJ_FILE_REGULAR
                : S_ISDIR(status->st_mode) ? FJ_FILE_DIRECTORY
                : S_ISLNK(status->st_mode) ? FJ_FILE_LINK
                                           : FJ_FILE_OTHER,
        .nbytes = status->st_size,
        .device = (uint64_t)status->st_dev,
        .number = status->st_ino,
        .n_names = status->st_nlink,
        .mode = status->st_mode & 07777,
        .owner = status->st_uid,
        .group = status->st_gid,
    };
}

int
fj_get_info(int fd, fj_file_info *info_ret)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        return -errno;
    }
    set_info(info_ret, &status);
    return 0;
}

int
fj_get_info_at(int directory, const char *name, bool follow,
               fj_file_info *info_ret)
{
    struct stat status;
    int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
    if (fstatat(or_here(directory), name, &status, flags) < 0) {
        return -errno;
    }
    set_info(info_ret, &status);
    return 0;
}

int
fj_open_to_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int
fj_open_to_write(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? -errno : fd;
}

int
fj_create(const char *path)
{
    int ret;
    do {
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        ret = fd < 0 ? -errno : fd;
    } while (ret == -EINTR);
    return ret;
}

int
fj_open_old(int directory, const char *name)
{
    int ret;
    do {
        /* For writing, since some file systems lock only files open for
         * writing. */
        int fd = openat(or_here(directory), name,
                        O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        ret = fd < 0 ? -errno : fd;
    } while (ret == -EINTR);
    return ret;
}

int
fj_open_folder(const char *directory, bool to_sync)
{
#ifdef O_PATH
    int access = to_sync ? O_RDONLY : O_PATH;
#else
    int access = O_RDONLY;
    (void)to_sync;
#endif
    int ret;
    do {
        int fd = open(directory, access | O_DIRECTORY | O_CLOEXEC);
        ret = fd < 0 ? -errno : fd;
    } while (ret == -EINTR);
    return ret;
}

int
fj_close(int fd)
{
    return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

int
fj_lock(int fd)
{
    int ret;
    do {
        ret = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
    } while (ret == -EINTR);
    return ret;
}

void
fj_unlock(int fd)
{
    flock(fd, LOCK_UN);
}

#else
typedef int fj_not_posix; // a file of C declares something
#endif
