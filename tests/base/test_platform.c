/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What base/platform.h promises on every system: names, files that are open while
 * they are replaced, locks, positions.  Signals, forks and links are in other
 * tests, as is what Linux alone has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef _WIN32
#include <direct.h>
#define mkdir(path, mode) _mkdir(path)
#define rmdir(path) _rmdir(path)
#else
#include <unistd.h>
#endif

#include "base/fileio.h"
#include "base/hidden.h"
#include "base/paths.h"
#include "base/place.h"

#include "check.h"

static char folder[64];

/* A name in the folder. */
static const char *
path_to(char *path_ret, const char *name)
{
    snprintf(path_ret, 400, "%s/%s", folder, name);
    return path_ret;
}

static void
write_file(const char *path, const char *text)
{
    int fd = fj_create(path);
    CHECK(fd >= 0);
    CHECK(fj_write_full(fd, text, strlen(text)) == 0);
    CHECK(fj_close(fd) == 0);
}

static void
check_file(const char *path, const char *text)
{
    char got[64];
    int fd = fj_open_to_read(path);
    CHECK(fd >= 0);
    ssize_t n = fj_pread_full(fd, got, sizeof got, 0);
    CHECK(n == (ssize_t)strlen(text) && memcmp(got, text, (size_t)n) == 0);
    CHECK(fj_close(fd) == 0);
}

static void
test_names(void)
{
    char a[400], b[400];
    CHECK(strcmp(fj_name_of("a/b.c"), "b.c") == 0);
    CHECK(strcmp(fj_name_of("b.c"), "b.c") == 0 && fj_is_absolute("/a"));
    CHECK(!fj_is_absolute("a/b"));
    CHECK(fj_create(path_to(a, "no-folder/x")) == -ENOENT);
    CHECK(fj_open_to_read(path_to(a, "nothing")) == -ENOENT);
    CHECK(fj_remove(a) == -ENOENT && fj_rename(a, path_to(b, "b")) == -ENOENT);
    CHECK(fj_open_to_read("") == -ENOENT);
    /* Line ends stay as they are. */
    static const char text[] = "a\nb\r\n\x1a z";
    write_file(path_to(a, "one"), text);
    CHECK(fj_create(a) == -EEXIST && fj_may_write(a) == 0);
    check_file(a, text);
    int fd = fj_open_to_write(a); // which empties it
    CHECK(fd >= 0 && fj_close(fd) == 0);
    check_file(a, "");
    CHECK(fj_remove(a) == 0);
}

/* Longer than 260 characters together with the current directory, of characters
 * outside of every code page. */
static void
test_long_names(void)
{
    char name[250] = "\xf0\x9f\x98\x80\xc3\xa9 ", a[400], b[400];
    memset(name + strlen(name), 'n', 240 - strlen(name));
    write_file(path_to(a, name), "long");
    name[239] = 'm';
    CHECK(fj_rename(a, path_to(b, name)) == 0);
    check_file(b, "long");
    char *hidden = fj_hidden_beside(b, "0123456789abcdef");
    CHECK(hidden != NULL);
    write_file(hidden, "hidden");
    CHECK(fj_remove(hidden) == 0 && fj_remove(b) == 0);
    free(hidden);
#ifdef _WIN32
    CHECK(fj_create(path_to(a, "\xff")) == -EINVAL); // no UTF-8
#endif
}

static void
test_info(void)
{
    char a[400], b[400];
    fj_file_info one, other;
    write_file(path_to(a, "one"), "12345");
    write_file(path_to(b, "other"), "");
    CHECK(fj_get_info_at(FJ_HERE, a, false, &one) == 0);
    CHECK(one.kind == FJ_FILE_REGULAR && one.nbytes == 5 && one.n_names == 1);
    CHECK(fj_get_info_at(FJ_HERE, b, false, &other) == 0);
    CHECK(one.number != other.number && one.device == other.device);
    CHECK(fj_get_info_at(FJ_HERE, folder, true, &other) == 0);
    CHECK(other.kind == FJ_FILE_DIRECTORY);
    CHECK(fj_get_info(-1, &other) == -EBADF);
    char *held;
    CHECK(fj_read_link(a, &held) == -EINVAL);
    int dir = fj_open_directory(a, true);
    CHECK(dir >= 0 && fj_sync_directory(dir) == 0);
    CHECK(fj_get_info_at(dir, "one", false, &other) == 0);
    CHECK(other.number == one.number && other.device == one.device);
    CHECK(fj_get_info_at(dir, "none", false, &other) == -ENOENT);
    CHECK(fj_rename_at(dir, "one", "two") == 0);
    CHECK(fj_remove_at(dir, "two") == 0 && fj_remove_at(dir, "other") == 0);
    CHECK(fj_open_folder(path_to(a, "none/"), false) == -ENOENT);
    fj_close(dir);
}

