/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Windows: errors, paths, names.
 *
 * A path is UTF-8 here and becomes absolute UTF-16 behind "\\?\" for a call: so it
 * may be longer than 260 characters, and is taken as it stands.
 */
#ifdef _WIN32
#include "base/platform.h"

#include "base/platform_windows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <winioctl.h>

/* -- errors ------------------------------------------------------------- */

int
fj_errno_of(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
        return -ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_USER_MAPPED_FILE:
        return -EACCES;
    case ERROR_LOCK_VIOLATION:
        return -EWOULDBLOCK;
    case ERROR_WRITE_PROTECT:
        return -EROFS;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return -EEXIST;
    case ERROR_DIRECTORY:
        return -ENOTDIR;
    case ERROR_DIR_NOT_EMPTY:
        return -ENOTEMPTY;
    case ERROR_FILENAME_EXCED_RANGE:
        return -ENAMETOOLONG;
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_NO_UNICODE_TRANSLATION:
    case ERROR_NOT_A_REPARSE_POINT:
        return -EINVAL;
    case ERROR_CANT_RESOLVE_FILENAME:
        return -ELOOP;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return -ENOSPC;
    case ERROR_FILE_TOO_LARGE:
        return -EFBIG;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NOT_ENOUGH_QUOTA:
    case ERROR_COMMITMENT_LIMIT:
        return -ENOMEM;
    case ERROR_TOO_MANY_OPEN_FILES:
        return -EMFILE;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
        return -EPIPE;
    case ERROR_INVALID_HANDLE:
        return -EBADF;
    case ERROR_INVALID_FUNCTION:
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED:
        return -ENOSYS;
    case ERROR_INVALID_PARAMETER:
        return -EINVAL;
    default:
        return -EIO;
    }
}

int
fj_last_errno(void)
{
    return fj_errno_of(GetLastError());
}

/* -- paths -------------------------------------------------------------- */

bool
fj_is_separator(char character)
{
    return character == '/' || character == '\\' || character == ':';
}

bool
fj_is_absolute(const char *path)
{
    return path[0] == '/' || path[0] == '\\' ||
           (path[0] != '\0' && path[1] == ':');
}

static int
widen(const char *path, wchar_t **wide_ret)
{
    int n =
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    if (n <= 0) {
        return fj_last_errno();
    }
    *wide_ret = malloc((size_t)n * sizeof **wide_ret);
    if (*wide_ret == NULL) {
        return -ENOMEM;
    }
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, *wide_ret, n);
    return 0;
}

int
fj_narrow(const wchar_t *wide, size_t n, char **narrow_ret)
{
    int nbytes = n == 0
                     ? 0
                     : WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide,
                                           (int)n, NULL, 0, NULL, NULL);
    if (nbytes <= 0) {
        return n == 0 ? -EINVAL : fj_last_errno();
    }
    char *narrow = malloc((size_t)nbytes + 1);
    if (narrow == NULL) {
        return -ENOMEM;
    }
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, (int)n, narrow,
                        nbytes, NULL, NULL);
    narrow[nbytes] = '\0';
    *narrow_ret = narrow;
    return 0;
}

/* Absolute, in a buffer that has `room` characters free before the path. */
static int
make_absolute(const wchar_t *path, size_t room, wchar_t **absolute_ret)
{
    DWORD n = GetFullPathNameW(path, 0, NULL, NULL); // with its end
    if (n == 0) {
        return fj_last_errno();
    }
    wchar_t *absolute = malloc((room + n) * sizeof *absolute);
    if (absolute == NULL) {
        return -ENOMEM;
    }
    DWORD got = GetFullPathNameW(path, n, absolute + room, NULL);
    if (got == 0 || got >= n) { // the current directory has changed
        free(absolute);
        return got == 0 ? fj_last_errno() : -EAGAIN;
    }
    *absolute_ret = absolute;
    return 0;
}

int
fj_wide_path(const char *path, wchar_t **wide_ret)
{
    enum { ROOM = 7 };
    wchar_t *wide = NULL, *found = NULL;
    if (path[0] == '\0') {
        return -ENOENT;
    }
    int ret = widen(path, &wide);
    if (ret == 0) {
        ret = make_absolute(wide, ROOM, &found);
    }
    free(wide);
    if (ret < 0) {
        return ret;
    }
    wchar_t *absolute = found + ROOM;
    const wchar_t *prefix = L"";
    if (wcsncmp(absolute, L"\\\\.\\", 4) == 0 ||
        wcsncmp(absolute, L"\\\\?\\", 4) == 0) {
        // a device, such as NUL, or as it should be
    }
    else if (wcsncmp(absolute, L"\\\\", 2) == 0) {
        prefix = L"\\\\?\\UNC"; // of \\server\share one backslash stays
        absolute++;
    }
    else {
        prefix = L"\\\\?\\";
    }
    size_t n_prefix = wcslen(prefix), n = wcslen(absolute);
    memcpy(found, prefix, n_prefix * sizeof *found);
    memmove(found + n_prefix, absolute, (n + 1) * sizeof *found);
    *wide_ret = found;
    return 0;
}

/* The path of an open directory, with a final backslash and `n_name` characters
 * behind it. */
