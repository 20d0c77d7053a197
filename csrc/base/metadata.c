/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "base/metadata.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

/* Owner and group: whether the new file has the old one's group.  Nobody but
 * root may give files away; a group that the caller is in may be kept. */
static bool
copy_owner(int new, const struct stat *old, bool *owner_ret)
{
    struct stat now;
    if (fstat(new, &now) == 0 &&
        (now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
        fchown(new, old->st_uid, old->st_gid) < 0) {
        (void)!fchown(new, (uid_t)-1, old->st_gid);
    }
    bool known = fstat(new, &now) == 0;
    *owner_ret = known && now.st_uid == old->st_uid;
    return known && now.st_gid == old->st_gid;
}

#ifdef __linux__

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
static bool
copy_attributes(int new, const char *path)
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

static bool
copy_attributes(int new, const char *path)
{
    (void)new;
    (void)path;
    return true;
}

#endif

void
fj_copy_metadata(int new, const char *path, const struct stat *old)
{
    bool has_owner;
    bool has_group = copy_owner(new, old, &has_owner);
    bool has_list = copy_attributes(new, path);
    mode_t mode = old->st_mode & 07777;
    if (!has_group || !has_list) {
        /* The group that it has gets what everybody gets. */
        mode = (mode & 07707) | (mode & 07) << 3;
    }
    if (!has_owner || !has_group) {
        mode &= 01777; // not to be run with the rights of others
    }
    (void)fchmod(new, mode); // last, since it bounds the access control list
}
