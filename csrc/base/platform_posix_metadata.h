/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to platform_posix_metadata.c and what each Unix system adds.
 */
#ifndef FJ_BASE_PLATFORM_POSIX_METADATA_H
#define FJ_BASE_PLATFORM_POSIX_METADATA_H

#include <stdbool.h>

/* Gives the open new file the access control list and the extended attributes
 * of `path`.  False if the list may be lost. */
bool fj_copy_attributes(int new, const char *path);

#endif
