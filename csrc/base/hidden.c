/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hidden.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"
#include "base/xxh32.h"

#define MARK ".fastjoblib-"

/* What is left for NAME beside the longest suffix. */
enum {
    ROOM = FJ_NAME_MAX - (sizeof "." MARK - 1) - (FJ_NUMBER_SUFFIX_SIZE - 1),
    HASH_NBYTES = sizeof "~01234567" - 1,
};

void
fj_number_suffix(char *suffix_ret, uint64_t number)
{
    snprintf(suffix_ret, FJ_NUMBER_SUFFIX_SIZE, "%016llx",
             (unsigned long long)number);
}

/* How many bytes of a name there is room for beside its hash; some file
 * systems refuse a part of a UTF-8 character. */
static size_t
cut_before_character(const char *name)
{
    size_t nbytes = ROOM - HASH_NBYTES;
    while (nbytes > 0 && ((unsigned char)name[nbytes] & 0xc0) == 0x80) {
        nbytes--;
    }
    return nbytes;
}

char *
fj_hidden_beside(const char *path, const char *suffix)
{
    const char *name = fj_name_of(path);
    size_t dir_nbytes = (size_t)(name - path);
    size_t name_nbytes = strlen(name);
    char hash[HASH_NBYTES + 1] = "";
    if (name_nbytes > ROOM) {
        snprintf(hash, sizeof hash, "~%08x",
                 (unsigned)fj_xxh32(name, name_nbytes, 0));
        name_nbytes = cut_before_character(name);
    }
    size_t nbytes = dir_nbytes + name_nbytes + strlen(hash) + strlen(suffix) +
                    sizeof "." MARK;
    char *hidden = malloc(nbytes);
    if (hidden != NULL) {
        snprintf(hidden, nbytes, "%.*s.%.*s%s" MARK "%s", (int)dir_nbytes,
                 path, (int)name_nbytes, name, hash, suffix);
    }
    return hidden;
}

bool
fj_leads_to(int directory, const char *name, int fd)
{
    fj_file_info there, here;
    return fj_get_info_at(directory, name, false, &there) == 0 &&
           fj_get_info(fd, &here) == 0 && there.number == here.number &&
           there.device == here.device;
}

int
fj_open_left_over(int directory, const char *name)
{
    int fd = fj_open_old(directory, name);
    if (fd < 0) {
        return fd;
    }
    int ret = fj_lock(fd);
    if (ret == 0 && !fj_leads_to(directory, name, fd)) {
        ret = -ENOENT; // its owner has just removed or renamed it
    }
    if (ret < 0) {
        fj_close(fd);
        return ret;
    }
    return fd;
}
