/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Windows: reading and writing, the disk, memory.
 */
#ifdef _WIN32
#include "base/platform.h"

#include "base/platform_windows.h"

#include <errno.h>

/* As on other systems: short enough that signals are noticed soon. */
#define MAX_TRANSFER ((size_t)1 << 30)

static DWORD
transfer_size(size_t nbytes)
{
    return (DWORD)(nbytes < MAX_TRANSFER ? nbytes : MAX_TRANSFER);
}

static OVERLAPPED
at(uint64_t offset)
{
    return (OVERLAPPED){.Offset = (DWORD)offset,
                        .OffsetHigh = (DWORD)(offset >> 32)};
}

/* What a read that failed comes to: the end of a file or of a pipe is none. */
static ssize_t
after_read(BOOL done, DWORD n)
{
    DWORD error = done ? 0 : GetLastError();
    if (error == ERROR_HANDLE_EOF || error == ERROR_BROKEN_PIPE) {
        return 0;
    }
    return error == 0 ? (ssize_t)n : fj_errno_of(error);
}

ssize_t
fj_read_once(int fd, void *dst, size_t nbytes)
{
    HANDLE handle;
    DWORD n = 0;
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    BOOL done = ReadFile(handle, dst, transfer_size(nbytes), &n, NULL);
    return after_read(done, n);
}

ssize_t
fj_write_once(int fd, const void *data, size_t nbytes)
{
    HANDLE handle;
    DWORD n = 0;
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    return WriteFile(handle, data, transfer_size(nbytes), &n, NULL)
               ? (ssize_t)n
               : fj_last_errno();
}

/* Where the handle is, if it is a file's. */
static int
get_position(HANDLE handle, LARGE_INTEGER *position_ret)
{
    if (GetFileType(handle) != FILE_TYPE_DISK) {
        return -ESPIPE;
    }
    const LARGE_INTEGER nowhere = {0};
    return SetFilePointerEx(handle, nowhere, position_ret, FILE_CURRENT)
               ? 0
               : fj_last_errno();
}

ssize_t
fj_pread_once(int fd, void *dst, size_t nbytes, uint64_t offset)
{
    HANDLE handle;
    DWORD n = 0;
    OVERLAPPED where = at(offset);
    int ret = fj_handle_of(fd, &handle);
    if (ret == 0 && GetFileType(handle) != FILE_TYPE_DISK) {
        ret = -ESPIPE;
    }
    if (ret < 0) {
        return ret;
    }
    BOOL done = ReadFile(handle, dst, transfer_size(nbytes), &n, &where);
    return after_read(done, n);
}

ssize_t
fj_pwrite_once(int fd, const void *data, size_t nbytes, uint64_t offset)
{
    HANDLE handle;
    LARGE_INTEGER before;
    DWORD n = 0;
    OVERLAPPED where = at(offset);
    int ret = fj_handle_of(fd, &handle);
    if (ret == 0) {
        ret = get_position(handle, &before);
    }
    if (ret < 0) {
        return ret;
    }
    ssize_t result = WriteFile(handle, data, transfer_size(nbytes), &n, &where)
                         ? (ssize_t)n
                         : fj_last_errno();
    if (!SetFilePointerEx(handle, before, NULL, FILE_BEGIN) && result >= 0) {
        result = fj_last_errno();
    }
    return result;
}

int64_t
fj_get_position(int fd)
{
    HANDLE handle;
    LARGE_INTEGER position = {0};
    int ret = fj_handle_of(fd, &handle);
    if (ret == 0) {
        ret = get_position(handle, &position);
    }
    return ret < 0 ? ret : position.QuadPart;
}

int
fj_set_size(int fd, int64_t nbytes)
{
    HANDLE handle;
    FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = nbytes};
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    return SetFileInformationByHandle(handle, FileEndOfFileInfo, &end,
                                      sizeof end)
               ? 0
               : fj_last_errno();
}

int
fj_reserve(int fd, int64_t nbytes)
{
    HANDLE handle;
    FILE_STANDARD_INFO now;
    FILE_ALLOCATION_INFO room = {.AllocationSize.QuadPart = nbytes};
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    /* A smaller size would cut the file. */
    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &now,
                                      sizeof now) ||
        now.AllocationSize.QuadPart >= nbytes ||
        now.EndOfFile.QuadPart >= nbytes) {
        return 0;
    }
    ret = SetFileInformationByHandle(handle, FileAllocationInfo, &room,
                                     sizeof room)
              ? 0
              : fj_last_errno();
    return ret == -ENOSPC ? ret : 0;
}

void
fj_preallocate(int fd, size_t nbytes)
{
    (void)fd;
    (void)nbytes;
}

void
fj_start_writing_out(int fd)
{
    (void)fd;
}

int
fj_write_out(int fd, int64_t start, int64_t nbytes)
{
    (void)fd;
    (void)start;
    (void)nbytes;
    return 0;
}

int
fj_sync(int fd)
{
    HANDLE handle;
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    return FlushFileBuffers(handle) ? 0 : fj_last_errno();
}

int
fj_sync_directory(int fd)
{
    (void)fd; // fj_rename() has brought the name to the disk
    return 0;
}

int
fj_settle(int fd)
{
    HANDLE handle, copy;
    int ret = fj_handle_of(fd, &handle);
    if (ret < 0) {
        return ret;
    }
    HANDLE self = GetCurrentProcess();
    return DuplicateHandle(self, handle, self, &copy, 0, FALSE,
                           DUPLICATE_SAME_ACCESS) &&
                   CloseHandle(copy)
               ? 0
               : fj_last_errno();
}

/* -- memory ------------------------------------------------------------- */

uint64_t
fj_physical_nbytes(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    return GlobalMemoryStatusEx(&status) ? status.ullTotalPhys : 0;
}

void *
fj_map_pages(size_t nbytes, size_t alignment)
{
    (void)alignment; // large pages take a privilege
    return VirtualAlloc(NULL, nbytes, MEM_RESERVE | MEM_COMMIT,
                        PAGE_READWRITE);
}

void
fj_unmap_pages(void *start, size_t nbytes)
{
    (void)nbytes;
    VirtualFree(start, 0, MEM_RELEASE);
}

void
fj_discard_pages(void *start, size_t nbytes)
{
    fj_offer_pages(start, nbytes); // they need not be backed by a page file
}

void
fj_offer_pages(void *start, size_t nbytes)
{
    (void)VirtualAlloc(start, nbytes, MEM_RESET, PAGE_READWRITE);
}

void
fj_populate(void *start, size_t nbytes)
{
    (void)start;
    (void)nbytes;
}

#else
typedef int fj_not_windows_io; // a file of C declares something
#endif
