/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/place.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fileio.h"
#include "base/hidden.h"
#include "base/overwrite.h"

/* From this size on a rename takes at least twice as long as an exchange.
 * Smaller old files are gone when the call returns. */
enum { WORTH_EXCHANGING = 32 * 1024 * 1024 };

/* One fj_place(): the new file, the two hidden names beside it, and the list
 * of old files. */
typedef struct {
    fj_new_file file; // `unnamed` and `temp` follow the file's current name;
                      // `fd` is -1 when it has been handed on
    char *old_path;
    char *new_path;
    fj_retirement *retirement;
} placing;

/* Renames the new file over the old one, without waiting until the old one's
 * blocks are freed. */
static int
rename_over(const char *temp, const char *path)
{
    int old = fj_hold(path);
    int ret = fj_rename(temp, path);
    if (old >= 0) {
        fj_close_later(old);
    }
    return ret;
}

/* Swaps the two names, but fails where a rename would fail. */
static int
exchange_files(const char *temp, const char *path)
{
    fj_file_info old;
    int ret = fj_exchange(temp, path);
    if (ret == 0 && fj_get_info_at(FJ_HERE, temp, false, &old) == 0 &&
        old.kind == FJ_FILE_DIRECTORY) {
        (void)fj_exchange(temp, path);
        ret = -EISDIR;
    }
    return ret;
}

static int
link_new(placing *p, const char *name)
{
    int ret = fj_link_unnamed(p->file.fd, name);
    if (ret == 0) {
        p->file.unnamed = false;
        p->file.temp = name;
    }
    return ret;
}

/* Gives the new file a name, from which it can be renamed or exchanged. */
static int
name_new(placing *p)
{
    (void)fj_lock(p->file.fd); // where that cannot be, nobody takes it away
    int ret = link_new(p, p->new_path);
    if (ret < 0) { // another dump is using that name
        ret = link_new(p, p->file.temp);
    }
    return ret;
}

/* Called when the new file is in place and the old one is at old_path: lets
 * the old one wait, or removes it.  `old` is a descriptor of it, unless it was
 * replaced meanwhile. */
static void
retire(placing *p, int old)
{
    fj_unlock(p->file.fd);
    if (old >= 0 && !fj_leads_to(FJ_HERE, p->old_path, old)) {
        fj_close(old);
        old = fj_open_old(FJ_HERE, p->old_path);
        if (old >= 0) {
            (void)fj_lock(old);
        }
    }
    if (old >= 0 && fj_retire(p->retirement, p->file.path, old, p->file.fd)) {
        p->file.fd = -1;
        return;
    }
    fj_start_writing_out(p->file.fd);
    fj_remove(p->old_path);
    if (old >= 0) {
        fj_close(old);
    }
}

/* Links the new file at the name for old files, and exchanges it from
 * there. */
static int
exchange_at_once(placing *p)
{
    int ret = fj_lock(p->file.fd);
    if (ret == 0) {
        ret = link_new(p, p->old_path);
    }
    if (ret < 0) {
        return ret;
    }
    int old = fj_open_old(FJ_HERE, p->file.path);
    if (old >= 0) {
        (void)fj_lock(old); // if it is locked already, its owner protects it
                            // as well
    }
    ret = exchange_files(p->old_path, p->file.path);
    if (ret == 0) {
        retire(p, old);
    }
    else if (old >= 0) {
        fj_close(old);
    }
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
    fj_unlock(p->file.fd);
    int superseded = fj_open_old(FJ_HERE, p->file.temp);
    fj_remove(p->file.temp);
    if (superseded >= 0) {
        fj_close_later(superseded);
    }
    fj_retire_later(first, p->file.fd);
    p->file.fd = -1;
    return 0;
}

/* After a failure a rename may be tried. */
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
    if (!p->file.synced) {
        fj_start_writing_out(p->file.fd);
    }
    int ret = p->file.unnamed ? name_new(p) : 0;
    return ret == 0 ? rename_over(p->file.temp, p->file.path) : ret;
}

static bool
has_other_names(const char *path)
{
    fj_file_info old;
    return fj_get_info_at(FJ_HERE, path, false, &old) == 0 &&
           old.kind == FJ_FILE_REGULAR && old.n_names > 1;
}

static int
overwrite(placing *p)
{
    int ret = fj_overwrite(p->file.path, p->file.fd, p->file.synced);
    if (ret == 0 && !p->file.unnamed) {
        fj_remove(p->file.temp);
    }
    return ret;
}

static int
place_over(placing *p)
{
    if (has_other_names(p->file.path)) {
        return overwrite(p);
    }
    fj_file_info new;
    if (p->file.unnamed && !p->file.synced &&
        fj_get_info(p->file.fd, &new) == 0 &&
        new.nbytes >= WORTH_EXCHANGING &&place_by_exchange(p) == 0) {
        return 0;
    }
    int ret = place_by_rename(p);
    /* The old file may be written all the same; if not, that is the error. */
    return fj_is_fixed(ret) && p->file.replaces ? overwrite(p) : ret;
}

/* If there was no file, a link is enough, unless one has appeared since. */
static int
place(placing *p)
{
    if (p->file.unnamed && !p->file.replaces) {
        int ret = fj_link_unnamed(p->file.fd, p->file.path);
        if (ret != -EEXIST) {
            return ret;
        }
    }
    return place_over(p);
}

static void
remove_left_over(const char *path)
{
    int fd = fj_open_left_over(FJ_HERE, path);
    if (fd >= 0) {
        fj_remove(path);
        fj_close_later(fd);
    }
}

/* What a killed process left goes, the old file last. */
static int
place_after_others(placing *p)
{
    int left = fj_open_left_over(FJ_HERE, p->old_path);
    int ret = 0;
    if (left >= 0 && !p->file.synced) {
        ret = fj_sync(p->file.fd);
        p->file.synced = true;
    }
    remove_left_over(p->new_path);
    if (ret == 0) {
        ret = place(p);
    }
    if (left >= 0 && ret == 0) {
        fj_remove(p->old_path);
        fj_close_later(left);
    }
    else if (left >= 0) {
        fj_close(left);
    }
    return ret;
}

int
fj_place(const fj_new_file *file, fj_retirement *retirement)
{
    placing p = {
        .file = *file,
        .old_path = fj_hidden_beside(file->path, "old"),
        .new_path = fj_hidden_beside(file->path, "new"),
        .retirement = retirement,
    };
    int ret = p.old_path == NULL || p.new_path == NULL ? -ENOMEM
                                                       : fj_settle(file->fd);
    if (ret == 0) {
        ret = place_after_others(&p);
    }
    if (ret < 0 && !p.file.unnamed) {
        fj_remove(p.file.temp);
    }
    if (p.file.fd >= 0) {
        fj_close(p.file.fd); // with its lock
    }
    free(p.old_path);
    free(p.new_path);
    return ret;
}
