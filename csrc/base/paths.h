/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names in the directory of a file.  Plain C11.
 */
#ifndef FJ_BASE_PATHS_H
#define FJ_BASE_PATHS_H

/* The directory of a path, with its final slash, "./" for a bare name: to be
 * freed, or NULL. */
char *fj_directory_of(const char *path);

/* It opened, not to read or write: a descriptor, or -errno. */
int fj_open_directory(const char *path);

/* "dir/.name.suffix" for "dir/name", the name cut to what a directory entry
 * can hold: to be freed, or NULL. */
char *fj_hidden_beside(const char *path, const char *suffix);

#endif
