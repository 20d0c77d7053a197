/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that runs out while threads read and while files are put in place: what
 * is at the path is the old file or the new one, nothing lies beside it, and no
 * descriptor stays open.
 */
#include "no_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/parallel_read.h"
#include "base/place.h"

/* -- reading ------------------------------------------------------------ */

enum { CONTENTS = 3 * 2 * 1024 * 1024 + 5 };

static char contents[CONTENTS], got[CONTENTS];

typedef struct {
    int fd;
    unsigned n_threads;
} reading;

static bool
go_on(void *arg, size_t nbytes)
{
    (void)arg, (void)nbytes;
    return true;
}

static fj_status
read_file(const void *arg)
{
    const reading *r = arg;
    const fj_read_watch watch = {go_on, NULL};
    fj_pool *pool = NULL;
    if (r->n_threads > 1) {
        pool = fj_pool_start(r->n_threads, r->n_threads, FJ_POOL_ANY_ORDER);
        if (pool == NULL) {
            return FJ_NO_MEMORY;
        }
    }
    int64_t n =
        fj_pread_parallel(pool, r->n_threads, r->fd, got, CONTENTS, 0, &watch);
    fj_pool_stop(pool);
    CHECK(n == CONTENTS || n == -ENOMEM);
    return n < 0 ? FJ_NO_MEMORY : FJ_OK;
}

static void
check_read(const void *arg, fj_status status)
{
    (void)arg;
    CHECK(status != FJ_OK || memcmp(got, contents, CONTENTS) == 0);
    memset(got, 0, CONTENTS);
}

static void
test_reading(void)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    for (size_t i = 0; i < CONTENTS; i++) {
        contents[i] = (char)(i * 7 + i / 1000);
    }
    CHECK(fj_write_full(fileno(file), contents, CONTENTS) == 0);
    for (unsigned n_threads = 1; n_threads <= 3; n_threads++) {
        const reading r = {fileno(file), n_threads};
        sweep("reading", read_file, check_read, &r);
    }
    fclose(file);
}

/* -- putting files in place --------------------------------------------- */

#ifdef O_TMPFILE

enum { OLD = 1000, SMALL = 2000, LARGE = 33 * 1024 * 1024 }; // sizes

static char folder[] = "build/no-memory-XXXXXX";
static char path[64];

static fj_status
place(fj_retirement *retirement, off_t nbytes)
{
    char temp[80];
    snprintf(temp, sizeof temp, "%s/.temp", folder);
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    CHECK(fd >= 0 && ftruncate(fd, nbytes) == 0);
    const fj_new_file file = {.fd = fd,
                              .path = path,
                              .temp = temp,
                              .unnamed = true,
                              .replaces = true};
    int ret = fj_place(&file, retirement);
    CHECK(ret == 0 || ret == -ENOMEM);
    return ret < 0 ? FJ_NO_MEMORY : FJ_OK;
}

static int
n_entries(const char *directory)
{
    DIR *dir = opendir(directory);
    CHECK(dir != NULL);
    int n = 0;
    while (readdir(dir) != NULL) {
        n++;
    }
    closedir(dir);
    return n;
}

static void
make_old_file(void)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0 && ftruncate(fd, OLD) == 0);
    close(fd);
}

/* One file after another over an old one; large ones are exchanged with it. */
static fj_status
place_files(const void *arg)
{
    fj_retirement *retirement = fj_retirement_new();
    if (retirement == NULL) {
        return FJ_NO_MEMORY;
    }
    fj_status status = FJ_OK;
    for (const off_t *size = arg; status == FJ_OK && *size != 0; size++) {
        status = place(retirement, *size);
    }
    fj_retirement_finish(retirement);
    fj_retirement_free(retirement);
    return status;
}

static int n_descriptors;

static void
check_placed(const void *arg, fj_status status)
{
    const off_t *last = arg;
    bool is_known = false;
    struct stat there;
    CHECK(stat(path, &there) == 0);
    while (last[1] != 0) {
        is_known = is_known || there.st_size == *last;
        last++;
    }
    CHECK(there.st_size == *last ||
          (status == FJ_NO_MEMORY && (is_known || there.st_size == OLD)));
    CHECK(n_entries(folder) == 3); // with "." and ".."
    /* A thread closes the last of them. */
    const struct timespec a_little = {.tv_nsec = 1000000};
    for (int i = 0; i < 5000 && n_entries("/proc/self/fd") != n_descriptors;
         i++) {
        nanosleep(&a_little, NULL);
    }
    CHECK(n_entries("/proc/self/fd") == n_descriptors);
    make_old_file();
}

static void
test_placing(void)
{
    static const off_t small[] = {SMALL, 0}, large[] = {LARGE, 0},
                       several[] = {LARGE, LARGE + 1, SMALL, LARGE + 2, 0};
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    if (fd >= 0) { // else not on this file system
        close(fd);
        make_old_file();
        n_descriptors = n_entries("/proc/self/fd");
        sweep("a small file", place_files, check_placed, small);
        sweep("a large file", place_files, check_placed, large);
        sweep("several files", place_files, check_placed, several);
        CHECK(unlink(path) == 0);
    }
    CHECK(rmdir(folder) == 0);
}

#else

static void
test_placing(void)
{
}

#endif

int
main(void)
{
    test_reading();
    test_placing();
    print_counts("reading and placing");
    return 0;
}
