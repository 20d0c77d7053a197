/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE // O_PATH
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h> // PATH_MAX
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

enum { MOST_LINKS = 40 }; // as Linux

const char *
fj_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

char *
fj_directory_of(const char *path)
{
    size_t nbytes = (size_t)(fj_name_of(path) - path);
    return nbytes == 0 ? strdup("./") : strndup(path, nbytes);
}

int
fj_open_directory(const char *path, bool to_sync)
{
    char *dir = fj_directory_of(path);
    if (dir == NULL) {
        return -ENOMEM;
    }
    int access = to_sync ? O_RDONLY : O_PATH;
    int ret = fj_open(dir, access | O_DIRECTORY | O_CLOEXEC, 0);
    free(dir);
    return ret;
}

/* What a link holds, relative to the directory that the link is in. */
static char *
join(const char *link, const char *held)
{
    size_t dir_nbytes = held[0] == '/' ? 0 : (size_t)(fj_name_of(link) - link);
    size_t nbytes = dir_nbytes + strlen(held) + 1;
    char *path = malloc(nbytes);
    if (path != NULL) {
        snprintf(path, nbytes, "%.*s%s", (int)dir_nbytes, link, held);
    }
    return path;
}

int
fj_follow_links(const char *path, char **path_ret)
{
    char held[PATH_MAX];
    char *now = strdup(path);
    for (int i = 0; now != NULL && i < MOST_LINKS; i++) {
        ssize_t nbytes = readlink(now, held, sizeof held - 1);
        if (nbytes < 0 && (errno == EINVAL || errno == ENOENT)) {
            *path_ret = now; // no link
            return 0;
        }
        if (nbytes < 0) {
            int ret = -errno;
            free(now);
            return ret;
        }
        held[nbytes] = '\0';
        char *next = join(now, held);
        free(now);
        now = next;
    }
    if (now == NULL) {
        return -ENOMEM;
    }
    free(now);
    return -ELOOP;
}
