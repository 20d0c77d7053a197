/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What differs between operating systems.  platform_posix*.c has what all Unix
 * systems share, platform_linux.c and platform_unix.c (macOS and the rest) what
 * they do not, platform_windows*.c all of it for Windows.  No other file asks
 * for which system it is compiled.
 *
 * Paths are bytes in the encoding of file names: on Windows UTF-8.  Files are
 * open in binary mode, and a child process does not inherit them.  Unless
 * stated otherwise functions return 0, or a descriptor, or a negative errno, and
 * try again after EINTR.
 *
 * Plain C11: callable from any thread, with or without the GIL.
 */
#ifndef FJ_BASE_PLATFORM_H
#define FJ_BASE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h> // ssize_t

#ifndef _WIN32
#include <pthread.h>
#endif

/* -- processes and time ------------------------------------------------- */

/* Differs in a forked child. */
int64_t fj_process_id(void);

/* Nanoseconds of a clock that never goes back, from some start. */
int64_t fj_monotonic(void);

/* -- threads ------------------------------------------------------------ */

#ifdef _WIN32
typedef struct {
    void *lock;
} fj_mutex;
typedef struct {
    void *variable;
} fj_cond;
typedef void *fj_thread;
#else
typedef pthread_mutex_t fj_mutex;
typedef pthread_cond_t fj_cond;
typedef pthread_t fj_thread;
#endif

void fj_mutex_init(fj_mutex *mutex);
void fj_mutex_destroy(fj_mutex *mutex);
void fj_mutex_lock(fj_mutex *mutex);
void fj_mutex_unlock(fj_mutex *mutex);

void fj_cond_init(fj_cond *cond);
void fj_cond_destroy(fj_cond *cond);
void fj_cond_signal(fj_cond *cond);
void fj_cond_broadcast(fj_cond *cond);

/* Both may return without a signal.  The second returns false when the clock
 * of fj_monotonic() shows `until`. */
void fj_cond_wait(fj_cond *cond, fj_mutex *mutex);
bool fj_cond_wait_until(fj_cond *cond, fj_mutex *mutex, int64_t until);

/* Starts a thread that runs no Python code: all signals are blocked in it, so
 * that they go to threads that do.  `stack_nbytes` 0: the system's default.
 * False if the system refuses.  Each thread is joined or detached. */
bool fj_thread_start(fj_thread *thread, size_t stack_nbytes,
                     void *(*run)(void *), void *arg);
void fj_thread_join(fj_thread thread);
void fj_thread_detach(fj_thread thread);

/* -- memory ------------------------------------------------------------- */

/* How much the machine has; 0: not known. */
uint64_t fj_physical_nbytes(void);

/* Zeroed pages, which begin at a multiple of `alignment` where pages of that
 * size make access faster; NULL if there are none. */
void *fj_map_pages(size_t nbytes, size_t alignment);
void fj_unmap_pages(void *start, size_t nbytes);

/* Gives what whole pages hold back to the system: now, or when it needs
 * memory.  They stay mapped, with anything in them. */
void fj_discard_pages(void *start, size_t nbytes);
void fj_offer_pages(void *start, size_t nbytes);

/* Backs memory with pages before several threads write to it, if the system can
 * (Linux 5.14).  Does not change its contents.  If two threads touch a huge page
 * for the first time at the same time, both allocate and clear a page, and one
 * of these is thrown away.  With each thread writing the megabyte after
 * another's, this happens for every page. */
void fj_populate(void *start, size_t nbytes);

/* -- paths and names ---------------------------------------------------- */

#define FJ_NAME_MAX 255 // bytes of a name

bool fj_is_separator(char character);

/* Whether a path means the same from every directory. */
bool fj_is_absolute(const char *path);

/* What a symbolic link leads to, relative to its directory: a path in
 * *held_ret, to be freed by the caller.  -EINVAL if it is no link, -ENOENT if
 * there is nothing. */
int fj_read_link(const char *path, char **held_ret);

/* Where a directory is wanted and the path is not relative to one. */
#define FJ_HERE (-100)

/* Whether the process may write the file.  -EACCES if not. */
int fj_may_write(const char *path);

/* Replaces `to`, atomically.  On Windows this waits, up to a second, for others
 * who are reading it. */
int fj_rename(const char *from, const char *to);

/* Whether a rename that failed with this (negative) error cannot be done at all
 * while the file might be written.  Never on Windows, where it says that others
 * have the file open: they must not see part of another. */
bool fj_is_fixed(int error);

/* Swaps two names atomically.  -ENOSYS where unnamed files, which alone need
 * it, are not to be had. */
int fj_exchange(const char *a, const char *b);

int fj_remove(const char *path);

