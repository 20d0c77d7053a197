/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Windows: opening and closing, what is known of files, locks.
 *
 * Descriptors are those of the C library that Python uses too.  Whoever opens a
 * file here lets others read, write, rename and remove it meanwhile.
 */
#ifdef _WIN32
#include "base/platform.h"

#include "base/platform_windows.h"

#include <aclapi.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

/* Far beyond the end of any file: a lock of other bytes would keep others from
 * reading these. */
#define LOCKED_OFFSET_HIGH 0x7fffffffu

/* Headers of MinGW do not name it. */
_invalid_parameter_handler __cdecl _set_thread_local_invalid_parameter_handler(
    _invalid_parameter_handler handler);

/* Called for descriptors that are not open, which would else end the process. */
static void
ignore(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
       unsigned line, uintptr_t reserved)
{
    (void)expression;
    (void)function;
    (void)file;
    (void)line;
    (void)reserved;
}

int
fj_handle_of(int fd, HANDLE *handle_ret)
{
    _invalid_parameter_handler before =
        _set_thread_local_invalid_parameter_handler(ignore);
    *handle_ret = (HANDLE)_get_osfhandle(fd);
    _set_thread_local_invalid_parameter_handler(before);
    return *handle_ret == INVALID_HANDLE_VALUE || *handle_ret == (HANDLE)-2
               ? -EBADF
               : 0;
}

/* Makes a descriptor of the handle, which it takes over. */
static int
descriptor_of(HANDLE handle, int flags)
{
    if (handle == INVALID_HANDLE_VALUE) {
        return fj_last_errno();
    }
    int fd =
        _open_osfhandle((intptr_t)handle, flags | _O_BINARY | _O_NOINHERIT);
    if (fd < 0) {
        CloseHandle(handle);
        return -EMFILE;
    }
    return fd;
}

/* `wide` is freed. */
static int
open_wide(wchar_t *wide, DWORD access, DWORD how, DWORD flags, int fd_flags)
{
    HANDLE handle = CreateFileW(wide, access, SHARE_ALL, NULL, how,
                                FILE_ATTRIBUTE_NORMAL | flags, NULL);
    int ret = descriptor_of(handle, fd_flags);
    free(wide);
    return ret;
}

static int
open_path(const char *path, DWORD access, DWORD how, DWORD flags, int fd_flags)
{
    wchar_t *wide;
    int ret = fj_wide_path(path, &wide);
    return ret < 0 ? ret : open_wide(wide, access, how, flags, fd_flags);
}

int
fj_open_to_read(const char *path)
{
    /* With a directory too, of which fj_get_info() then says what it is. */
    return open_path(path, GENERIC_READ, OPEN_EXISTING,
                     FILE_FLAG_BACKUP_SEMANTICS, _O_RDONLY);
}

int
fj_open_to_write(const char *path)
{
    return open_path(path, GENERIC_WRITE, CREATE_ALWAYS, 0, _O_WRONLY);
}

int
fj_create(const char *path)
{
    /* WRITE_DAC: for fj_copy_metadata(). */
    return open_path(path, GENERIC_READ | GENERIC_WRITE | WRITE_DAC,
                     CREATE_NEW, 0, _O_RDWR);
}

bool
fj_can_link_unnamed(void)
{
    return false;
}

int
fj_create_unnamed(const char *directory)
{
    (void)directory;
    return -ENOSYS;
}

int
fj_link_unnamed(int fd, const char *path)
{
    (void)fd;
    (void)path;
    return -ENOSYS;
}

int
fj_open_old(int directory, const char *name)
{
    wchar_t *wide;
    int ret = fj_wide_path_at(directory, name, &wide);
    if (ret < 0) {
        return ret;
    }
    fj_file_info info;
    int fd = open_wide(wide, GENERIC_WRITE | FILE_READ_ATTRIBUTES,
                       OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, _O_WRONLY);
    ret = fd < 0 ? fd : fj_get_info(fd, &info);
    if (ret == 0 && info.kind == FJ_FILE_LINK) {
        ret = -ELOOP;
    }
    if (fd >= 0 && ret < 0) {
        fj_close(fd);
    }
    return ret < 0 ? ret : fd;
}

int
fj_hold(const char *path)
{
    (void)path;
    return -ENOSYS;
}

