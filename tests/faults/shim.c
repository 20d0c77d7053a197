/* SPDX-License-Identifier: BSD-3-Clause
 *
 * System calls that fail when told to.  A shared object to be preloaded: what
 * it defines comes before the C library's, for the extension and for Python.
 * Calls are counted by kind, and one of a kind, or all from that one on, fail.
 *
 * In Python: library = ctypes.CDLL(PATH), the functions below.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h> // dprintf
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS(X) \
    X(OPEN, "open") \
    X(TMPFILE, "tmpfile") /* open() with O_TMPFILE; is an OPEN too */ \
    X(READ, "read") \
    X(WRITE, "write") \
    X(PREAD, "pread") \
    X(PWRITE, "pwrite") \
    X(FALLOCATE, "fallocate") \
    X(FTRUNCATE, "ftruncate") \
    X(RENAME, "rename") \
    X(EXCHANGE, "exchange") /* renameat2() with RENAME_EXCHANGE */ \
    X(LINK, "link") \
    X(FSYNC, "fsync") \
    X(CLOSE, "close") \
    X(DUP, "dup") /* by fcntl() */ \
    X(FLOCK, "flock") \
    X(RANGE, "sync_file_range") \
    X(SETXATTR, "setxattr") \
    X(CHOWN, "chown")

#define AS_ENUM(id, name) id,
#define AS_NAME(id, name) name,

typedef enum { CALLS(AS_ENUM) N_CALLS, NONE = N_CALLS } kind;
static const char *const names[] = {CALLS(AS_NAME)};

static atomic_int armed = NONE;
static atomic_long n_seen;
static long first;
static int error; // 0: transfers are short
static int from_then_on;
static int lacking[N_CALLS]; // the error of all calls of a kind

static kind
kind_of(const char *name)
{
    int i = 0;
    while (i < N_CALLS && strcmp(names[i], name) != 0) {
        i++;
    }
    return (kind)i;
}

/* Lets all calls of a kind fail, or none any more (0); false if there is no
 * such kind. */
int
shim_lack(const char *name, int error_)
{
    kind call = kind_of(name);
    if (call != NONE) {
        lacking[call] = error_;
    }
    return call != NONE;
}

static atomic_int trace_fd;

/* From now on the calls that make something durable or visible are written, a
 * line each, to a descriptor; 0: no longer. */
void
shim_trace(int fd)
{
    atomic_store(&trace_fd, fd);
}

static void
trace(const char *what, long inode)
{
    if (atomic_load(&trace_fd) > 0) {
        dprintf(trace_fd, "%s %ld\n", what, inode);
    }
}

/* Lets the calls of a kind fail, from the number `first_` on, counted from 0:
 * false if there is no such kind.  Of interrupted calls (EINTR) every second
 * one gets through. */
int
shim_arm(const char *name, long first_, int error_, int from_then_on_)
{
    first = first_;
    error = error_;
    from_then_on = from_then_on_;
    atomic_store(&n_seen, 0);
    atomic_store(&armed, kind_of(name));
    return atomic_load(&armed) != NONE;
}

/* How many calls there were. */
long
shim_disarm(void)
{
    atomic_store(&armed, NONE);
    return atomic_load(&n_seen);
}

static int
is_chosen(kind call)
{
    if (atomic_load(&armed) != (int)call) {
        return 0;
    }
    long n = atomic_fetch_add(&n_seen, 1) - first;
    return from_then_on ? n >= 0 && (error != EINTR || n % 2 == 0) : n == 0;
}

static int
fails(kind call)
{
    int found = is_chosen(call) ? error : 0;
    found = found == 0 ? lacking[call] : found;
    if (found != 0) {
        errno = found;
    }
    return found != 0;
}

/* How many bytes to transfer; -1: fail. */
static ssize_t
transfer(kind call, size_t nbytes)
{
    if (!is_chosen(call) || nbytes == 0) {
        return (ssize_t)nbytes;
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    return from_then_on ? (ssize_t)(nbytes + 1) / 2 : 1;
}

/* The C library's syscall(), through which all of the following go on. */
static long
call(long number, long a, long b, long c, long d, long e)
{
    static long (*_Atomic real)(long, ...);
    if (real == NULL) {
        long (*found)(long, ...);
        *(void **)&found = dlsym(RTLD_NEXT, "syscall");
        real = found;
    }
    return real(number, a, b, c, d, e, 0L);
}

long
syscall(long number, ...)
{
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(rest, long);
    }
    va_end(rest);
    if (number == SYS_renameat2) {
        trace("rename", 0);
        if (fails(a[4] & 2 ? EXCHANGE : RENAME)) {
            return -1;
        }
    }
    return call(number, a[0], a[1], a[2], a[3], a[4]);
}

static int
open_at(int dir, const char *path, int flags, mode_t mode)
{
    if (((flags & O_TMPFILE) == O_TMPFILE && fails(TMPFILE)) || fails(OPEN)) {
        return -1;
    }
    return (int)call(SYS_openat, dir, (long)path, flags, mode, 0);
}

