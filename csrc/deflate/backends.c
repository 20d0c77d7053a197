/* SPDX-License-Identifier: BSD-3-Clause */
#include "deflate/backends.h"
#include "base/bytes.h"
#include "deflate/by_zlib.h"
#include "deflate/matches.h"
#include "deflate/splice.h"

#include <stdlib.h>

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
    if (coders == NULL) {
        return NULL;
    }
    coders->level = level;
    coders->enabled = fj_libraries_enabled();
#ifdef FJ_HAVE_LIBDEFLATE
    coders->splice = fj_splice_new();
    if (coders->splice == NULL) {
        fj_coders_free(coders);
        return NULL;
    }
#endif
    return coders;
}

void
fj_coders_free(fj_coders *coders)
{
    if (coders == NULL) {
        return;
    }
    fj_by_zlib_free(coders->zlib);
    fj_by_zlib_free(coders->zlib_part);
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

static fj_status
run_zlib(fj_coders *coders, const uint8_t *src, size_t nbytes, bool last,
         uint8_t *dst, size_t room, size_t *written_ret)
{
    fj_status status =
        fj_by_zlib_begin(&coders->zlib, coders->level, false, dst, room);
    return status == FJ_OK ? fj_by_zlib_end(coders->zlib, src, nbytes, last,
                                            coders->watch, written_ret)
                           : status;
}

fj_status
fj_coders_zlib_begin(fj_coders *coders, uint8_t *dst, size_t room)
{
    return fj_by_zlib_begin(&coders->zlib_part, coders->level, true, dst,
                            room);
}

fj_status
fj_coders_zlib_add(fj_coders *coders, const uint8_t *src, size_t nbytes,
                   size_t *written_ret)
{
    return fj_by_zlib_add(coders->zlib_part, src, nbytes, coders->watch,
                          written_ret);
}

fj_status
fj_coders_zlib_end(fj_coders *coders, const uint8_t *src, size_t nbytes,
                   bool last, size_t *written_ret)
{
    return fj_by_zlib_end(coders->zlib_part, src, nbytes, last, coders->watch,
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
    if (*compressor == NULL) {
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
