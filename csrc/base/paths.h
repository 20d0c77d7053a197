/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names in the directory of a file.  Plain C11.
 */
#ifndef FJ_BASE_PATHS_H
#define FJ_BASE_PATHS_H

/* The directory of a path, with a final slash; "./" for a bare name.  To be
 * freed by the caller; NULL if there is no memory. */
char *fj_directory_of(const char *path);

/* Opens that directory with O_PATH: a descriptor, or -errno. */
int fj_open_directory(const char *path);

/* "dir/.name.suffix" for "dir/name", the name cut to what a directory entry
 * can hold.  To be freed by the caller; NULL if there is no memory. */
char *fj_hidden_beside(const char *path, const char *suffix);

#endif
