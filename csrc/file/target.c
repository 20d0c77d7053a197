/* SPDX-License-Identifier: BSD-3-Clause */
#include "file/target.h"

#include <errno.h>
#include <fcntl.h>  // O_WRONLY
#include <stdlib.h> // free
#include <time.h>

#include "base/hidden.h"
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
    do {
        Py_BEGIN_ALLOW_THREADS // a FIFO waits for its reader
            fd = fj_open_to_write(target->path);
        Py_END_ALLOW_THREADS
    } while (fd == -EINTR && PyErr_CheckSignals() == 0);
    if (fd < 0) {
        return PyErr_Occurred() ? -1 : raise_errno(target, -fd);
    }
    target->fd = fd;
    return 0;
}

/* Differs between processes, threads and calls; if not, O_EXCL fails. */
static uint64_t
unique_number(const fj_target *target, int attempt)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    uint64_t bits = (uint64_t)now.tv_sec * 1000000000u +
                    (uint64_t)now.tv_nsec + (uint64_t)attempt;
    bits ^= (uint64_t)fj_process_id() << 40;
    bits ^= (uint64_t)(uintptr_t)target << 16;
    return bits * 0x9e3779b97f4a7c15u;
}

/* Sets target->temp; false if there is no memory. */
static bool
name_temp(fj_target *target, int attempt)
{
    char suffix[FJ_NUMBER_SUFFIX_SIZE];
    fj_number_suffix(suffix, unique_number(target, attempt));
    free(target->temp);
    target->temp = fj_hidden_beside(target->path, suffix);
    return target->temp != NULL;
}

/* A descriptor, or -errno; -EEXIST if the name is taken, or somebody took the
 * file for left over before it was locked. */
static int
create_locked(const char *path)
{
    int fd = fj_create(path);
    if (fd < 0) {
        return fd;
    }
    int ret = fj_lock(fd); // where there are no locks, nobody takes it away
    if (ret == -EWOULDBLOCK) {
        fj_remove(path);
    }
    if (ret == -EWOULDBLOCK || !fj_leads_to(FJ_HERE, path, fd)) {
        fj_close(fd);
        return -EEXIST;
    }
    return fd;
}

/* Makes the temporary file: 0 with target->fd set, or -errno. */
static int
make_temp(fj_target *target)
{
    int ret = -EEXIST;
    for (int attempt = 0; ret == -EEXIST && attempt < TEMP_ATTEMPTS;
         attempt++) {
        ret =
            name_temp(target, attempt) ? create_locked(target->temp) : -ENOMEM;
    }
    if (ret >= 0) {
        target->fd = ret;
        return 0;
    }
    free(target->temp); // not our file
    target->temp = NULL;
    return ret;
}

/* True with target->fd set, false if the system or the file system cannot do
 * this. */
static bool
make_unnamed(fj_target *target)
{
    fj_state *state = target->state;
    if (state->links_unnamed == 0) {
        state->links_unnamed = fj_can_link_unnamed() ? 1 : -1;
    }
    char *dir =
        state->links_unnamed > 0 ? fj_directory_of(target->path) : NULL;
    if (dir == NULL) {
        return false;
    }
    int fd = fj_create_unnamed(dir);
    free(dir);
    if (fd < 0) {
        return false;
    }
    target->fd = fd;
    target->unnamed = true;
    return true;
}

/* `old` is NULL if there is no file yet. */
static int
open_temp(fj_target *target, const fj_file_info *old, bool named)
{
    target->replaces = old != NULL;
    int ret = !named && make_unnamed(target) ? 0 : make_temp(target);
    if (ret == 0) {
        if (old != NULL) {
            fj_copy_metadata(target->fd, target->path, old);
        }
        return 0;
    }
    bool no_new_files = ret == -EACCES || ret == -EPERM || ret == -EROFS;
    if (old != NULL && no_new_files) {
        return open_in_place(target);
    }
    return raise_errno(target, -ret);
}

static int
open_new(fj_target *target, bool atomic, bool named)
{
    return atomic ? open_temp(target, NULL, named) : open_in_place(target);
}

