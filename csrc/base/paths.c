/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/platform.h"

enum { MOST_LINKS = 40 }; // as Linux

const char *
fj_name_of(const char *path)
{
    const char *name = path + strlen(path);
    while (name > path && !fj_is_separator(name[-1])) {
        name--;
    }
    return name;
}

/* The first bytes of one text, and another one. */
static char *
join(const char *head, size_t head_nbytes, const char *tail)
{
    size_t tail_nbytes = strlen(tail);
    char *text = malloc(head_nbytes + tail_nbytes + 1);
    if (text != NULL) {
        memcpy(text, head, head_nbytes);
        memcpy(text + head_nbytes, tail, tail_nbytes + 1);
    }
    return text;
}

char *
fj_copy_path(const char *path)
{
    return join("", 0, path);
}

char *
fj_directory_of(const char *path)
{
    size_t nbytes = (size_t)(fj_name_of(path) - path);
    return nbytes == 0 ? fj_copy_path("./") : join(path, nbytes, "");
}

int
fj_open_directory(const char *path, bool to_sync)
{
    char *dir = fj_directory_of(path);
    if (dir == NULL) {
        return -ENOMEM;
    }
    int ret = fj_open_folder(dir, to_sync);
    free(dir);
    return ret;
}

/* What a link holds, relative to the directory that the link is in. */
static char *
from_link(const char *link, const char *held)
{
    size_t nbytes =
        fj_is_absolute(held) ? 0 : (size_t)(fj_name_of(link) - link);
    return join(link, nbytes, held);
}

int
fj_follow_links(const char *path, char **path_ret)
{
    char *now = fj_copy_path(path);
    for (int i = 0; now != NULL && i < MOST_LINKS; i++) {
        char *held = NULL;
        int ret = fj_read_link(now, &held);
        if (ret == -EINVAL || ret == -ENOENT) {
            *path_ret = now; // no link
            return 0;
        }
        char *next = ret < 0 ? NULL : from_link(now, held);
        free(held);
        free(now);
        if (ret < 0) {
            return ret;
        }
        now = next;
    }
    if (now == NULL) {
        return -ENOMEM;
    }
    free(now);
    return -ELOOP;
}