int
fj_open_folder(const char *directory, bool to_sync)
{
    (void)to_sync;
    fj_file_info info;
    int fd = open_path(directory, FILE_READ_ATTRIBUTES, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS, _O_RDONLY);
    int ret = fd < 0 ? fd : fj_get_info(fd, &info);
    if (ret == 0 && info.kind != FJ_FILE_DIRECTORY) {
        ret = -ENOTDIR;
    }
    if (fd >= 0 && ret < 0) {
        fj_close(fd);
    }
    return ret < 0 ? ret : fd;
}

int
fj_close(int fd)
{
    return _close(fd) < 0 ? -errno : 0;
}

/* -- what is known of them ---------------------------------------------- */

static int
get_info(HANDLE handle, fj_file_info *info_ret)
{
    BY_HANDLE_FILE_INFORMATION found;
    FILE_ATTRIBUTE_TAG_INFO tag = {0};
    if (GetFileType(handle) != FILE_TYPE_DISK) {
        *info_ret = (fj_file_info){.kind = FJ_FILE_OTHER, .n_names = 1};
        return 0;
    }
    if (!GetFileInformationByHandle(handle, &found)) {
        return fj_last_errno();
    }
    if ((found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
        (void)GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag,
                                           sizeof tag);
    }
    *info_ret = (fj_file_info){
        .kind = tag.ReparseTag == IO_REPARSE_TAG_SYMLINK ? FJ_FILE_LINK
                : (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0
                    ? FJ_FILE_DIRECTORY
                    : FJ_FILE_REGULAR,
        .nbytes = (int64_t)((uint64_t)found.nFileSizeHigh << 32 |
                            found.nFileSizeLow),
        .device = found.dwVolumeSerialNumber,
        .number = (uint64_t)found.nFileIndexHigh << 32 | found.nFileIndexLow,
        .n_names = found.nNumberOfLinks,
    };
    return 0;
}

int
fj_get_info(int fd, fj_file_info *info_ret)
{
    HANDLE handle;
    int ret = fj_handle_of(fd, &handle);
    return ret < 0 ? ret : get_info(handle, info_ret);
}

int
fj_get_info_at(int directory, const char *name, bool follow,
               fj_file_info *info_ret)
{
    wchar_t *wide;
    int ret = fj_wide_path_at(directory, name, &wide);
    if (ret < 0) {
        return ret;
    }
    DWORD flags = FILE_FLAG_BACKUP_SEMANTICS |
                  (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
    HANDLE handle = CreateFileW(wide, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL,
                                OPEN_EXISTING, flags, NULL);
    ret = handle == INVALID_HANDLE_VALUE ? fj_last_errno() : 0;
    if (ret == 0) {
        ret = get_info(handle, info_ret);
        CloseHandle(handle);
    }
    free(wide);
    return ret;
}

/* -- locks, metadata ---------------------------------------------------- */

int
fj_lock(int fd)
{
    HANDLE handle;
    OVERLAPPED where = {.OffsetHigh = LOCKED_OFFSET_HIGH};
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    return LockFileEx(handle,
                      LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0,
                      1, 0, &where)
               ? 0
               : fj_last_errno();
}

void
fj_unlock(int fd)
{
    HANDLE handle;
    OVERLAPPED where = {.OffsetHigh = LOCKED_OFFSET_HIGH};
    if (fj_handle_of(fd, &handle) == 0) {
        (void)UnlockFileEx(handle, 0, 1, 0, &where);
    }
}

void
fj_copy_metadata(int new, const char *path, const fj_file_info *old)
{
    HANDLE handle;
    wchar_t *wide;
    PACL list;
    PSECURITY_DESCRIPTOR described;
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision;
    (void)old;
    if (fj_handle_of(new, &handle) < 0 || fj_wide_path(path, &wide) < 0) {
        return;
    }
    DWORD error =
        GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
                              NULL, NULL, &list, NULL, &described);
    free(wide);
    if (error != ERROR_SUCCESS) {
        return; // a file system without lists
    }
    if (GetSecurityDescriptorControl(described, &control, &revision)) {
        DWORD inherits = (control & SE_DACL_PROTECTED) != 0
                             ? PROTECTED_DACL_SECURITY_INFORMATION
                             : UNPROTECTED_DACL_SECURITY_INFORMATION;
        (void)SetSecurityInfo(handle, SE_FILE_OBJECT,
                              DACL_SECURITY_INFORMATION | inherits, NULL, NULL,
                              list, NULL);
    }
    LocalFree(described);
}

#else
typedef int fj_not_windows_files; // a file of C declares something
#endif