static void
test_contents(void)
{
    char a[400], got[20];
    int fd = fj_create(path_to(a, "one"));
    CHECK(fd >= 0 && fj_get_position(fd) == 0);
    CHECK(fj_write_full(fd, "0123456789", 10) == 0);
    CHECK(fj_pwrite_full(fd, "ab", 2, 3) == 0 && fj_get_position(fd) == 10);
    CHECK(fj_write_full(fd, "XY", 2) == 0);
    CHECK(fj_pread_full(fd, got, 20, 1) == 11);
    CHECK(memcmp(got, "12ab56789XY", 11) == 0);
    CHECK(fj_pread_full(fd, got, 20, 100) == 0);
    /* Where files can be so long without taking the room. */
    CHECK(fj_set_size(fd, (int64_t)5 << 30) == 0);
    CHECK(fj_pwrite_full(fd, "far", 3, ((uint64_t)5 << 30) - 1) == 0);
    CHECK(fj_pread_full(fd, got, 20, ((uint64_t)5 << 30) - 1) == 3);
    CHECK(fj_set_size(fd, 4) == 0 && fj_reserve(fd, 1 << 20) == 0);
    fj_file_info info;
    CHECK(fj_get_info(fd, &info) == 0 && info.nbytes == 4);
    CHECK(fj_settle(fd) == 0 && fj_sync(fd) == 0);
    CHECK(fj_write_out(fd, 0, 4) == 0);
    CHECK(fj_close(fd) == 0 && fj_remove(a) == 0);
    CHECK(fj_read_once(-1, got, 1) == -EBADF && fj_sync(-1) == -EBADF);
}

static void
test_locks(void)
{
    char a[400];
    int owner = fj_create(path_to(a, "one"));
    CHECK(owner >= 0 && fj_lock(owner) == 0);
    CHECK(fj_write_full(owner, "seen", 4) == 0);
    check_file(a, "seen"); // a lock keeps nobody from reading
    CHECK(fj_open_left_over(FJ_HERE, a) == -EWOULDBLOCK);
    fj_unlock(owner);
    int found = fj_open_left_over(FJ_HERE, a);
    CHECK(found >= 0 && fj_leads_to(FJ_HERE, a, found));
    CHECK(fj_open_left_over(FJ_HERE, a) == -EWOULDBLOCK);
    CHECK(fj_close(found) == 0);
    CHECK(fj_lock(owner) == 0 && fj_close(owner) == 0);
    found = fj_open_left_over(FJ_HERE, a); // it went with the file
    CHECK(found >= 0 && fj_close(found) == 0 && fj_remove(a) == 0);
}

/* As a dump does it: over nothing, over an old file, synced. */
static void
test_placing(void)
{
    static const char *const texts[] = {"first", "the second", "3"};
    char path[400], temp[400];
    fj_retirement *retirement = fj_retirement_new();
    CHECK(retirement != NULL);
    path_to(path, "file");
    for (int i = 0; i < 3; i++) {
        char suffix[FJ_NUMBER_SUFFIX_SIZE];
        fj_number_suffix(suffix, (uint64_t)i);
        char *hidden = fj_hidden_beside(path, suffix);
        CHECK(hidden != NULL);
        snprintf(temp, sizeof temp, "%s", hidden);
        free(hidden);
        int fd = fj_create(temp);
        CHECK(fd >= 0 && fj_lock(fd) == 0);
        fj_file_info old;
        if (i > 0) {
            CHECK(fj_get_info_at(FJ_HERE, path, false, &old) == 0);
            fj_copy_metadata(fd, path, &old);
        }
        CHECK(fj_write_full(fd, texts[i], strlen(texts[i])) == 0);
        const fj_new_file file = {.fd = fd,
                                  .path = path,
                                  .temp = temp,
                                  .replaces = i > 0,
                                  .synced = i == 2};
        CHECK(fj_place(&file, retirement) == 0);
        check_file(path, texts[i]);
        CHECK(fj_remove(temp) == -ENOENT);
    }
    fj_retirement_finish(retirement);
    fj_retirement_free(retirement);
    CHECK(fj_remove(path) == 0);
}

int
main(void)
{
    snprintf(folder, sizeof folder, "build/platform-%lld",
             (long long)fj_process_id());
    CHECK(mkdir(folder, 0777) == 0);
    test_names();
    test_long_names();
    test_info();
    test_contents();
    test_locks();
    test_placing();
    CHECK(rmdir(folder) == 0); // nothing was left
    printf("platform: all right\n");
    return 0;
}