static mode_t
mode_of(int flags, va_list rest)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE
               ? va_arg(rest, mode_t)
               : 0;
}

#define DEFINE_OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = mode_of(flags, rest); \
        va_end(rest); \
        return open_at(AT_FDCWD, path, flags, mode); \
    }

#define DEFINE_OPENAT(name) \
    int name(int dir, const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = mode_of(flags, rest); \
        va_end(rest); \
        return open_at(dir, path, flags, mode); \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

ssize_t
read(int fd, void *dst, size_t nbytes)
{
    ssize_t n = transfer(READ, nbytes);
    return n < 0 ? n : call(SYS_read, fd, (long)dst, n, 0, 0);
}

ssize_t
write(int fd, const void *data, size_t nbytes)
{
    ssize_t n = transfer(WRITE, nbytes);
    return n < 0 ? n : call(SYS_write, fd, (long)data, n, 0, 0);
}

ssize_t
pread64(int fd, void *dst, size_t nbytes, off64_t offset)
{
    ssize_t n = transfer(PREAD, nbytes);
    return n < 0 ? n : call(SYS_pread64, fd, (long)dst, n, offset, 0);
}

ssize_t
pread(int fd, void *dst, size_t nbytes, off_t offset)
{
    return pread64(fd, dst, nbytes, offset);
}

ssize_t
pwrite64(int fd, const void *data, size_t nbytes, off64_t offset)
{
    ssize_t n = transfer(PWRITE, nbytes);
    return n < 0 ? n : call(SYS_pwrite64, fd, (long)data, n, offset, 0);
}

ssize_t
pwrite(int fd, const void *data, size_t nbytes, off_t offset)
{
    return pwrite64(fd, data, nbytes, offset);
}

int
fallocate64(int fd, int mode, off64_t offset, off64_t nbytes)
{
    return fails(FALLOCATE)
               ? -1
               : (int)call(SYS_fallocate, fd, mode, offset, nbytes, 0);
}

int
fallocate(int fd, int mode, off_t offset, off_t nbytes)
{
    return fallocate64(fd, mode, offset, nbytes);
}

int
ftruncate64(int fd, off64_t nbytes)
{
    return fails(FTRUNCATE) ? -1
                            : (int)call(SYS_ftruncate, fd, nbytes, 0, 0, 0);
}

int
ftruncate(int fd, off_t nbytes)
{
    return ftruncate64(fd, nbytes);
}

int
rename(const char *from, const char *to)
{
    trace("rename", 0);
    return fails(RENAME) ? -1
                         : (int)call(SYS_renameat2, AT_FDCWD, (long)from,
                                     AT_FDCWD, (long)to, 0);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return fails(RENAME) ? -1
                         : (int)call(SYS_renameat2, from_dir, (long)from,
                                     to_dir, (long)to, 0);
}

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    trace("link", 0);
    return fails(LINK) ? -1
                       : (int)call(SYS_linkat, from_dir, (long)from, to_dir,
                                   (long)to, flags);
}

int
fsync(int fd)
{
    struct stat file;
    trace("fsync", fstat(fd, &file) == 0 ? (long)file.st_ino : -1);
    return fails(FSYNC) ? -1 : (int)call(SYS_fsync, fd, 0, 0, 0, 0);
}

int
fdatasync(int fd)
{
    return fails(FSYNC) ? -1 : (int)call(SYS_fdatasync, fd, 0, 0, 0, 0);
}

/* As in Linux, the descriptor is closed whatever is returned. */
int
close(int fd)
{
    int failed = is_chosen(CLOSE) && error != 0;
    int ret = (int)call(SYS_close, fd, 0, 0, 0, 0);
    if (failed) {
        errno = error;
        ret = -1;
    }
    return ret;
}

#define DEFINE_FCNTL(name) \
    int name(int fd, int command, ...) \
    { \
        va_list rest; \
        va_start(rest, command); \
        long argument = va_arg(rest, long); \
        va_end(rest); \
        if (command == F_DUPFD_CLOEXEC && fails(DUP)) { \
            return -1; \
        } \
        return (int)call(SYS_fcntl, fd, command, argument, 0, 0); \
    }

DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)

int
flock(int fd, int operation)
{
    return fails(FLOCK) ? -1 : (int)call(SYS_flock, fd, operation, 0, 0, 0);
}

int
sync_file_range(int fd, off64_t offset, off64_t nbytes, unsigned flags)
{
    return fails(RANGE)
               ? -1
               : (int)call(SYS_sync_file_range, fd, offset, nbytes, flags, 0);
}

int
fsetxattr(int fd, const char *name, const void *value, size_t nbytes,
          int flags)
{
    return fails(SETXATTR) ? -1
                           : (int)call(SYS_fsetxattr, fd, (long)name,
                                       (long)value, nbytes, flags);
}

int
fchown(int fd, uid_t user, gid_t group)
{
    return fails(CHOWN) ? -1 : (int)call(SYS_fchown, fd, user, group, 0, 0);
}
