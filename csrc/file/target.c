/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/target.h"

#include <errno.h>
#include <fcntl.h>  // open
#include <stdio.h>  // snprintf
#include <stdlib.h> // free, malloc, realpath
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/place.h"
#include "py/errors.h"

enum { TEMP_ATTEMPTS = 100 };

static int
raise_errno(fj_target *target, int error)
{
    errno = error;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, target->filename);
    return -1;
}

static int
open_in_place(fj_target *target)
{
    int fd;
    Py_BEGIN_ALLOW_THREADS // a FIFO waits for its reader
        fd =
            open(target->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    Py_END_ALLOW_THREADS
    if (fd < 0) {
        return raise_errno(target, errno);
    }
    target->fd = fd;
    return 0;
}

/* Differs between processes, threads and calls; if not, O_EXCL fails. */
static uint64_t
unique_number(const fj_target *target, int attempt)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t bits = (uint64_t)now.tv_sec * 1000000000u +
                    (uint64_t)now.tv_nsec + (uint64_t)attempt;
    bits ^= (uint64_t)getpid() << 40;
    bits ^= (uint64_t)(uintptr_t)target << 16;
    return bits * 0x9e3779b97f4a7c15u;
}

/* Sets target->temp to "dir/.name.0123456789abcdef.tmp"; false if there is no
 * memory. */
static bool
name_temp(fj_target *target, int attempt)
{
    char suffix[sizeof "0123456789abcdef.tmp"];
    snprintf(suffix, sizeof suffix, "%016llx.tmp",
             (unsigned long long)unique_number(target, attempt));
    free(target->temp);
    target->temp = fj_hidden_beside(target->path, suffix);
    return target->temp != NULL;
}

