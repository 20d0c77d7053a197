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

struct fj_coders {
    int level;
    fj_libraries enabled;
    fj_watch *watch;   // borrowed; NULL: no one
    z_stream *zlib;
    fj_matcher *matcher;
#ifdef FJ_HAVE_ISAL
    struct isal_zstream *isal;
    uint8_t *isal_buffer;
#endif
#ifdef FJ_HAVE_LIBDEFLATE
    struct libdeflate_compressor *libdeflate;
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

void
fj_coders_free(fj_coders *coders)
{
    if (coders == NULL) {
        return;
    }
    if (coders->zlib != NULL) {
        deflateEnd(coders->zlib);
        free(coders->zlib);
    }
    fj_matcher_free(coders->matcher);
#ifdef FJ_HAVE_ISAL
    free(coders->isal);
    free(coders->isal_buffer);
#endif
#ifdef FJ_HAVE_LIBDEFLATE
    libdeflate_free_compressor(coders->libdeflate);
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

fj_libraries
fj_coders_enabled(const fj_coders *coders)
{
    return coders->enabled;
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

/* What zlib is given at a time: at level 9 a block of data with many matches
 * takes half a second, and this some 20 ms.  What it writes is the same. */
enum { ZLIB_SLICE = 32 * 1024 };

/* All but the last slice.  OK with the input left over where there is not
 * enough room. */
static fj_status
run_slices(z_stream *zlib, size_t nbytes, fj_watch *watch)
{
    while (nbytes > ZLIB_SLICE && zlib->avail_in == 0) {
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
run_zlib(fj_coders *coders, const uint8_t *src, size_t nbytes, bool last,
         uint8_t *dst, size_t room, size_t *written_ret)
{
    if (coders->zlib == NULL) {
        coders->zlib = new_zlib(coders->level);
    }
    z_stream *zlib = coders->zlib;
    if (zlib == NULL) {
        return FJ_NO_MEMORY;
    }
    deflateReset(zlib);
    zlib->next_in = (Bytef *)(uintptr_t)src;
    zlib->avail_in = 0;
    zlib->next_out = dst;
    zlib->avail_out = (uInt)room;
    if (coders->watch == NULL) {
        zlib->avail_in = (uInt)nbytes;
    }
    else if (run_slices(zlib, nbytes, coders->watch) != FJ_OK) {
        return FJ_STOPPED;
    }
    int status = deflate(zlib, last ? Z_FINISH : Z_FULL_FLUSH);
    /* Room left over is how zlib says that a flush is complete. */
    bool done = last ? status == Z_STREAM_END
                     : status == Z_OK && zlib->avail_out > 0;
    *written_ret = done ? room - zlib->avail_out : 0;
    return FJ_OK;
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
    *written_ret = fj_matcher_deflate(coders->matcher, src, nbytes, last, dst,
                                      room);
    return FJ_OK;
}

#ifdef FJ_HAVE_ISAL
/* The size of its buffer is how many symbols share a Huffman code.  With more
 * it is faster, with fewer it follows data that changes. */
enum { ISAL_BUFFER = ISAL_DEF_LVL3_MEDIUM };

static fj_status
run_isal(fj_coders *coders, int level, const uint8_t *src, size_t nbytes,
         bool last, uint8_t *dst, size_t room, size_t *written_ret)
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
    isal->level = (uint32_t)level;
    isal->level_buf = coders->isal_buffer;
    isal->level_buf_size =
        level == 3 ? ISAL_DEF_LVL3_MEDIUM : ISAL_DEF_LVL2_MEDIUM;
    isal->flush = last ? NO_FLUSH : FULL_FLUSH;
    isal->end_of_stream = last;
    isal->next_in = (uint8_t *)(uintptr_t)src;
    isal->avail_in = (uint32_t)nbytes;
    isal->next_out = dst;
    isal->avail_out = (uint32_t)room;
    int status = isal_deflate(isal);
    bool done = status == COMP_OK && isal->avail_in == 0 &&
                isal->internal_state.state ==
                    (last ? ZSTATE_END : ZSTATE_NEW_HDR);
    *written_ret = done ? room - isal->avail_out : 0;
    return FJ_OK;
}
#endif

#ifdef FJ_HAVE_LIBDEFLATE
/* The level of libdeflate that is about as small as zlib's, or smaller.
 * Measured over data of many kinds; choosing looks at each block besides. */
static int
libdeflate_level(int level)
{
    static const int levels[10] = {4, 2, 3, 4, 4, 6, 7, 7, 8, 9};
    return levels[level];
}

static fj_status
run_libdeflate(fj_coders *coders, const uint8_t *src, size_t nbytes,
               bool last, uint8_t *dst, size_t room, size_t *written_ret)
{
    if (coders->libdeflate == NULL) {
        coders->libdeflate =
            libdeflate_alloc_compressor(libdeflate_level(coders->level));
    }
    if (coders->splice == NULL) {
        coders->splice = fj_splice_new();
    }
    if (coders->libdeflate == NULL || coders->splice == NULL) {
        return FJ_NO_MEMORY;
    }
    size_t added = last ? 0 : FJ_SPLICE_NBYTES;
    size_t written = 0;
    if (room > added) {
        written = libdeflate_deflate_compress(coders->libdeflate, src, nbytes,
                                              dst, room - added);
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
        return run_isal(coders, 2, src, nbytes, last, dst, room, written_ret);
    case FJ_CODER_ISAL_DEEP:
        return run_isal(coders, 3, src, nbytes, last, dst, room, written_ret);
#endif
#ifdef FJ_HAVE_LIBDEFLATE
    case FJ_CODER_LIBDEFLATE:
        return run_libdeflate(coders, src, nbytes, last, dst, room,
                              written_ret);
#endif
    case FJ_CODER_MATCHES:
        return run_matcher(coders, src, nbytes, last, dst, room, written_ret);
    default:
        return run_zlib(coders, src, nbytes, last, dst, room, written_ret);
    }
}
