/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/backends.h"
#include "base/bytes.h"
#include "deflate/matches.h"
#include "deflate/splice.h"

#include <stdlib.h>

#include <zlib.h>

#ifdef FJ_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif
#ifdef FJ_HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

enum { N_LIBDEFLATE = FJ_N_CODERS - FJ_CODER_LIBDEFLATE };

struct fj_coders {
    int level;
    fj_libraries enabled;
    fj_watch *watch;     // borrowed; NULL: no one
    z_stream *zlib;      // of run()
    z_stream *zlib_part; // of begin() to end()
    fj_matcher *matcher;
#ifdef FJ_HAVE_ISAL
    struct isal_zstream *isal;
    uint8_t *isal_buffer;
#endif
#ifdef FJ_HAVE_LIBDEFLATE
    struct libdeflate_compressor *libdeflate[N_LIBDEFLATE];
    fj_splice *splice;
#endif
};

fj_coders *
fj_coders_new(int level)
{
    fj_coders *coders = calloc(1, sizeof *coders);
    if (coders != NULL) {
        coders->level = level;
        coders->enabled = fj_libraries_enabled();
    }
    return coders;
}

static void
free_zlib(z_stream *zlib)
{
    if (zlib != NULL) {
        deflateEnd(zlib);
        free(zlib);
    }
}

void
fj_coders_free(fj_coders *coders)
{
    if (coders == NULL) {
        return;
    }
    free_zlib(coders->zlib);
    free_zlib(coders->zlib_part);
    fj_matcher_free(coders->matcher);
#ifdef FJ_HAVE_ISAL
    free(coders->isal);
    free(coders->isal_buffer);
#endif
#ifdef FJ_HAVE_LIBDEFLATE
    for (int i = 0; i < N_LIBDEFLATE; i++) {
        libdeflate_free_compressor(coders->libdeflate[i]);
    }
    fj_splice_free(coders->splice);
#endif
    free(coders);
}

void
fj_coders_watch(fj_coders *coders, fj_watch *watch)
{
    coders->watch = watch;
}

int
fj_coders_level(const fj_coders *coders)
{
    return coders->level;
}

/* The levels of libdeflate that are worth a trial at each of joblib's: the last
 * is as small as zlib on most data, and faster than zlib on all but what
 * becomes very small.  Those before are smaller than zlib where matches are
 * short or rare, and several times as fast.  0: none. */
static int
libdeflate_level(int level, fj_coder coder)
{
    static const signed char levels[10][N_LIBDEFLATE] = {
        {0}, {2}, {2}, {3}, {4}, {5}, {6}, {5, 6, 7}, {5, 7, 8}, {5, 8, 9},
    };
    return levels[level][coder - FJ_CODER_LIBDEFLATE];
}

bool
fj_coders_has(const fj_coders *coders, fj_coder coder)
{
    if (coder == FJ_CODER_ISAL) {
        return coders->enabled.isal;
    }
    return coder < FJ_CODER_LIBDEFLATE ||
           (coders->enabled.libdeflate &&
            libdeflate_level(coders->level, coder) != 0);
}