/* Makes the temporary file: 0 with target->fd set, or an errno. */
static int
make_temp(fj_target *target)
{
    int error = EEXIST;
    for (int attempt = 0; attempt < TEMP_ATTEMPTS; attempt++) {
        if (!name_temp(target, attempt)) {
            return ENOMEM;
        }
        target->fd =
            open(target->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (target->fd >= 0) {
            return 0;
        }
        error = errno;
        if (error != EEXIST && error != EINTR) {
            break;
        }
    }
    free(target->temp); // not our file
    target->temp = NULL;
    return error;
}

/* Gives the new file the mode and, if permitted, the owner of the old one. */
static void
copy_metadata(const fj_target *target, const struct stat *old)
{
    struct stat new;
    if (fstat(target->fd, &new) < 0) {
        return;
    }
    if (new.st_uid != old->st_uid || new.st_gid != old->st_gid) {
        if (fchown(target->fd, old->st_uid, old->st_gid) < 0) {
            /* Not permitted: it keeps the caller as its owner, as if the old
             * file had been removed and created again. */
        }
    }
    if ((new.st_mode & 07777) != (old->st_mode & 07777)) {
        fchmod(target->fd, old->st_mode & 07777);
    }
}

#ifdef O_TMPFILE
/* True with target->fd set, false if the file system cannot do this. */
static bool
make_unnamed(fj_target *target)
{
    fj_state *state = target->state;
    if (state->has_proc == 0) {
        state->has_proc = access("/proc/self/fd", X_OK) == 0 ? 1 : -1;
    }
    char *dir = state->has_proc > 0 ? fj_directory_of(target->path) : NULL;
    if (dir == NULL) {
        return false;
    }
    int fd = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    free(dir);
    if (fd < 0) {
        return false;
    }
    target->fd = fd;
    target->unnamed = true;
    return true;
}
#else
static bool
make_unnamed(fj_target *target)
{
    (void)target;
    return false;
}
#endif

/* `old` is NULL if there is no file yet. */
static int
open_temp(fj_target *target, const struct stat *old, bool named)
{
    target->replaces = old != NULL;
    int error = !named && make_unnamed(target) ? 0 : make_temp(target);
    if (error == 0) {
        if (old != NULL) {
            copy_metadata(target, old);
        }
        return 0;
    }
    bool no_new_files = error == EACCES || error == EPERM || error == EROFS;
    if (old != NULL && no_new_files) {
        return open_in_place(target);
    }
    return raise_errno(target, error);
}

/* Replaces a symlink by what it points to. */
static int
resolve_link(fj_target *target)
{
    char *resolved = realpath(target->path, NULL);
    if (resolved == NULL) {
        return raise_errno(target, errno);
    }
    size_t nbytes = strlen(resolved) + 1;
    char *path = PyMem_Realloc(target->path, nbytes);
    if (path == NULL) {
        free(resolved);
        PyErr_NoMemory();
        return -1;
    }
    memcpy(path, resolved, nbytes);
    free(resolved);
    target->path = path;
    return 0;
}

static int
open_existing(fj_target *target, const struct stat *old, bool is_link,
              bool atomic, bool named)
{
    if (S_ISDIR(old->st_mode)) {
        return raise_errno(target, EISDIR);
    }
    if (!atomic || !S_ISREG(old->st_mode)) {
        return open_in_place(target);
    }
    /* A rename would also replace a file that we may not write. */
    if (faccessat(AT_FDCWD, target->path, W_OK, AT_EACCESS) < 0) {
        return raise_errno(target, errno);
    }
    if (is_link && resolve_link(target) < 0) {
        return -1;
    }
    return open_temp(target, old, named);
}

int
fj_target_open(fj_target *target, fj_state *state, PyObject *filename,
               bool atomic, bool named)
{
    struct stat status;
    PyObject *encoded;
    *target = (fj_target){
        .fd = -1,
        .state = state,
        .filename = filename,
        .pid = getpid(),
    };
    if (PySys_Audit("open", "Osi", filename, "wb",
                    O_WRONLY | O_CREAT | O_TRUNC) < 0 ||
        !PyUnicode_FSConverter(filename, &encoded)) {
        return -1;
    }
    size_t nbytes = (size_t)PyBytes_GET_SIZE(encoded) + 1;
    target->path = PyMem_Malloc(nbytes);
    if (target->path == NULL) {
        Py_DECREF(encoded);
        PyErr_NoMemory();
        return -1;
    }
    memcpy(target->path, PyBytes_AS_STRING(encoded), nbytes);
    Py_DECREF(encoded);

    if (lstat(target->path, &status) < 0) {
        if (errno != ENOENT) {
            return raise_errno(target, errno);
        }
        return atomic ? open_temp(target, NULL, named) : open_in_place(target);
    }
    bool is_link = S_ISLNK(status.st_mode);
    if (is_link && stat(target->path, &status) < 0) {
        /* A dangling link has no old file that could be lost. */
        return errno == ENOENT ? open_in_place(target)
                               : raise_errno(target, errno);
    }
    return open_existing(target, &status, is_link, atomic, named);
}

const char *
fj_target_path(const fj_target *target)
{
    if (target->unnamed) {
        return NULL;
    }
    return target->temp != NULL ? target->temp : target->path;
}

static int
sync_directory(const char *path)
{
    char *dir = fj_directory_of(path);
    if (dir == NULL) {
        return -ENOMEM;
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ret = fd < 0 || fsync(fd) < 0 ? -errno : 0;
    if (fd >= 0) {
        close(fd);
    }
    free(dir);
    return ret;
}

/* The part of a commit that may wait for the disk.  Closes the file. */
static int
commit_nogil(const fj_target *target, bool sync)
{
    int ret = sync && fsync(target->fd) < 0 ? -errno : 0;
    if (ret == 0 && (target->unnamed || target->temp != NULL)) {
        const fj_new_file file = {
            .fd = target->fd,
            .path = target->path,
            .temp = target->temp,
            .unnamed = target->unnamed,
            .replaces = target->replaces,
            .synced = sync,
        };
        ret = fj_place(&file, target->state->retirement);
    }
    else if (close(target->fd) < 0 && ret == 0 && errno != EINTR) {
        ret = -errno;
    }
    return ret == 0 && sync ? sync_directory(target->path) : ret;
}

int
fj_target_commit(fj_target *target, bool fsync)
{
    int status;
    if (getpid() != target->pid) {
        fj_raise_forked();
        return -1;
    }
    if (target->unnamed && !name_temp(target, 0)) {
        PyErr_NoMemory();
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
        status = commit_nogil(target, fsync);
    Py_END_ALLOW_THREADS
    target->fd = -1;
    if (status < 0) {
        return raise_errno(target, -status);
    }
    free(target->temp);
    target->temp = NULL;
    return 0;
}

void
fj_target_clear(fj_target *target)
{
    if (target->fd >= 0) {
        close(target->fd);
        target->fd = -1;
    }
    if (target->temp != NULL) {
        if (getpid() == target->pid) {
            unlink(target->temp);
        }
        free(target->temp);
        target->temp = NULL;
    }
    PyMem_Free(target->path);
    target->path = NULL;
}
