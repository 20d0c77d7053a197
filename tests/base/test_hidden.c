/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hidden names of names of every length, and who may take a file away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hidden.h"

#include "check.h"

static const char NUMBER[] = "0123456789abcdef";

static void
check_name(const char *path, const char *suffix, const char *expected)
{
    char *hidden = fj_hidden_beside(path, suffix);
    CHECK(hidden != NULL && strcmp(hidden, expected) == 0);
    free(hidden);
}

static void
test_names(void)
{
    char suffix[FJ_NUMBER_SUFFIX_SIZE];
    fj_number_suffix(suffix, 0x123456789abcdef);
    CHECK(strcmp(suffix, NUMBER) == 0);
    check_name("file", "old", ".file.fastjoblib-old");
    check_name("/file", "new", "/.file.fastjoblib-new");
    check_name("a/.b/.c.d", "kept", "a/.b/..c.d.fastjoblib-kept");
    check_name("./x", suffix, "./.x.fastjoblib-0123456789abcdef");
}

/* Names of as many copies of a character as there is room for, and that end in
 * `end`. */
static void
fill(char *path, size_t nbytes, const char *character, char end)
{
    strcpy(path, "dir/");
    while (strlen(path) + strlen(character) + 1 <= nbytes + 4) {
        strcat(path, character);
    }
    strncat(path, &end, 1);
}

static void
test_long_names(const char *character)
{
    static const char *const suffixes[] = {"old", "new", "kept", NUMBER};
    for (size_t nbytes = 2; nbytes <= NAME_MAX; nbytes++) {
        char one[NAME_MAX + 5], other[NAME_MAX + 5];
        fill(one, nbytes, character, 'x');
        fill(other, nbytes, character, 'y');
        for (int i = 0; i < 4; i++) {
            char *first = fj_hidden_beside(one, suffixes[i]);
            char *second = fj_hidden_beside(other, suffixes[i]);
            CHECK(first != NULL && second != NULL);
            CHECK(strlen(first) <= 4 + NAME_MAX);
            CHECK(strcmp(first, second) != 0);
            CHECK(strncmp(first, "dir/.", 5) == 0);
            /* Whole characters come before the hash, the suffix behind it. */
            size_t n = 0;
            while (strncmp(first + 5 + n, character, strlen(character)) == 0) {
                n += strlen(character);
            }
            CHECK(strchr("~x", first[5 + n]) != NULL);
            const char *mark = strstr(first, ".fastjoblib-");
            CHECK(strcmp(mark + 12, suffixes[i]) == 0);
            free(first);
            free(second);
        }
    }
}

static void
test_left_over(void)
{
    char folder[] = "build/hidden-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    CHECK(dir >= 0);
    CHECK(fj_open_left_over(dir, "file") == -ENOENT);
    int owner = openat(dir, "file", O_RDWR | O_CREAT, 0666);
    CHECK(owner >= 0 && fj_leads_to(dir, "file", owner));
    CHECK(fj_lock(owner) == 0 && fj_lock(owner) == 0);
    CHECK(fj_open_left_over(dir, "file") == -EWOULDBLOCK);
    close(owner);
    int found = fj_open_left_over(dir, "file");
    CHECK(found >= 0 && fj_leads_to(dir, "file", found));
    CHECK(fj_open_left_over(dir, "file") == -EWOULDBLOCK);
    CHECK(symlinkat("file", dir, "link") == 0);
    CHECK(fj_open_left_over(dir, "link") == -ELOOP);
    CHECK(!fj_leads_to(dir, "link", found));
    CHECK(unlinkat(dir, "link", 0) == 0 && unlinkat(dir, "file", 0) == 0);
    CHECK(!fj_leads_to(dir, "file", found));
    close(found);
    close(dir);
    CHECK(rmdir(folder) == 0);
}

int
main(void)
{
    test_names();
    test_long_names("n");
    test_long_names("\xc3\xa9");
    test_long_names("\xf0\x9f\x98\x80");
    test_left_over();
    printf("hidden files: all right\n");
    return 0;
}