static int
path_of(int directory, const wchar_t *name, size_t n_name, wchar_t **wide_ret)
{
    HANDLE handle;
    int ret = fj_handle_of(directory, &handle);
    if (ret < 0) {
        return ret;
    }
    DWORD n = GetFinalPathNameByHandleW(handle, NULL, 0, 0);
    if (n == 0) {
        return fj_last_errno();
    }
    wchar_t *path = malloc((n + n_name + 2) * sizeof *path);
    if (path == NULL) {
        return -ENOMEM;
    }
    DWORD got = GetFinalPathNameByHandleW(handle, path, n, 0);
    if (got == 0 || got >= n) { // it has been renamed meanwhile
        free(path);
        return got == 0 ? fj_last_errno() : -EAGAIN;
    }
    path[got] = L'\\';
    memcpy(path + got + 1, name, (n_name + 1) * sizeof *path);
    *wide_ret = path;
    return 0;
}

int
fj_wide_path_at(int directory, const char *name, wchar_t **wide_ret)
{
    if (directory == FJ_HERE || fj_is_absolute(name)) {
        return fj_wide_path(name, wide_ret);
    }
    wchar_t *wide;
    int ret = widen(name, &wide);
    if (ret == 0) {
        ret = path_of(directory, wide, wcslen(wide), wide_ret);
        free(wide);
    }
    return ret;
}

/* -- names -------------------------------------------------------------- */

/* What FSCTL_GET_REPARSE_POINT says of a symbolic link; only the headers for
 * drivers have it. */
typedef struct {
    DWORD tag;
    WORD nbytes, reserved;
    WORD real_offset, real_nbytes, shown_offset, shown_nbytes;
    DWORD flags;
    wchar_t names[(MAXIMUM_REPARSE_DATA_BUFFER_SIZE - 20) / sizeof(wchar_t)];
} link_data;

static int
read_link_data(HANDLE handle, char **held_ret)
{
    DWORD got;
    link_data *data = malloc(sizeof *data);
    if (data == NULL) {
        return -ENOMEM;
    }
    int ret = DeviceIoControl(handle, FSCTL_GET_REPARSE_POINT, NULL, 0, data,
                              sizeof *data, &got, NULL)
                  ? 0
                  : fj_last_errno();
    size_t start = data->shown_offset / sizeof(wchar_t);
    size_t n = data->shown_nbytes / sizeof(wchar_t);
    if (ret == 0 && (data->tag != IO_REPARSE_TAG_SYMLINK || got < 20 ||
                     start + n > (got - 20) / sizeof(wchar_t))) {
        ret = -EINVAL; // another kind of reparse point
    }
    if (ret == 0) {
        ret = fj_narrow(data->names + start, n, held_ret);
    }
    free(data);
    return ret;
}

int
fj_read_link(const char *path, char **held_ret)
{
    wchar_t *wide;
    int ret = fj_wide_path(path, &wide);
    if (ret < 0) {
        return ret;
    }
    HANDLE handle = CreateFileW(
        wide, FILE_READ_ATTRIBUTES,
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
        OPEN_EXISTING,
        FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    ret = handle == INVALID_HANDLE_VALUE ? fj_last_errno() : 0;
    free(wide);
    if (ret == 0) {
        ret = read_link_data(handle, held_ret);
        CloseHandle(handle);
    }
    return ret;
}

int
fj_may_write(const char *path)
{
    wchar_t *wide;
    int ret = fj_wide_path(path, &wide);
    if (ret < 0) {
        return ret;
    }
    HANDLE handle =
        CreateFileW(wide, GENERIC_WRITE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    DWORD error = handle == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    if (handle != INVALID_HANDLE_VALUE) {
        CloseHandle(handle);
    }
    free(wide);
    /* Somebody reads it who lets nobody write: a rename will wait. */
    return error == 0 || error == ERROR_SHARING_VIOLATION ? 0
                                                          : fj_errno_of(error);
}

/* Virus scanners and indexers open new files for a moment, and readers old
 * ones. */
static int
rename_patiently(const wchar_t *from, const wchar_t *to)
{
    enum { SHORTEST = 1, LONGEST = 100, MOST = 1000 }; // ms
    DWORD error = 0;
    for (DWORD waited = 0, pause = SHORTEST; waited <= MOST;
         waited += pause, pause = pause * 2 < LONGEST ? pause * 2 : LONGEST) {
        /* Through to the disk: there is no way to bring a directory there. */
        if (MoveFileExW(from, to,
                        MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
            return 0;
        }
        error = GetLastError();
        if (error != ERROR_ACCESS_DENIED && error != ERROR_SHARING_VIOLATION) {
            break;
        }
        DWORD attributes = GetFileAttributesW(to);
        if (attributes != INVALID_FILE_ATTRIBUTES &&
            (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
            return -EISDIR;
        }
        Sleep(pause);
    }
    return fj_errno_of(error);
}

int
fj_rename(const char *from, const char *to)
{
    return fj_rename_at(FJ_HERE, from, to);
}

bool
fj_is_fixed(int error)
{
    (void)error;
    return false;
}

int
fj_exchange(const char *a, const char *b)
{
    (void)a;
    (void)b;
    return -ENOSYS;
}

int
fj_remove(const char *path)
{
    return fj_remove_at(FJ_HERE, path);
}

int
fj_rename_at(int directory, const char *from, const char *to)
{
    wchar_t *old = NULL, *new = NULL;
    int ret = fj_wide_path_at(directory, from, &old);
    if (ret == 0) {
        ret = fj_wide_path_at(directory, to, &new);
    }
    if (ret == 0) {
        ret = rename_patiently(old, new);
    }
    free(old);
    free(new);
    return ret;
}

int
fj_remove_at(int directory, const char *name)
{
    wchar_t *wide;
    int ret = fj_wide_path_at(directory, name, &wide);
    if (ret == 0) {
        ret = DeleteFileW(wide) ? 0 : fj_last_errno();
        free(wide);
    }
    return ret;
}

#else
typedef int fj_not_windows; // a file of C declares something
#endif
