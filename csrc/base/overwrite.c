/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/overwrite.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fileio.h"

enum { PIECE = 1024 * 1024 };

static int
copy(int to, int64_t old_nbytes, int from, int64_t nbytes)
{
    char *piece = malloc(PIECE);
    if (piece == NULL) {
        return -ENOMEM;
    }
    int ret = fj_reserve(to, nbytes);
    for (int64_t done = 0; ret == 0 && done < nbytes;) {
        ssize_t n = fj_pread_full(from, piece, PIECE, (uint64_t)done);
        ret = n < 0    ? (int)n
              : n == 0 ? -EIO // it has become shorter
                       : fj_pwrite_full(to, piece, (size_t)n, (uint64_t)done);
        done += n;
    }
    free(piece);
    if (ret < 0) {
        (void)fj_set_size(to, old_nbytes); // gives back the room beyond
        return ret;
    }
    return fj_set_size(to, nbytes);
}

int
fj_overwrite(const char *path, int from, bool sync)
{
    fj_file_info new, old;
    int to = fj_open_old(FJ_HERE, path);
    if (to < 0) {
        return to;
    }
    int ret = fj_get_info(from, &new);
    if (ret == 0) {
        ret = fj_get_info(to, &old);
    }
    if (ret == 0) {
        ret = old.kind == FJ_FILE_REGULAR
                  ? copy(to, old.nbytes, from, new.nbytes)
                  : -EINVAL;
    }
    if (ret == 0 && sync) {
        ret = fj_sync(to);
    }
    int closed = fj_close(to);
    return ret < 0 ? ret : closed;
}
