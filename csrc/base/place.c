/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> // rename, snprintf
#include <stdlib.h>
#include <sys/file.h> // flock
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/paths.h"

/* From this size on a rename takes at least twice as long as an exchange.
 * Smaller old files are gone when the call returns. */
enum { WORTH_EXCHANGING = 32 * 1024 * 1024 };

/* Links an unnamed file at `path`: 0 or -errno, -EEXIST if something is
 * there. */
static int
link_unnamed(int fd, const char *path)
{
#ifdef O_TMPFILE
    char proc[64];
    /* Simpler, but needs a capability before Linux 6.10. */
    if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) {
        return 0;
    }
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, proc, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0
               ? -errno
               : 0;
#else
    (void)fd;
    (void)path;
    return -ENOSYS;
#endif
}

static int
close_whole(int fd)
{
    return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

/* Swaps the two names atomically. */
static int
exchange(const char *a, const char *b)
{
#ifdef SYS_renameat2
    enum { EXCHANGE = 2 }; // RENAME_EXCHANGE of <linux/fs.h>
    return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE) < 0
               ? -errno
               : 0;
#else
    (void)a;
    (void)b;
    return -ENOSYS;
#endif
}

/* Whoever uses one of the two hidden names holds a lock on its file. */
static int
lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static bool
leads_to(const char *path, int fd)
{
    struct stat there, here;
    return lstat(path, &there) == 0 && fstat(fd, &here) == 0 &&
           there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

/* Opens the file at a hidden name, or the one to be replaced: a descriptor, or
 * -errno. */
static int
open_old(const char *path)
{
    /* For writing, since some file systems lock only files open for
     * writing. */
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Removes a file that a killed process left; one that is in use stays. */
static void
remove_left_over(const char *path)
{
    int fd = open_old(path);
    if (fd < 0) {
        return;
    }
    if (lock(fd) == 0 && leads_to(path, fd)) {
        unlink(path);
        fj_close_later(fd);
    }
    else {
        close(fd);
    }
}

/* Renames the new file over the old one, without waiting until the old one's
 * blocks are freed. */
static int
rename_over(const char *temp, const char *path)
{
#ifdef O_PATH
    int old = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
#else
    int old = -1;
#endif
    int ret = rename(temp, path) < 0 ? -errno : 0;
    if (old >= 0) {
        fj_close_later(old);
    }
    return ret;
}

/* exchange(), but fails where a rename would fail. */
static int
exchange_files(const char *temp, const char *path)
{
    struct stat old;
    int ret = exchange(temp, path);
    if (ret == 0 && lstat(temp, &old) == 0 && S_ISDIR(old.st_mode)) {
        (void)exchange(temp, path);
        ret = -EISDIR;
    }
    return ret;
}

/* One fj_place(): the new file, the two hidden names beside it, and the list
 * of old files. */
typedef struct {
    fj_new_file file; // `unnamed` and `temp` follow the file's current name
    char *old_path;
    char *new_path;
    fj_retirement *retirement;
} placing;

/* Gives the new file a name, from which it can be renamed or exchanged. */
static int
name_new(placing *p)
{
    int ret = lock(p->file.fd);
    if (ret == 0) {
        ret = link_unnamed(p->file.fd, p->new_path);
    }
    if (ret == 0) {
        p->file.temp = p->new_path;
    }
    else { // another dump is using that name
        ret = link_unnamed(p->file.fd, p->file.temp);
    }
    p->file.unnamed = ret < 0;
    return ret;
}

/* Called when the new file is in place and the old one is at old_path: lets
 * the old one wait, or removes it.  `old` is a descriptor of it, unless it was
 * replaced meanwhile. */
static void
retire(placing *p, int old)
{
    flock(p->file.fd, LOCK_UN);
    if (old >= 0 && !leads_to(p->old_path, old)) {
        close(old);
        old = open_old(p->old_path);
        if (old >= 0) {
            (void)lock(old);
        }
    }
    if (old >= 0 && fj_retire(p->retirement, p->old_path, old, p->file.fd)) {
        return;
    }
    fj_start_writing_out(p->file.fd);
    unlink(p->old_path);
    if (old >= 0) {
        close(old);
    }
    close(p->file.fd);
}

/* Links the new file at the name for old files, and exchanges it from
 * there. */
static int
exchange_at_once(placing *p)
{
    int ret = lock(p->file.fd);
    if (ret == 0) {
        ret = link_unnamed(p->file.fd, p->old_path);
    }
    if (ret < 0) {
        return ret;
    }
    int old = open_old(p->file.path);
    if (old >= 0) {
        (void)lock(old); // if it is locked already, its owner protects it as
                         // well
    }
    ret = exchange_files(p->old_path, p->file.path);
    if (ret == 0) {
        retire(p, old);
        return 0;
    }
    if (old >= 0) {
        close(old);
    }
    (void)name_new(p); // a file whose last name is gone cannot be linked again
    unlink(p->old_path);
    return ret;
}

/* `first`, the old file of an earlier dump, is still waiting and is still
 * needed.  What that dump wrote is not needed once it has been replaced. */
static int
exchange_again(placing *p, fj_retired *first)
{
    int ret = name_new(p);
    if (ret == 0) {
        ret = exchange_files(p->file.temp, p->file.path);
    }
    if (ret < 0) {
        return ret;
    }
    flock(p->file.fd, LOCK_UN);
    int superseded = open_old(p->file.temp);
    unlink(p->file.temp);
    if (superseded >= 0) {
        fj_close_later(superseded);
    }
    fj_retire_later(first, p->file.fd);
    return 0;
}

/* 0, with the descriptor taken over; or -errno, and then a rename may be
 * tried. */
static int
place_by_exchange(placing *p)
{
    if (!fj_retirement_begin(p->retirement)) {
        return -EBUSY;
    }
    fj_retired *first = fj_retirement_find(p->retirement, p->old_path);
    int ret = first == NULL ? exchange_at_once(p) : exchange_again(p, first);
    fj_retirement_end(p->retirement);
    return ret;
}

static int
place_by_rename(placing *p)
{
    bool was_named = p->file.temp != p->new_path && !p->file.unnamed;
    int ret = 0;
    if (!p->file.synced) {
        fj_start_writing_out(p->file.fd);
    }
    if (was_named) { // network file systems report write errors only now
        ret = close_whole(p->file.fd);
    }
    else if (p->file.unnamed) {
        ret = name_new(p);
    }
    if (ret == 0) {
        ret = rename_over(p->file.temp, p->file.path);
    }
    if (ret < 0 && !p->file.unnamed) {
        unlink(p->file.temp);
    }
    if (!was_named) {
        close(p->file.fd); // releases the lock too
    }
    return ret;
}

static int
place_over(placing *p)
{
    struct stat new;
    if (p->file.unnamed && !p->file.synced && fstat(p->file.fd, &new) == 0 &&
        new.st_size >= WORTH_EXCHANGING &&place_by_exchange(p) == 0) {
        return 0;
    }
    return place_by_rename(p);
}

/* If there was no file, a link is enough, unless one has appeared since. */
static int
place(placing *p)
{
    remove_left_over(p->old_path);
    remove_left_over(p->new_path);
    if (p->file.unnamed && !p->file.replaces) {
        int ret = link_unnamed(p->file.fd, p->file.path);
        if (ret != -EEXIST) {
            close(p->file.fd);
            return ret;
        }
    }
    return place_over(p);
}

int
fj_place(const fj_new_file *file, fj_retirement *retirement)
{
    placing p = {
        .file = *file,
        .old_path = fj_hidden_beside(file->path, "fastjoblib-old"),
        .new_path = fj_hidden_beside(file->path, "fastjoblib-new"),
        .retirement = retirement,
    };
    int ret = -ENOMEM;
    if (p.old_path != NULL && p.new_path != NULL) {
        ret = place(&p);
    }
    else {
        close(p.file.fd);
    }
    free(p.old_path);
    free(p.new_path);
    return ret;
}
