/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Private to platform_windows*.c.
 */
#ifndef FJ_BASE_PLATFORM_WINDOWS_H
#define FJ_BASE_PLATFORM_WINDOWS_H

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602 // Windows 8
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* The negative errno of an error of Windows, and of the last one. */
int fj_errno_of(DWORD error);
int fj_last_errno(void);

/* A path for Windows, of any length, to be freed by the caller: 0 or
 * -errno. */
int fj_wide_path(const char *path, wchar_t **wide_ret);

/* The same of a name in an open directory, which may be FJ_HERE. */
int fj_wide_path_at(int directory, const char *name, wchar_t **wide_ret);

/* UTF-8, to be freed by the caller: 0 or -errno. */
int fj_narrow(const wchar_t *wide, size_t n, char **narrow_ret);

/* The handle of a descriptor: 0, or -EBADF. */
int fj_handle_of(int fd, HANDLE *handle_ret);

#endif
