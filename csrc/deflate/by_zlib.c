/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/by_zlib.h"

#include <stdlib.h>

void
fj_by_zlib_free(z_stream *zlib)
{
    if (zlib != NULL) {
        deflateEnd(zlib);
        free(zlib);
    }
}

static z_stream *
new_zlib(int level)
{
    z_stream *zlib = calloc(1, sizeof *zlib);
    if (zlib != NULL && deflateInit2(zlib, level, Z_DEFLATED, -15, 8,
                                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(zlib);
        zlib = NULL;
    }
    return zlib;
}

/* How zlib searches at each level: the length of a match behind which it looks
 * at a quarter of the places, the one behind which it does not look at the
 * next byte, the one that is long enough, and at how many places it looks.
 * These are fewer than zlib's own by a 16th from level 3 on, and by an eighth
 * at 8 and 9, which takes back the time that trials take.  With an eighth at
 * levels 5 to 7 some files become larger by the 2 % that are allowed (one-hot
 * rows, strings of fixed width). */
static void
tune_zlib(z_stream *zlib, int level)
{
    static const short levels[10][4] = {
        {0},
        {4, 4, 8, 4},
        {4, 5, 16, 8},
        {4, 6, 32, 30},
        {4, 4, 16, 15},
        {8, 16, 32, 30},
        {8, 16, 128, 120},
        {8, 32, 128, 240},
        {32, 128, 258, 896},
        {32, 258, 258, 3584},
    };
    const short *t = levels[level];
    deflateTune(zlib, t[0], t[1], t[2], t[3]);
}

fj_status
fj_by_zlib_begin(z_stream **zlib, int level, bool less_search, uint8_t *dst,
                 size_t room)
{
    if (*zlib == NULL) {
        *zlib = new_zlib(level);
    }
    if (*zlib == NULL) {
        return FJ_NO_MEMORY;
    }
    deflateReset(*zlib);
    if (less_search) {
        tune_zlib(*zlib, level);
    }
    (*zlib)->next_out = dst;
    (*zlib)->avail_out = (uInt)room;
    return FJ_OK;
}

/* What zlib is given at a time: at level 9 a block of data with many matches
 * takes half a second, and this some 20 ms.  What it writes is the same. */
enum { ZLIB_SLICE = 32 * 1024 };

/* All but the last slice is coded, unless there is too little room. */
static fj_status
run_slices(z_stream *zlib, const uint8_t *src, size_t nbytes, fj_watch *watch)
{
    zlib->next_in = (Bytef *)(uintptr_t)src;
    zlib->avail_in = 0;
    while (watch != NULL && nbytes > ZLIB_SLICE && zlib->avail_in == 0) {
        if (watch->stops(watch)) {
            return FJ_STOPPED;
        }
        zlib->avail_in = ZLIB_SLICE;
        nbytes -= ZLIB_SLICE;
        deflate(zlib, Z_NO_FLUSH);
    }
    zlib->avail_in += (uInt)nbytes;
    return FJ_OK;
}

fj_status
fj_by_zlib_add(z_stream *zlib, const uint8_t *src, size_t nbytes,
               fj_watch *watch, size_t *written_ret)
{
    fj_status status = run_slices(zlib, src, nbytes, watch);
    if (status == FJ_OK) {
        deflate(zlib, Z_BLOCK);
        *written_ret = (size_t)zlib->total_out;
    }
    return status;
}

fj_status
fj_by_zlib_end(z_stream *zlib, const uint8_t *src, size_t nbytes, bool last,
               fj_watch *watch, size_t *written_ret)
{
    fj_status status = run_slices(zlib, src, nbytes, watch);
    if (status != FJ_OK) {
        return status;
    }
    int end = deflate(zlib, last ? Z_FINISH : Z_FULL_FLUSH);
    /* Room left over is how zlib says that a flush is complete. */
    bool done =
        last ? end == Z_STREAM_END : end == Z_OK && zlib->avail_out > 0;
    *written_ret = done ? (size_t)zlib->total_out : 0;
    return FJ_OK;
}
