/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What Unix systems share: what a new file takes over from an old one.
 */
#ifndef _WIN32
#define _GNU_SOURCE
#include "base/platform.h"

#include "base/platform_posix_metadata.h"

#include <sys/stat.h>
#include <unistd.h>

/* Owner and group: whether the new file has the old one's group.  Nobody but
 * root may give files away; a group that the caller is in may be kept. */
static bool
copy_owner(int new, const fj_file_info *old, bool *owner_ret)
{
    fj_file_info now;
    if (fj_get_info(new, &now) == 0 &&
        (now.owner != old->owner || now.group != old->group) &&
        fchown(new, old->owner, old->group) < 0) {
        (void)!fchown(new, (uid_t)-1, old->group);
    }
    bool known = fj_get_info(new, &now) == 0;
    *owner_ret = known && now.owner == old->owner;
    return known && now.group == old->group;
}

void
fj_copy_metadata(int new, const char *path, const fj_file_info *old)
{
    bool has_owner;
    bool has_group = copy_owner(new, old, &has_owner);
    bool has_list = fj_copy_attributes(new, path);
    unsigned mode = old->mode;
    if (!has_group || !has_list) {
        /* The group that it has gets what everybody gets. */
        mode = (mode & 07707) | (mode & 07) << 3;
    }
    if (!has_owner || !has_group) {
        mode &= 01777; // not to be run with the rights of others
    }
    (void)fchmod(new,
                 (mode_t)mode); // last, since it bounds the access control
                                // list
}

#else
typedef int fj_not_posix_metadata; // a file of C declares something
#endif
