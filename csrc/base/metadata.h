/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a new file takes over from the file that it replaces: owner, group,
 * mode, access control list, and extended attributes.  Plain C11.
 */
#ifndef FJ_BASE_METADATA_H
#define FJ_BASE_METADATA_H

#include <sys/stat.h>

/* Gives the open new file what `path`, whose status is `old`, has of these, as
 * far as that is permitted and the file system can; never more access than the
 * old file gave. */
void fj_copy_metadata(int new, const char *path, const struct stat *old);

#endif
