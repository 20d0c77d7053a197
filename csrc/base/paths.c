/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE // O_PATH
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h> // NAME_MAX
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

static const char *
name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

char *
fj_directory_of(const char *path)
{
    size_t nbytes = (size_t)(name_of(path) - path);
    return nbytes == 0 ? strdup("./") : strndup(path, nbytes);
}

int
fj_open_directory(const char *path)
{
    char *dir = fj_directory_of(path);
    if (dir == NULL) {
        return -ENOMEM;
    }
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int ret = fd < 0 ? -errno : fd;
    free(dir);
    return ret;
}

char *
fj_hidden_beside(const char *path, const char *suffix)
{
    const char *name = name_of(path);
    size_t dir_nbytes = (size_t)(name - path);
    size_t name_nbytes = strlen(name);
    size_t room = NAME_MAX - 2 - strlen(suffix); // for the two dots
    if (name_nbytes > room) {
        name_nbytes = room;
    }
    size_t nbytes = dir_nbytes + name_nbytes + strlen(suffix) + 3;
    char *hidden = malloc(nbytes);
    if (hidden != NULL) {
        snprintf(hidden, nbytes, "%.*s.%.*s.%s", (int)dir_nbytes, path,
                 (int)name_nbytes, name, suffix);
    }
    return hidden;
}