static int
open_existing(fj_target *target, const fj_file_info *old, bool atomic,
              bool named)
{
    if (old->kind == FJ_FILE_DIRECTORY) {
        return raise_errno(target, EISDIR);
    }
    if (!atomic || old->kind != FJ_FILE_REGULAR) {
        return open_in_place(target);
    }
    /* A rename would also replace a file that we may not write. */
    int ret = fj_may_write(target->path);
    if (ret < 0) {
        return raise_errno(target, -ret);
    }
    return open_temp(target, old, named);
}

static bool
leads_to(const char *path, const fj_file_info *file)
{
    fj_file_info there;
    return fj_get_info_at(FJ_HERE, path, false, &there) == 0 &&
           there.number == file->number && there.device == file->device;
}

static int
open_link(fj_target *target, bool atomic, bool named)
{
    fj_file_info old;
    int ret = fj_get_info_at(FJ_HERE, target->path, true, &old);
    bool dangles = ret == -ENOENT;
    if (ret < 0 && !dangles) {
        return raise_errno(target, -ret);
    }
    char *path;
    ret = fj_follow_links(target->path, &path);
    if (ret < 0) {
        return raise_errno(target, -ret);
    }
    if (!dangles && !leads_to(path, &old)) {
        free(path); // what links in /proc hold need not be a path any more
        return open_existing(target, &old, false, named);
    }
    free(target->path);
    target->path = path;
    return dangles ? open_new(target, atomic, named)
                   : open_existing(target, &old, atomic, named);
}

int
fj_target_open(fj_target *target, fj_state *state, PyObject *filename,
               bool atomic, bool named)
{
    fj_file_info old;
    PyObject *encoded;
    *target = (fj_target){
        .fd = -1,
        .state = state,
        .filename = filename,
        .pid = fj_process_id(),
    };
    if (PySys_Audit("open", "Osi", filename, "wb",
                    O_WRONLY | O_CREAT | O_TRUNC) < 0 ||
        !PyUnicode_FSConverter(filename, &encoded)) {
        return -1;
    }
    target->path = fj_copy_path(PyBytes_AS_STRING(encoded));
    Py_DECREF(encoded);
    if (target->path == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int ret = fj_get_info_at(FJ_HERE, target->path, false, &old);
    if (ret < 0) {
        return ret == -ENOENT ? open_new(target, atomic, named)
                              : raise_errno(target, -ret);
    }
    return old.kind == FJ_FILE_LINK
               ? open_link(target, atomic, named)
               : open_existing(target, &old, atomic, named);
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
put_in_place(const fj_target *target, bool synced)
{
    if (!target->unnamed && target->temp == NULL) {
        return fj_close(target->fd);
    }
    const fj_new_file file = {
        .fd = target->fd,
        .path = target->path,
        .temp = target->temp,
        .unnamed = target->unnamed,
        .replaces = target->replaces,
        .synced = synced,
    };
    return fj_place(&file, target->state->retirement);
}

/* The file's data first, then its name.  The directory is opened before
 * anything changes.  Closes the file. */
static int
put_in_place_synced(const fj_target *target)
{
    int dir = fj_open_directory(target->path, true);
    int ret = dir < 0 ? dir : fj_sync(target->fd);
    if (ret < 0) {
        fj_close(target->fd);
    }
    else {
        ret = put_in_place(target, true);
    }
    if (ret == 0) {
        ret = fj_sync_directory(dir);
    }
    if (dir >= 0) {
        fj_close(dir);
    }
    return ret;
}

int
fj_target_commit(fj_target *target, bool fsync)
{
    int status;
    if (fj_process_id() != target->pid) {
        fj_raise_forked();
        return -1;
    }
    if (target->unnamed && !name_temp(target, 0)) {
        PyErr_NoMemory();
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
        status =
            fsync ? put_in_place_synced(target) : put_in_place(target, false);
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
        fj_close(target->fd);
        target->fd = -1;
    }
    if (target->temp != NULL) {
        if (fj_process_id() == target->pid) {
            fj_remove(target->temp);
        }
        free(target->temp);
        target->temp = NULL;
    }
    free(target->path);
    target->path = NULL;
}