/* The same for names in an open directory. */
int fj_rename_at(int directory, const char *from, const char *to);
int fj_remove_at(int directory, const char *name);

/* -- files -------------------------------------------------------------- */

typedef enum {
    FJ_FILE_REGULAR,
    FJ_FILE_DIRECTORY,
    FJ_FILE_LINK,
    FJ_FILE_OTHER, // a FIFO, a device
} fj_file_kind;

typedef struct {
    fj_file_kind kind;
    int64_t nbytes;
    uint64_t device, number;     // together: which file it is
    uint64_t n_names;            // hard links
    uint32_t mode, owner, group; // Unix only
} fj_file_info;

int fj_get_info(int fd, fj_file_info *info_ret);
int fj_get_info_at(int directory, const char *name, bool follow,
                   fj_file_info *info_ret);

/* May wait, for the other end of a FIFO, and may fail with -EINTR.  The second
 * makes the file, or empties it. */
int fj_open_to_read(const char *path);
int fj_open_to_write(const char *path);

/* A new file, to read and write.  -EEXIST if the name is taken. */
int fj_create(const char *path);

/* One without a name in a directory; an error where that is not possible.
 * fj_link_unnamed() gives it a name, if fj_can_link_unnamed(). */
bool fj_can_link_unnamed(void);
int fj_create_unnamed(const char *directory);
int fj_link_unnamed(int fd, const char *path);

/* Opens a file that is going to be removed, replaced or overwritten, to write.
 * Links are not followed (-ELOOP), and a FIFO is not waited for. */
int fj_open_old(int directory, const char *name);

/* Holds a file that is going to be replaced: its blocks are freed when the
 * descriptor is closed, and not before.  -ENOSYS where that wins nothing. */
int fj_hold(const char *path);

/* Opens a directory, which ends in a separator.  `to_sync`: for
 * fj_sync_directory(), which takes permission to read it. */
int fj_open_folder(const char *directory, bool to_sync);

/* Closes the descriptor whatever it returns. */
int fj_close(int fd);

/* Locks an open file for the time that it is open, without waiting.
 * -EWOULDBLOCK if somebody else has it locked. */
int fj_lock(int fd);
void fj_unlock(int fd);

/* Gives the open new file what `path`, whose info is `old`, has of owner, group,
 * mode, access control list and extended attributes, as far as that is permitted
 * and the file system can; never more access than the old file gave. */
void fj_copy_metadata(int new, const char *path, const fj_file_info *old);

/* -- contents ----------------------------------------------------------- */

/* One system call at the descriptor's own position: the number of bytes (a
 * read: 0 at the end), or -errno.  After -EINTR the caller should check for
 * signals. */
ssize_t fj_read_once(int fd, void *dst, size_t nbytes);
ssize_t fj_write_once(int fd, const void *data, size_t nbytes);

/* The same at an offset. */
ssize_t fj_pread_once(int fd, void *dst, size_t nbytes, uint64_t offset);
ssize_t fj_pwrite_once(int fd, const void *data, size_t nbytes,
                       uint64_t offset);

/* Whether fj_pread_once() leaves the descriptor's own position alone. */
#ifdef _WIN32
#define FJ_PREAD_KEEPS_POSITION false
#else
#define FJ_PREAD_KEEPS_POSITION true
#endif

/* The descriptor's own position.  -ESPIPE: it has none. */
int64_t fj_get_position(int fd);

int fj_set_size(int fd, int64_t nbytes);

/* Takes the room that a file of this size will need, before anything in it is
 * changed.  0 also where the file system cannot. */
int fj_reserve(int fd, int64_t nbytes);

/* Allocates disk blocks for `nbytes` at the descriptor's position where that
 * makes writing faster: ext4 then need not reserve blocks page by page (1 GiB
 * takes 0.18 s instead of 0.29).  Does not change the file's size.
 *
 * When a file is renamed over another, ext4 starts writing out its data by
 * itself, but not data in blocks that were allocated like this: call
 * fj_start_writing_out() then. */
void fj_preallocate(int fd, size_t nbytes);

/* Starts writing a file's data out to the disk, without waiting for it. */
void fj_start_writing_out(int fd);

/* Waits until the data of a range is on the disk, where that can be done for a
 * part of a file; fj_sync() must follow. */
int fj_write_out(int fd, int64_t start, int64_t nbytes);

/* Brings a file to the disk.  After an error nobody knows what is there, and a
 * second call may claim success. */
int fj_sync(int fd);
int fj_sync_directory(int fd);

/* Learns what closing would report, while the file stays open: network file
 * systems send data then, and only then say that it could not be written. */
int fj_settle(int fd);

#endif
