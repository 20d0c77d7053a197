/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parts of paths.  Plain C11.
 */
#ifndef FJ_BASE_PATHS_H
#define FJ_BASE_PATHS_H

#include <stdbool.h>

/* What follows the last separator. */
const char *fj_name_of(const char *path);

/* To be freed by the caller; NULL if there is no memory. */
char *fj_copy_path(const char *path);

/* The directory of a path, with a final separator; "./" for a bare name.  To be
 * freed by the caller; NULL if there is no memory. */
char *fj_directory_of(const char *path);

/* Opens that directory: a descriptor, or -errno.  `to_sync`: for
 * fj_sync_directory(). */
int fj_open_directory(const char *path, bool to_sync);

/* Follows symbolic links to what the last one leads to, which need not exist:
 * 0 with a path in *path_ret, to be freed by the caller; or -errno, -ELOOP if
 * there are too many. */
int fj_follow_links(const char *path, char **path_ret);

#endif