fj_coder
fj_coders_deepest(const fj_coders *coders)
{
    fj_coder coder = FJ_N_CODERS - 1;
    while (coder >= FJ_CODER_LIBDEFLATE && !fj_coders_has(coders, coder)) {
        coder--;
    }
    return coder >= FJ_CODER_LIBDEFLATE ? coder : FJ_CODER_ZLIB;
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
 * The last are fewer than zlib's own by an eighth from level 8 on and a 16th from 3
 * on, which takes back the time that trials take: with an eighth at levels 5 to
 * 7, strings of fixed width become larger by nearly the 2 % that are allowed. */
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

/* Makes it where it is first asked for. */
static fj_status
begin_zlib(z_stream **zlib, int level, bool tuned, uint8_t *dst, size_t room)
{
    if (*zlib == NULL) {
        *zlib = new_zlib(level);
    }
    if (*zlib == NULL) {
        return FJ_NO_MEMORY;
    }
    deflateReset(*zlib);
    if (tuned) {
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

static fj_status
end_zlib(z_stream *zlib, const uint8_t *src, size_t nbytes, bool last,
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

static fj_status
run_zlib(fj_coders *coders, const uint8_t *src, size_t nbytes, bool last,
         uint8_t *dst, size_t room, size_t *written_ret)
{
    fj_status status =
        begin_zlib(&coders->zlib, coders->level, false, dst, room);
    return status == FJ_OK ? end_zlib(coders->zlib, src, nbytes, last,
                                      coders->watch, written_ret)
                           : status;
}

fj_status
fj_coders_zlib_begin(fj_coders *coders, uint8_t *dst, size_t room)
{
    return begin_zlib(&coders->zlib_part, coders->level, true, dst, room);
}

fj_status
fj_coders_zlib_add(fj_coders *coders, const uint8_t *src, size_t nbytes,
                   size_t *written_ret)
{
    z_stream *zlib = coders->zlib_part;
    fj_status status = run_slices(zlib, src, nbytes, coders->watch);
    if (status == FJ_OK) {
        deflate(zlib, Z_BLOCK);
        *written_ret = (size_t)zlib->total_out;
    }
    return status;
}

fj_status
fj_coders_zlib_end(fj_coders *coders, const uint8_t *src, size_t nbytes,
                   bool last, size_t *written_ret)
{
    return end_zlib(coders->zlib_part, src, nbytes, last, coders->watch,
                    written_ret);
}

static fj_status
run_matcher(fj_coders *coders, const uint8_t *src, size_t nbytes, bool last,
            uint8_t *dst, size_t room, size_t *written_ret)
{
    if (coders->matcher == NULL) {
        coders->matcher = fj_matcher_new();
    }
    if (coders->matcher == NULL) {
        return FJ_NO_MEMORY;
    }
    *written_ret =
        fj_matcher_deflate(coders->matcher, src, nbytes, last, dst, room);
    return FJ_OK;
}

#ifdef FJ_HAVE_ISAL
/* The size of its buffer is how many symbols share a Huffman code.  With more
 * it is faster, with fewer it follows data that changes. */
enum { ISAL_LEVEL = 2, ISAL_BUFFER = ISAL_DEF_LVL2_MEDIUM };

static fj_status
run_isal(fj_coders *coders, const uint8_t *src, size_t nbytes, bool last,
         uint8_t *dst, size_t room, size_t *written_ret)
{
    if (coders->isal == NULL) {
        coders->isal = calloc(1, sizeof *coders->isal);
    }
    if (coders->isal_buffer == NULL) {
        coders->isal_buffer = calloc(1, ISAL_BUFFER);
    }
    struct isal_zstream *isal = coders->isal;
    if (isal == NULL || coders->isal_buffer == NULL) {
        return FJ_NO_MEMORY;
    }
    isal_deflate_init(isal);
    isal->level = ISAL_LEVEL;
    isal->level_buf = coders->isal_buffer;
    isal->level_buf_size = ISAL_BUFFER;
    isal->flush = last ? NO_FLUSH : FULL_FLUSH;
    isal->end_of_stream = last;
    isal->next_in = (uint8_t *)(uintptr_t)src;
    isal->avail_in = (uint32_t)nbytes;
    isal->next_out = dst;
    isal->avail_out = (uint32_t)room;
    int status = isal_deflate(isal);
    bool done =
        status == COMP_OK && isal->avail_in == 0 &&
        isal->internal_state.state == (last ? ZSTATE_END : ZSTATE_NEW_HDR);
    *written_ret = done ? room - isal->avail_out : 0;
    return FJ_OK;
}
#endif

#ifdef FJ_HAVE_LIBDEFLATE
static fj_status
run_libdeflate(fj_coders *coders, fj_coder coder, const uint8_t *src,
               size_t nbytes, bool last, uint8_t *dst, size_t room,
               size_t *written_ret)
{
    struct libdeflate_compressor **compressor =
        &coders->libdeflate[coder - FJ_CODER_LIBDEFLATE];
    if (*compressor == NULL) {
        *compressor = libdeflate_alloc_compressor(
            libdeflate_level(coders->level, coder));
    }
    if (coders->splice == NULL) {
        coders->splice = fj_splice_new();
    }
    if (*compressor == NULL || coders->splice == NULL) {
        return FJ_NO_MEMORY;
    }
    size_t added = last ? 0 : FJ_SPLICE_NBYTES;
    size_t written = 0;
    if (room > added) {
        written = libdeflate_deflate_compress(*compressor, src, nbytes, dst,
                                              room - added);
    }
    if (written != 0 && !last) {
        written = fj_splice_open_end(coders->splice, dst, written);
    }
    *written_ret = written;
    return FJ_OK;
}
#endif

fj_status
fj_coders_run(fj_coders *coders, fj_coder coder, const uint8_t *src,
              size_t nbytes, bool last, uint8_t *dst, size_t room,
              size_t *written_ret)
{
    switch (coder) {
#ifdef FJ_HAVE_ISAL
    case FJ_CODER_ISAL:
        return run_isal(coders, src, nbytes, last, dst, room, written_ret);
#endif
#ifdef FJ_HAVE_LIBDEFLATE
    case FJ_CODER_LIBDEFLATE:
    case FJ_CODER_LIBDEFLATE_DEEP:
    case FJ_CODER_LIBDEFLATE_DEEPER:
        return run_libdeflate(coders, coder, src, nbytes, last, dst, room,
                              written_ret);
#endif
    case FJ_CODER_MATCHES:
        return run_matcher(coders, src, nbytes, last, dst, room, written_ret);
    default:
        return run_zlib(coders, src, nbytes, last, dst, room, written_ret);
    }
}
